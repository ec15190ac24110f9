import { expect, test } from "vitest";
import { backOffMs, pause } from "./back-off.ts";

test("the wait doubles from a quarter second and stops at eight", () => {
  const waits = [0, 1, 2, 3, 4, 5, 6, 50].map((attempt) => backOffMs(attempt, () => 0));
  expect(waits).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
});

test("chance takes at most a quarter off", () => {
  expect(backOffMs(5, () => 1)).toBe(6_000);
});

test("a pause ends at once when its signal fires", async () => {
  const stop = new AbortController();
  const begun = performance.now();
  const waiting = pause(60_000, stop.signal);
  stop.abort();
  await waiting;
  expect(performance.now() - begun).toBeLessThan(1_000);
});
