import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { LockState } from "#shared/contract/app.ts";
import { cheapArgon2, deriveKeyHere, testDeriveKey } from "../../testing/argon2-worker.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import type { AuditLog } from "../audit/audit-log.ts";
import { openAuditLog } from "../audit/open-audit-log.ts";
import { UserError } from "../kernel/errors.ts";
import { silentLogger } from "../kernel/logger.ts";
import { Secret } from "../kernel/secret.ts";
import type { Database } from "../storage/database.ts";
import { openDatabase } from "../storage/open-database.ts";
import type { DerivePassphraseKey } from "../vault/passphrase-key.ts";
import { Vault } from "../vault/vault.ts";
import { Unlock } from "./unlock.ts";

interface Parts {
  readonly unlock: Unlock;
  readonly vault: Vault;
  readonly audit: AuditLog;
  readonly clock: ManualClock;
  /** Every state that listeners were told. */
  readonly states: LockState[];
  readonly database: () => Database | null;
}

const right = () => Secret.fromText("correct horse");
const wrong = () => Secret.fromText("wrong horse");

/** All of it together over real files, as `compose` does it. */
async function start(
  folder = temporaryFolder(),
  options: { readonly clock?: ManualClock; readonly deriveKey?: DerivePassphraseKey; readonly beforeUnlocked?: () => Promise<void> } = {},
): Promise<Parts> {
  const { clock = new ManualClock(), deriveKey = deriveKeyHere } = options;
  const logger = silentLogger();
  const vault = new Vault({ folder, deriveKey, clock, argon2: cheapArgon2 });
  const audit = await openAuditLog({ folder, clock, logger });
  onTestFinished(() => audit.close());
  let database: Database | null = null;
  const beforeUnlocked = async () => {
    await options.beforeUnlocked?.();
    if (database !== null) return;
    const key = vault.databaseKey();
    database = openDatabase({ file: join(folder, "gatehouse.db"), key, clock, logger });
    key.destroy();
    vault.attach(database);
  };
  const unlock = await Unlock.open({ folder, vault, audit, clock, logger, beforeUnlocked });
  const states: LockState[] = [];
  unlock.changed.on((state) => states.push(state));
  return { unlock, vault, audit, clock, states, database: () => database };
}

async function verbs(audit: AuditLog): Promise<readonly string[]> {
  return (await audit.list({ limit: 100 })).entries.map(({ verb }) => verb);
}

test("from new to unlocked to locked and back, and listeners hear of each", async () => {
  const { unlock, vault, clock, states } = await start(undefined, { deriveKey: await testDeriveKey() });
  expect(unlock.state()).toEqual({ state: "new" });
  await unlock.create(right());
  expect(unlock.state()).toEqual({ state: "unlocked", since: clock.now() });
  vault.store({ name: "token", note: "", value: Secret.fromText("s3cret") });
  await unlock.lock("person");
  expect(unlock.state()).toEqual({ state: "locked", retryAt: null });
  clock.advance(1_000);
  await unlock.withPassphrase(right());
  expect(vault.list().map(({ name }) => name)).toEqual(["token"]);
  expect(states.map(({ state }) => state)).toEqual(["unlocked", "locked", "unlocked"]);
  expect(states.at(-1)).toEqual({ state: "unlocked", since: clock.now() });
});

test("a wrong passphrase is counted, audited, and opens nothing", async () => {
  const { unlock, vault, audit } = await start();
  await unlock.create(right());
  await unlock.lock("person");
  for (let at = 0; at < 4; at++) await expect(unlock.withPassphrase(wrong())).rejects.toMatchObject({ code: "WRONG_PASSPHRASE" });
  expect(vault.isUnlocked()).toBe(false);
  const [failure] = (await audit.list({ limit: 1 })).entries;
  expect(failure).toMatchObject({ verb: "unlock.failure", phase: "note", detail: { method: "passphrase", failures: 4, waitSeconds: 0 } });
  await unlock.withPassphrase(right());
  expect(unlock.isUnlocked()).toBe(true);
});

test("after five failures even the right passphrase must wait, and listeners hear when the wait is over", async () => {
  const { unlock, clock, states, audit } = await start();
  await unlock.create(right());
  await unlock.lock("person");
  for (let at = 0; at < 5; at++) await expect(unlock.withPassphrase(wrong())).rejects.toMatchObject({ code: "WRONG_PASSPHRASE" });
  const retryAt = clock.now() + 30_000;
  expect(states.at(-1)).toEqual({ state: "locked", retryAt });
  await expect(unlock.withPassphrase(right())).rejects.toMatchObject({
    code: "TOO_MANY_ATTEMPTS",
    message: expect.stringContaining("5 times"),
  });
  clock.advance(29_999);
  await expect(unlock.withPassphrase(right())).rejects.toMatchObject({ code: "TOO_MANY_ATTEMPTS" });
  expect(states.at(-1)).toEqual({ state: "locked", retryAt });
  clock.advance(1);
  expect(states.at(-1)).toEqual({ state: "locked", retryAt: null });
  await unlock.withPassphrase(right());
  expect((await verbs(audit)).filter((verb) => verb === "unlock.failure").length).toBe(5);
});

test("the wait survives a restart, and a clock set back", async () => {
  const folder = temporaryFolder();
  const first = await start(folder);
  await first.unlock.create(right());
  await first.unlock.lock("person");
  for (let at = 0; at < 5; at++) await expect(first.unlock.withPassphrase(wrong())).rejects.toThrow();
  await first.audit.close();
  const clock = new ManualClock(first.clock.now() - 86_400_000);
  const second = await start(folder, { clock });
  expect(second.unlock.state()).toEqual({ state: "locked", retryAt: clock.now() + 30_000 });
  await expect(second.unlock.withPassphrase(right())).rejects.toMatchObject({ code: "TOO_MANY_ATTEMPTS" });
  clock.advance(30_000);
  await second.unlock.withPassphrase(right());
});

