import { expect, test } from "vitest";
import { ManualClock } from "../../../testing/manual-clock.ts";
import { SilentCall, silentAfterMs } from "./silent-call.ts";

function call() {
  const clock = new ManualClock();
  const told: string[] = [];
  const passed: string[] = [];
  const tap = {
    head: (status: number) => void passed.push(String(status)),
    data: (chunk: Buffer) => void passed.push(chunk.toString()),
    end: () => void passed.push("end"),
  };
  const silent = (ms: number) => void told.push(`silent for ${ms}`);
  return { clock, told, passed, one: new SilentCall(tap, clock, { silent, spoke: () => void told.push("spoke") }) };
}

test("a call without a byte is told of once, and once more when something comes after all", () => {
  const { clock, told, passed, one } = call();
  clock.advance(silentAfterMs - 1);
  expect(told).toEqual([]);
  clock.advance(1);
  clock.advance(10 * silentAfterMs);
  expect(told).toEqual([`silent for ${silentAfterMs}`]);
  one.head(200, {});
  one.data(Buffer.from("a"));
  expect(told).toEqual([`silent for ${silentAfterMs}`, "spoke"]);
  one.end();
  expect(passed).toEqual(["200", "a", "end"]);
});

test("an answer that goes on is not silent, and one that stops in its middle is", () => {
  const { clock, told, one } = call();
  one.head(200, {});
  for (let at = 0; at < 10; at += 1) {
    clock.advance(silentAfterMs - 5);
    one.data(Buffer.from("."));
  }
  expect(told).toEqual([]);
  clock.advance(silentAfterMs);
  expect(told).toEqual([`silent for ${silentAfterMs}`]);
});

test("a call that is over is told of no more", () => {
  const { clock, told, one } = call();
  one[Symbol.dispose]();
  clock.advance(10 * silentAfterMs);
  one.data(Buffer.from("late"));
  expect(told).toEqual([]);
});
