import { expect, test } from "vitest";
import { steps } from "./steps.ts";

test("a slow reader gets the latest step and the result, not every step in between", async () => {
  const seen: (number | string)[] = [];
  const work = async (onStep: (step: number) => void) => {
    onStep(1);
    await Promise.resolve();
    for (let step = 2; step <= 1_000; step++) onStep(step);
    await new Promise((resolve) => setImmediate(resolve));
    return "all";
  };
  for await (const each of steps<number, string>(work, new AbortController().signal)) seen.push(each);
  expect(seen.at(-1)).toBe("all");
  expect(seen).toContain(1_000);
  expect(seen.length).toBeLessThan(5);
});

test("a reader that leaves ends the work", async () => {
  let wasAborted = false;
  const work = async (onStep: (step: number) => void, signal: AbortSignal) => {
    signal.addEventListener("abort", () => (wasAborted = true), { once: true });
    onStep(1);
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    return "never read";
  };
  for await (const _each of steps<number, string>(work, new AbortController().signal)) break;
  expect(wasAborted).toBe(true);
});

test("what fails, fails for the reader", async () => {
  const work = async () => {
    throw new Error("no room");
  };
  await expect(async () => {
    for await (const _each of steps<number, string>(work, new AbortController().signal)) continue;
  }).rejects.toThrow("no room");
});