test("a damaged vault is not counted as a wrong guess", async () => {
  const folder = temporaryFolder();
  const { unlock } = await start(folder);
  await unlock.create(right());
  await unlock.lock("person");
  writeFileSync(join(folder, "vault.json"), "{}");
  for (let at = 0; at < 7; at++) await expect(unlock.withPassphrase(right())).rejects.toMatchObject({ code: "VAULT_DAMAGED" });
  expect(unlock.state()).toEqual({ state: "locked", retryAt: null });
});

test("the vault is not unlocked before its database is open, and not at all when that fails", async () => {
  const folder = temporaryFolder();
  let fault: Error | null = null;
  const beforeUnlocked = async () => {
    if (fault !== null) throw fault;
  };
  const { unlock, vault, database, states } = await start(folder, { beforeUnlocked });
  fault = new UserError("DATABASE_DAMAGED", "damaged", "restore");
  await expect(unlock.create(right())).rejects.toBe(fault);
  expect(existsSync(join(folder, "vault.json"))).toBe(true);
  expect([unlock.state().state, vault.isUnlocked(), database()]).toEqual(["locked", false, null]);
  await expect(unlock.withPassphrase(right())).rejects.toBe(fault);
  fault = null;
  await unlock.withPassphrase(right());
  expect(states.filter(({ state }) => state === "unlocked").length).toBe(1);
  expect(database()).not.toBeNull();
});

test("a start that fails after the database was attached can be tried again", async () => {
  let attempts = 0;
  const folder = temporaryFolder();
  const parts: Parts = await start(folder, {
    beforeUnlocked: async () => {
      if (++attempts > 1) return;
      const key = parts.vault.databaseKey();
      const database = openDatabase({ file: join(folder, "gatehouse.db"), key, clock: parts.clock, logger: silentLogger() });
      parts.vault.attach(database);
      database.close();
      throw new Error("a later part failed");
    },
  });
  await expect(parts.unlock.create(right())).rejects.toThrow("a later part failed");
  await parts.unlock.withPassphrase(right());
  expect(parts.vault.list()).toEqual([]);
});

test("the database stays open while locked; its key and the secrets do not", async () => {
  const { unlock, vault, database } = await start();
  await unlock.create(right());
  vault.store({ name: "token", note: "", value: Secret.fromText("s3cret") });
  await unlock.lock("idle");
  expect(database()?.get("select count(*) as n from secrets")).toEqual({ n: 1 });
  expect(() => vault.list()).toThrow("locked");
  expect(() => vault.databaseKey()).toThrow("locked");
});

test("the signal of the session ends with the lock, and each unlock has its own", async () => {
  const { unlock } = await start();
  expect(unlock.untilLocked().aborted).toBe(true);
  await unlock.create(right());
  const first = unlock.untilLocked();
  expect(first.aborted).toBe(false);
  await unlock.lock("person");
  expect(first.aborted).toBe(true);
  await unlock.withPassphrase(right());
  expect([first.aborted, unlock.untilLocked().aborted]).toEqual([true, false]);
});

test("a lock that nobody asked for is audited with its reason; the person's is left to the caller", async () => {
  const { unlock, audit } = await start();
  await unlock.create(right());
  for (const reason of ["person", "idle", "suspend"] as const) {
    await unlock.lock(reason);
    await unlock.lock(reason);
    await unlock.withPassphrase(right());
  }
  const locks = (await audit.list({ limit: 9, verb: "unlock.lock" })).entries;
  expect(locks.map(({ detail }) => detail)).toEqual([{ reason: "suspend" }, { reason: "idle" }]);
});

test("it locks even when the audit log cannot be written", async () => {
  const { unlock, vault, audit } = await start();
  await unlock.create(right());
  await audit.close();
  await unlock.lock("suspend");
  expect([unlock.state().state, vault.isUnlocked()]).toEqual(["locked", false]);
});

test("a lock while the passphrase is being checked wins", async () => {
  const { unlock, vault } = await start();
  await unlock.create(right());
  await unlock.lock("person");
  const unlocking = unlock.withPassphrase(right());
  await unlock.lock("suspend");
  await expect(unlocking).rejects.toMatchObject({ code: "LOCKED" });
  expect([unlock.state().state, vault.isUnlocked()]).toEqual(["locked", false]);
  await unlock.withPassphrase(right());
});

test("one attempt at a time", async () => {
  const { unlock } = await start();
  await unlock.create(right());
  await unlock.lock("person");
  const answers = await Promise.allSettled([unlock.withPassphrase(wrong()), unlock.withPassphrase(right()), unlock.create(right())]);
  expect(answers.map((answer) => (answer.status === "rejected" ? answer.reason.code : "done"))).toEqual([
    "WRONG_PASSPHRASE",
    "CONFLICT",
    "CONFLICT",
  ]);
});

test("a vault is set up once", async () => {
  const { unlock } = await start();
  await unlock.create(right());
  await expect(unlock.create(wrong())).rejects.toMatchObject({ code: "ALREADY_SET_UP" });
  expect(unlock.isUnlocked()).toBe(true);
  await unlock.lock("person");
  await expect(unlock.create(wrong())).rejects.toMatchObject({ code: "ALREADY_SET_UP" });
  await unlock.withPassphrase(right());
});

test("the same characters typed on another keyboard are the same passphrase", async () => {
  const { unlock } = await start();
  await unlock.create(Secret.fromText("gr\u00f6\u00dfe-\ufb01x"));
  await unlock.lock("person");
  await unlock.withPassphrase(Secret.fromText("gro\u0308\u00dfe-fix"));
});
