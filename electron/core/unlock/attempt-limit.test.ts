import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ManualClock } from "../../testing/manual-clock.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { AttemptLimit } from "./attempt-limit.ts";

const second = 1_000;
const hour = 3_600 * second;

async function fail(limit: AttemptLimit, times: number): Promise<void> {
  for (let at = 0; at < times; at++) await limit.begin();
}

test("five failures are free of delay until the fifth; then it doubles up to an hour", async () => {
  const clock = new ManualClock();
  const limit = await AttemptLimit.open(join(temporaryFolder(), "attempts.json"), clock);
  const delays: number[] = [];
  for (let at = 0; at < 14; at++) {
    await limit.begin();
    delays.push(limit.remainingMs() / second);
  }
  expect(delays).toEqual([0, 0, 0, 0, 30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600, 3_600]);
  expect(limit.failures).toBe(14);
});

test("the delay runs out, and success clears the count", async () => {
  const clock = new ManualClock();
  const limit = await AttemptLimit.open(join(temporaryFolder(), "attempts.json"), clock);
  await fail(limit, 5);
  clock.advance(29 * second);
  expect(limit.remainingMs()).toBe(second);
  clock.advance(second);
  expect(limit.remainingMs()).toBe(0);
  const attempt = await limit.begin();
  expect(limit.remainingMs()).toBe(60 * second);
  await attempt.succeeded();
  expect([limit.failures, limit.remainingMs()]).toEqual([0, 0]);
});

test("an attempt that was no guess is not counted", async () => {
  const file = join(temporaryFolder(), "attempts.json");
  const clock = new ManualClock();
  const limit = await AttemptLimit.open(file, clock);
  await fail(limit, 4);
  await (await limit.begin()).wasNoGuess();
  expect([limit.failures, limit.remainingMs()]).toEqual([4, 0]);
  expect((await AttemptLimit.open(file, clock)).failures).toBe(4);
});

test("an attempt counts on disk before it is judged, so a kill gives none for free", async () => {
  const file = join(temporaryFolder(), "attempts.json");
  const clock = new ManualClock();
  await fail(await AttemptLimit.open(file, clock), 7);
  const restarted = await AttemptLimit.open(file, clock);
  expect([restarted.failures, restarted.remainingMs()]).toEqual([7, 120 * second]);
});

test("a restart takes the time that has passed into account", async () => {
  const file = join(temporaryFolder(), "attempts.json");
  const clock = new ManualClock();
  await fail(await AttemptLimit.open(file, clock), 6);
  clock.advance(45 * second);
  expect((await AttemptLimit.open(file, clock)).remainingMs()).toBe(15 * second);
});

test("a clock set back does not shorten the delay, and does not make it endless", async () => {
  const file = join(temporaryFolder(), "attempts.json");
  await fail(await AttemptLimit.open(file, new ManualClock(1_700_000_000_000)), 6);
  const earlier = new ManualClock(1_600_000_000_000);
  expect((await AttemptLimit.open(file, earlier)).remainingMs()).toBe(60 * second);
  earlier.advance(20 * second);
  expect((await AttemptLimit.open(file, earlier)).remainingMs()).toBe(40 * second);
  earlier.advance(40 * second);
  expect((await AttemptLimit.open(file, earlier)).remainingMs()).toBe(0);
});

test("while it runs, setting the clock forward does not shorten the delay", async () => {
  const clock = new (class extends ManualClock {
    skewMs = 0;
    override now(): number {
      return super.now() + this.skewMs;
    }
    override monotonic(): number {
      return super.now();
    }
  })();
  const limit = await AttemptLimit.open(join(temporaryFolder(), "attempts.json"), clock);
  await fail(limit, 6);
  clock.skewMs = 24 * hour;
  expect(limit.remainingMs()).toBe(60 * second);
});

test("a count that cannot be understood is taken for five failures just now", async () => {
  for (const content of ["", "{", '{"failures":-1,"failedAt":0}', '{"failures":0,"failedAt":0,"more":1}', "null"]) {
    const file = join(temporaryFolder(), "attempts.json");
    writeFileSync(file, content);
    const limit = await AttemptLimit.open(file, new ManualClock());
    expect([limit.failures, limit.remainingMs()], content).toEqual([5, 30 * second]);
    await limit.begin();
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ failures: 6 });
  }
});
