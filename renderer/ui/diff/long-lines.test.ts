import { expect, test } from "vitest";
import { hasLongLines } from "./long-lines.ts";

test("a line of more than 20,000 characters is too long to wrap, wherever it stands", () => {
  const long = "x".repeat(20_001);
  expect([long, `a\n${long}`, `${long}\nb`, `a\n${long}\nb`].map(hasLongLines)).toEqual([true, true, true, true]);
  expect(["", "\n", "x".repeat(20_000), `${"x".repeat(19_999)}\n`.repeat(3)].map(hasLongLines)).toEqual([false, false, false, false]);
});
