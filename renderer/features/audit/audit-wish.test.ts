import { expect, test } from "vitest";
import { AuditView } from "#shared/contract/audit.ts";
import { anything } from "../../rpc/audit-rows.ts";
import { everything, filterAt, givenViews, isEverything, narrowings, spanOf } from "./audit-wish.ts";

test("a time counted back from now begins at a whole minute and has no end", () => {
  const filter = filterAt({ filter: { ...anything, to: 5 }, withinMs: 3_600_000 }, 7_261_234);
  expect(filter).toMatchObject({ from: 3_660_000, to: null });
  expect(filterAt({ filter: { ...anything, from: 1, to: 5 }, withinMs: null }, 7_261_234)).toMatchObject({ from: 1, to: 5 });
});

test("every narrowing is counted once, a time with two ends too", () => {
  expect(narrowings(everything)).toBe(0);
  expect(narrowings({ filter: { ...anything, from: 1, to: 2, verb: "tool", text: "x" }, withinMs: null })).toBe(2);
  expect(isEverything({ filter: { ...anything, text: "x" }, withinMs: null })).toBe(false);
  expect(spanOf({ filter: anything, withinMs: 86_400_000 })).toBe("day");
  expect(spanOf({ filter: { ...anything, to: 9 }, withinMs: null })).toBe("between");
});

test("the views that are there from the start can be kept like any other", () => {
  for (const view of givenViews) expect(AuditView.parse(view)).toEqual(view);
});
