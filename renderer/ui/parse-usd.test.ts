import { expect, test } from "vitest";
import { editableUsd, parseUsd } from "./parse-usd.ts";

test("an amount is read as people write it", () => {
  expect(parseUsd("12.5")).toBe(12_500_000);
  expect(parseUsd(" $1,250 ")).toBe(1_250_000_000);
  expect(parseUsd("0.000001")).toBe(1);
  expect(parseUsd("  ")).toBeNull();
  for (const text of ["12.", "-1", "1e3", "12,5 €", "1.2.3", "abc"]) expect(parseUsd(text), text).toBeNaN();
});

test("what stands in the field is read as the same amount", () => {
  for (const micros of [10_000, 12_500_000, 1_234_567, 1_000_000_000]) expect(parseUsd(editableUsd(micros))).toBe(micros);
  expect(editableUsd(null)).toBe("");
});
