import { expect, test } from "vitest";
import { Breather } from "./breather.ts";

test("between many pieces that come at once others get their turn, and the order stays", async () => {
  const breather = new Breather();
  const done: number[] = [];
  let doneWhenOthersRan = 0;
  setImmediate(() => (doneWhenOthersRan = done.length));
  await Promise.all(
    Array.from({ length: 100 }, async (_, at) => {
      await breather.turn();
      done.push(at);
    }),
  );
  expect(done).toEqual(Array.from({ length: 100 }, (_, at) => at));
  expect(doneWhenOthersRan).toBeGreaterThan(0);
  expect(doneWhenOthersRan).toBeLessThan(40);
});

test("one alone does not wait for the loop", async () => {
  const breather = new Breather();
  let hasTurned = false;
  setImmediate(() => (hasTurned = true));
  await breather.turn();
  expect(hasTurned).toBe(false);
});
