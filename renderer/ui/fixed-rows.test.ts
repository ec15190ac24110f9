import { expect, test } from "vitest";
import { fixedRows, scrollFor } from "./fixed-rows.ts";

const frame = { count: 100, rowHeight: 28, viewport: 280, scrollTop: 0, overscan: 0 };

test("few rows are drawn where they stand", () => {
  const rows = fixedRows({ ...frame, scrollTop: 140 });
  expect(rows).toMatchObject({ height: 2_800, first: 5, end: 15 });
  expect(rows.topOf(5)).toBe(140);
});

test("of a million rows the last one is reached, at the end of what can be laid out", () => {
  const many = { ...frame, count: 1_000_000 };
  const { height } = fixedRows(many);
  expect(height).toBeLessThanOrEqual(16_000_000);
  const rows = fixedRows({ ...many, scrollTop: height - frame.viewport });
  expect(rows.end).toBe(1_000_000);
  expect(rows.topOf(999_999) + frame.rowHeight).toBeCloseTo(height, 3);
  expect(fixedRows(many).first).toBe(0);
});

test("at every place the rows on screen fill it, neighbours one row apart", () => {
  const many = { ...frame, count: 3_000_000 };
  const { height } = fixedRows(many);
  for (let scrollTop = 0; scrollTop <= height - frame.viewport; scrollTop += 777_777) {
    const { first, end, topOf } = fixedRows({ ...many, scrollTop });
    expect(topOf(first)).toBeLessThanOrEqual(scrollTop);
    expect(topOf(end - 1) + frame.rowHeight).toBeGreaterThanOrEqual(scrollTop + frame.viewport - 0.01);
    expect(topOf(first + 1) - topOf(first)).toBeCloseTo(frame.rowHeight, 3);
  }
});

test("a row that is on screen needs no scrolling, one that is not comes just into sight", () => {
  expect(scrollFor(3, frame)).toBeNull();
  const down = scrollFor(10, frame);
  expect(down).toBe(28);
  const many = { ...frame, count: 1_000_000 };
  const to = scrollFor(700_000, many);
  const rows = fixedRows({ ...many, scrollTop: to ?? 0 });
  expect(rows.first).toBeLessThanOrEqual(700_000);
  expect(rows.end).toBeGreaterThan(700_000);
  expect(scrollFor(2, { ...frame, scrollTop: 280 })).toBe(56);
});
