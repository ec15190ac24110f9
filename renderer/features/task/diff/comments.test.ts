import { expect, test } from "vitest";
import { commentsAsMessage, type LineComment } from "./comments.ts";

const comment = (path: string, line: number, text: string, side: "old" | "new" = "new"): LineComment => ({
  id: `${path}${line}`,
  path,
  side,
  line,
  lineText: `  line ${line}`,
  text,
});

test("comments become one message ordered by file and line, each quoting its line", () => {
  const message = commentsAsMessage(
    [comment("b.ts", 3, "rename"), comment("a.ts", 10, "why?"), comment("a.ts", 2, "test it")],
    "Then run the tests.",
  );
  expect(message).toBe(
    "Comments on your changes:\n\na.ts:2\n> line 2\ntest it\n\na.ts:10\n> line 10\nwhy?\n\nb.ts:3\n> line 3\nrename\n\nThen run the tests.",
  );
});

test("a comment on a removed line says so", () => {
  expect(commentsAsMessage([comment("a.ts", 1, "keep it", "old")], "")).toContain("a.ts:1 (the line you removed)");
});

test("an overlong line is quoted in part", () => {
  const long = { ...comment("a.ts", 1, "too long"), lineText: "x".repeat(5_000) };
  expect(commentsAsMessage([long], "").length).toBeLessThan(400);
});
