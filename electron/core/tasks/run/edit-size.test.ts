import { expect, test } from "vitest";
import { editSize } from "./edit-size.ts";

const size = (before: string | null, after: string) => editSize({ path: "a.txt", before, after });

test("counts lines as a diff would", () => {
  expect(size("a\nb\nc\n", "a\nB\nc\n")).toEqual({ files: 1, added: 1, removed: 1 });
  expect(size(null, "a\nb\n")).toEqual({ files: 1, added: 2, removed: 0 });
  expect(size("a\nb\n", "")).toEqual({ files: 1, added: 0, removed: 2 });
  expect(size("a\na\n", "a\n")).toEqual({ files: 1, added: 0, removed: 1 });
  expect(size("a\n", "a\n")).toEqual({ files: 1, added: 0, removed: 0 });
});

test("a call without an edit has no size", () => {
  expect(editSize(null)).toBeNull();
});
