import { expect, test } from "vitest";
import { ManualClock } from "../../testing/manual-clock.ts";
import { Emitter } from "../kernel/events.ts";
import type { LockState } from "#shared/contract/app.ts";
import { untilUnlocked } from "./until-unlocked.ts";

function lock(isUnlocked = false) {
  const changed = new Emitter<LockState>();
  return { changed, isUnlocked: () => isUnlocked, open: () => ((isUnlocked = true), changed.emit({ state: "unlocked", since: 0 })) };
}

test("who waits for the vault goes on when it is opened, and not when a wrong try changes its state", async () => {
  const unlock = lock();
  let isDone = false;
  const waiting = untilUnlocked(unlock, new ManualClock(), 1_000, new AbortController().signal).then(() => (isDone = true));
  unlock.changed.emit({ state: "locked", retryAt: 5 });
  await Promise.resolve();
  expect(isDone).toBe(false);
  unlock.open();
  await waiting;
  expect(isDone).toBe(true);
});

test("nobody unlocks in time, or the asker goes away", async () => {
  const clock = new ManualClock();
  const late = untilUnlocked(lock(), clock, 1_000, new AbortController().signal);
  clock.advance(1_001);
  await expect(late).rejects.toMatchObject({ code: "LOCKED" });
  const asker = new AbortController();
  const gone = untilUnlocked(lock(), clock, 1_000, asker.signal);
  asker.abort(new Error("gone"));
  await expect(gone).rejects.toThrow("gone");
  await expect(untilUnlocked(lock(true), clock, 1_000, asker.signal)).rejects.toThrow("gone");
});
