import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { ManualClock } from "../../../testing/manual-clock.ts";
import { ProcessSandbox } from "../../../testing/process-sandbox.ts";
import { temporaryFolder } from "../../../testing/temporary-folder.ts";
import { restsAfterMs, RunPause } from "./run-pause.ts";
import { WallClock } from "./wall-clock.ts";

const minute = 60_000;

/** A sandbox that says whether it is frozen. */
class FreezableSandbox extends ProcessSandbox {
  isFrozen = false;

  override async pause(): Promise<boolean> {
    this.isFrozen = true;
    return true;
  }

  override async wake(): Promise<void> {
    this.isFrozen = false;
  }
}

test("an unattended run rests while a question waits: its time stands still, its sandbox is frozen, both go on with the last answer", async () => {
  const { clock, sandbox, isOver, isFrozen, asked, said, noted } = setUp({ isUnattended: true });
  clock.advance(4 * minute);
  asked(1);
  asked(1);
  expect(sandbox.isFrozen).toBe(false);
  clock.advance(restsAfterMs);
  await setImmediate();
  expect(sandbox.isFrozen).toBe(true);
  expect(isFrozen()).toBe(true);
  expect(said.at(-1)).toBe("Paused: waits for 2 decisions");
  clock.advance(1_000 * minute);
  expect(isOver()).toBe(false);
  asked(-1);
  expect(said.at(-1)).toBe("Paused: waits for 1 decision");
  await setImmediate();
  expect(sandbox.isFrozen).toBe(true);
  asked(-1);
  await setImmediate();
  expect(sandbox.isFrozen).toBe(false);
  expect(isFrozen()).toBe(false);
  expect(noted).toEqual([
    ["run.pause", { waitsFor: 2, frozen: true }],
    ["run.go-on", { pausedMs: 1_000 * minute }],
  ]);
  clock.advance(6 * minute - restsAfterMs - 1);
  expect(isOver()).toBe(false);
  clock.advance(1);
  expect(isOver()).toBe(true);
});

test("the time of an attended run goes on while a question waits, and its sandbox is left alone", async () => {
  const { clock, sandbox, isOver, asked } = setUp({ isUnattended: false });
  asked(1);
  clock.advance(9 * minute);
  await setImmediate();
  expect(sandbox.isFrozen).toBe(false);
  clock.advance(minute);
  expect(isOver()).toBe(true);
});

test("whoever comes back to the run ends its pause, and whoever leaves it begins one", async () => {
  const { clock, sandbox, pause, isOver, asked } = setUp({ isUnattended: false });
  asked(1);
  pause.attend(true);
  clock.advance(restsAfterMs);
  await setImmediate();
  expect(sandbox.isFrozen).toBe(true);
  pause.attend(false);
  await setImmediate();
  expect(sandbox.isFrozen).toBe(false);
  clock.advance(10 * minute);
  expect(isOver()).toBe(true);
});

test("a question that is answered at once pauses nothing", async () => {
  const { clock, asked, noted } = setUp({ isUnattended: true });
  asked(1);
  clock.advance(restsAfterMs - 1);
  asked(-1);
  clock.advance(minute);
  await setImmediate();
  expect(noted).toEqual([]);
});

test("it does not rest while a person is inside, and rests again once they have left", async () => {
  const { clock, sandbox, pause, asked, inside } = setUp({ isUnattended: true });
  asked(1);
  clock.advance(restsAfterMs);
  await setImmediate();
  expect(sandbox.isFrozen).toBe(true);
  inside(true);
  await pause.wake();
  expect(sandbox.isFrozen).toBe(false);
  for (let at = 0; at < 5; at += 1) clock.advance(restsAfterMs);
  await setImmediate();
  expect(sandbox.isFrozen).toBe(false);
  inside(false);
  clock.advance(restsAfterMs);
  await setImmediate();
  expect(sandbox.isFrozen).toBe(true);
});

test("a run that is stopped in a pause is woken, so that it can be ended, and pauses no more", async () => {
  const { clock, sandbox, asked, stop } = setUp({ isUnattended: true });
  asked(1);
  clock.advance(restsAfterMs);
  await setImmediate();
  stop();
  await setImmediate();
  expect(sandbox.isFrozen).toBe(false);
  asked(1);
  clock.advance(minute);
  await setImmediate();
  expect(sandbox.isFrozen).toBe(false);
});

test("a sandbox that cannot be woken fails the run instead of leaving it hanging", async () => {
  const { clock, sandbox, asked, failures } = setUp({ isUnattended: true });
  asked(1);
  clock.advance(restsAfterMs);
  await setImmediate();
  sandbox.wake = async () => {
    throw new Error("The engine is gone.");
  };
  asked(-1);
  await setImmediate();
  expect(failures).toEqual([new Error("The engine is gone.")]);
});

function setUp({ isUnattended }: { readonly isUnattended: boolean }) {
  const clock = new ManualClock();
  const stopping = new AbortController();
  const said: string[] = [];
  const noted: (readonly [string, unknown])[] = [];
  const failures: unknown[] = [];
  let isOver = false;
  let isInside = false;
  let isFrozen = false;
  let onAsked: (change: 1 | -1) => void = () => {};
  const wallClock = new WallClock(clock, 10 * minute, () => void (isOver = true));
  const run = {
    ...{ clock, isUnattended, signal: stopping.signal },
    whenAsked: (listener: typeof onAsked) => void (onAsked = listener),
    isPersonInside: () => isInside,
    activity: (words: string) => void said.push(words),
    frozen: (is: boolean) => void (isFrozen = is),
    note: async (verb: string, detail: unknown) => void noted.push([verb, detail]),
    fail: (error: unknown) => void failures.push(error),
  };
  const pause = new RunPause(run, wallClock);
  const sandbox = new FreezableSandbox(temporaryFolder());
  pause.hold(sandbox);
  return {
    ...{ clock, sandbox, pause, said, noted, failures },
    isOver: () => isOver,
    isFrozen: () => isFrozen,
    asked: (change: 1 | -1) => onAsked(change),
    inside: (is: boolean) => void (isInside = is),
    stop: () => stopping.abort(),
  };
}
