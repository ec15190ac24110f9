import { expect, onTestFinished, test } from "vitest";
import { openUnlock, owner } from "../../testing/open-unlock.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { Secret } from "../kernel/secret.ts";
import { IdleLock } from "./idle-lock.ts";

const minute = 60_000;

async function idle(minutes: () => number = () => 10) {
  const open = await openUnlock(temporaryFolder());
  const lock = new IdleLock({ unlock: open.unlock, clock: open.clock, afterMs: () => minutes() * minute });
  onTestFinished(() => lock[Symbol.dispose]());
  return { ...open, lock };
}

test("locks after the minutes that are set, counted from the person's last sign of life", async () => {
  const { unlock, clock, lock, vault } = await idle();
  clock.advance(9 * minute);
  lock.present();
  clock.advance(9 * minute);
  expect(unlock.isUnlocked()).toBe(true);
  clock.advance(minute);
  expect(unlock.isUnlocked()).toBe(false);
  expect(vault.isUnlocked()).toBe(false);
});

test("a sign of life does not unlock, and unlocking begins the time again", async () => {
  const { unlock, clock, lock } = await idle();
  clock.advance(10 * minute);
  lock.present();
  expect(unlock.isUnlocked()).toBe(false);
  await unlock.withPassphrase(Secret.fromText(owner));
  clock.advance(9 * minute);
  expect(unlock.isUnlocked()).toBe(true);
  clock.advance(minute);
  expect(unlock.isUnlocked()).toBe(false);
});

test("another number of minutes holds from the next sign of life", async () => {
  let minutes = 10;
  const { unlock, clock, lock } = await idle(() => minutes);
  minutes = 1;
  lock.present();
  clock.advance(minute);
  expect(unlock.isUnlocked()).toBe(false);
});

test("after the lock nothing of the keys is left: every one was overwritten", async () => {
  const { unlock, clock, vault } = await idle();
  const key = vault.databaseKey();
  vault.store({ name: "token", note: "", value: Secret.fromText("s3cret") });
  let lent: Secret | null = null;
  const used = vault.withSecret("token", async (value) => {
    lent = value;
    await new Promise((resolve) => setImmediate(resolve));
    return value.use(() => "used");
  });
  clock.advance(10 * minute);
  await expect(used, "what was lent is gone").rejects.toThrow("destroyed");
  expect(lent).not.toBeNull();
  expect(() => vault.databaseKey()).toThrow("locked");
  expect(unlock.isUnlocked()).toBe(false);
  key.destroy();
});
