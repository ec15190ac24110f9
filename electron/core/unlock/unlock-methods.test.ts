import { copyFileSync, cpSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ManualClock } from "../../testing/manual-clock.ts";
import { MemoryKeychain } from "../../testing/memory-keychain.ts";
import { codeOf, type OpenUnlock, openUnlock, owner } from "../../testing/open-unlock.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { valueOf } from "../../testing/open-vault.ts";
import { Secret } from "../kernel/secret.ts";

const proof = { passphrase: owner, code: null };
const step = 30_000;
const text = (value: string) => Secret.fromText(value);
const code = (expected: string) => expect.objectContaining({ code: expected });

async function withTotp(open: OpenUnlock): Promise<{ readonly manualKey: string; readonly recoveryCodes: readonly string[] }> {
  const { manualKey } = open.methods.beginTotp();
  const recoveryCodes = await open.methods.confirmTotp(proof, codeOf(manualKey, open.clock.now()));
  open.clock.advance(step);
  return { manualKey, recoveryCodes };
}

test("changing the passphrase wraps the same vault key anew: secrets stay, the old passphrase is gone", async () => {
  const folder = temporaryFolder();
  const open = await openUnlock(folder);
  open.vault.store({ name: "token", note: "", value: text("s3cret") });
  await expect(open.methods.changePassphrase({ ...proof, passphrase: "wrong one" }, "another passphrase")).rejects.toEqual(
    code("WRONG_PASSPHRASE"),
  );
  await open.methods.changePassphrase(proof, "gro\u0308\u00dfe another");
  await open.unlock.lock("person");
  await expect(open.unlock.withPassphrase(text(owner))).rejects.toEqual(code("WRONG_PASSPHRASE"));
  await open.unlock.withPassphrase(text("gr\u00f6\u00dfe another"));
  expect(await valueOf(open.vault, "token")).toBe("s3cret");
  expect(JSON.parse(readFileSync(join(folder, "vault.json"), "utf8")).wraps.length).toBe(1);
});

test("with codes on, the passphrase alone opens nothing, and is not even tried", async () => {
  const open = await openUnlock(temporaryFolder());
  const { manualKey } = await withTotp(open);
  await open.unlock.lock("person");
  await expect(open.unlock.withPassphrase(text("wrong one"))).rejects.toEqual(code("CODE_NEEDED"));
  await expect(open.vault.unlock(text(owner))).rejects.toEqual(code("CODE_NEEDED"));
  const right = codeOf(manualKey, open.clock.now());
  await expect(open.unlock.withPassphrase(text(owner), undefined, { code: "000001" })).rejects.toEqual(code("WRONG_CODE"));
  expect(open.vault.isUnlocked()).toBe(false);
  await open.unlock.withPassphrase(text(owner), undefined, { code: right });
  await open.unlock.lock("person");
  await expect(open.unlock.withPassphrase(text(owner), undefined, { code: right })).rejects.toEqual(code("WRONG_CODE"));
});

test("a used code is refused after a restart, too, and so is every earlier one", async () => {
  const folder = temporaryFolder();
  const keychain = new MemoryKeychain();
  const first = await openUnlock(folder, { keychain });
  const { manualKey } = await withTotp(first);
  const now = first.clock.now();
  await first.unlock.lock("person");
  await first.unlock.withPassphrase(text(owner), undefined, { code: codeOf(manualKey, now) });
  await first.close();
  const second = await openUnlock(folder, { keychain, clock: new ManualClock(now) });
  for (const at of [now, now - step])
    await expect(second.unlock.withPassphrase(text(owner), undefined, { code: codeOf(manualKey, at) })).rejects.toEqual(code("WRONG_CODE"));
  await second.unlock.withPassphrase(text(owner), undefined, { code: codeOf(manualKey, now + step) });
});

test("wrong codes and wrong passphrases share one count, which survives a restart and a clock set back", async () => {
  const folder = temporaryFolder();
  const first = await openUnlock(folder);
  const { manualKey } = await withTotp(first);
  await first.unlock.lock("person");
  const wrong = ["000001", "000002", "000003"].filter((one) => one !== codeOf(manualKey, first.clock.now())).slice(0, 2);
  for (const one of wrong)
    await expect(first.unlock.withPassphrase(text(owner), undefined, { code: one })).rejects.toEqual(code("WRONG_CODE"));
  for (let at = 0; at < 3; at++)
    await expect(first.unlock.withPassphrase(text("no"), undefined, { code: "000000" })).rejects.toEqual(code("WRONG_PASSPHRASE"));
  await first.close();
  const clock = new ManualClock(first.clock.now() - 86_400_000);
  const second = await openUnlock(folder, { clock });
  await expect(second.unlock.withPassphrase(text(owner), undefined, { code: codeOf(manualKey, clock.now()) })).rejects.toEqual(
    code("TOO_MANY_ATTEMPTS"),
  );
  const failures = (await second.audit.list({ limit: 10, verb: "unlock.failure" })).entries;
  expect(failures.map(({ detail }) => detail["method"])).toEqual(["passphrase", "passphrase", "passphrase", "code", "code"]);
});

test("turning codes off asks for a code; a recovery code serves once", async () => {
  const open = await openUnlock(temporaryFolder());
  const { recoveryCodes } = await withTotp(open);
  await expect(open.methods.removeTotp(proof)).rejects.toEqual(code("CODE_NEEDED"));
  await expect(open.methods.removeTotp({ ...proof, code: "000001" })).rejects.toEqual(code("WRONG_CODE"));
  expect(await open.methods.list()).toMatchObject({ totp: true });
  const [first = "", second = ""] = recoveryCodes;
  await open.unlock.lock("person");
  await open.unlock.withPassphrase(text(owner), undefined, { code: first });
  await expect(open.methods.removeTotp({ ...proof, code: first })).rejects.toEqual(code("WRONG_CODE"));
  await open.methods.removeTotp({ ...proof, code: second });
  await open.unlock.lock("person");
  await open.unlock.withPassphrase(text(owner));
});

test("with the clock wrong by a year the codes are refused with what to check, a recovery code opens, and all is there", async () => {
  const year = 31_557_600_000;
  const folder = temporaryFolder();
  const open = await openUnlock(folder);
  open.vault.store({ name: "kept", note: "", value: text("value") });
  const { manualKey, recoveryCodes } = await withTotp(open);
  const truth = open.clock.now();
  await open.close();
  for (const [at, wrong] of [truth + year, truth - year].entries()) {
    const off = await openUnlock(folder, { clock: new ManualClock(wrong) });
    await expect(off.unlock.withPassphrase(text(owner), undefined, { code: codeOf(manualKey, truth) })).rejects.toMatchObject({
      code: "WRONG_CODE",
      remedy: expect.stringMatching(/check this machine's clock, or use a recovery code/),
    });
    await off.unlock.withPassphrase(text(owner), undefined, { code: recoveryCodes[at] ?? "" });
    expect(await valueOf(off.vault, "kept")).toBe("value");
    await off.close();
  }
  const again = await openUnlock(folder, { clock: new ManualClock(truth + step) });
  await again.unlock.withPassphrase(text(owner), undefined, { code: codeOf(manualKey, truth + step) });
  expect(again.unlock.isUnlocked()).toBe(true);
});

test("new recovery codes take the place of the old ones", async () => {
  const open = await openUnlock(temporaryFolder());
  const { recoveryCodes } = await withTotp(open);
  const renewed = await open.methods.renewRecoveryCodes({ ...proof, code: recoveryCodes[0] ?? "" });
  expect(renewed.length).toBe(10);
  await expect(open.methods.removeTotp({ ...proof, code: recoveryCodes[1] ?? "" })).rejects.toEqual(code("WRONG_CODE"));
  await open.methods.removeTotp({ ...proof, code: renewed[9] ?? "" });
});

test("an enrolment that is not confirmed with a right code turns nothing on", async () => {
  const open = await openUnlock(temporaryFolder());
  await expect(open.methods.confirmTotp(proof, "123456")).rejects.toEqual(code("NOT_FOUND"));
  const { manualKey } = open.methods.beginTotp();
  const right = codeOf(manualKey, open.clock.now());
  await expect(open.methods.confirmTotp(proof, right === "123456" ? "123457" : "123456")).rejects.toEqual(code("WRONG_CODE"));
  open.clock.advance(16 * 60_000);
  await expect(open.methods.confirmTotp(proof, codeOf(manualKey, open.clock.now()))).rejects.toEqual(code("NOT_FOUND"));
  expect(await open.methods.list()).toMatchObject({ totp: false });
});

test("the recovery key opens on another machine, sets a passphrase, and turns codes off", async () => {
  const folder = temporaryFolder();
  const open = await openUnlock(folder);
  open.vault.store({ name: "token", note: "", value: text("s3cret") });
  const first = await open.methods.makeRecoveryKey(proof);
  const written = await open.methods.makeRecoveryKey(proof);
  await open.methods.rehearseRecoveryKey(written.toLowerCase());
  await expect(open.methods.rehearseRecoveryKey(first)).rejects.toEqual(code("WRONG_RECOVERY_KEY"));
  await expect(open.methods.rehearseRecoveryKey(written.slice(0, -1))).rejects.toEqual(code("WRONG_RECOVERY_KEY"));
  await withTotp(open);
  await open.close();
  const elsewhere = temporaryFolder();
  cpSync(folder, elsewhere, { recursive: true });
  const other = await openUnlock(elsewhere, { keychain: new MemoryKeychain() });
  await expect(other.methods.recover(first, "a newer passphrase", false)).rejects.toEqual(code("WRONG_RECOVERY_KEY"));
  await other.methods.recover(written, "a newer passphrase", false);
  expect(other.unlock.isUnlocked()).toBe(true);
  expect(await valueOf(other.vault, "token")).toBe("s3cret");
  await other.unlock.lock("person");
  await expect(other.unlock.withPassphrase(text(owner))).rejects.toEqual(code("WRONG_PASSPHRASE"));
  await other.unlock.withPassphrase(text("a newer passphrase"));
  expect(await other.methods.list()).toMatchObject({ recoveryKey: true, totp: false });
});

test("mistyped recovery keys are no guesses, wrong ones are", async () => {
  const open = await openUnlock(temporaryFolder());
  const other = await openUnlock(temporaryFolder());
  const foreign = await other.methods.makeRecoveryKey(proof);
  const own = await open.methods.makeRecoveryKey(proof);
  await open.unlock.lock("person");
  for (let at = 0; at < 9; at++)
    await expect(open.methods.recover(own.slice(1), "a newer passphrase", false)).rejects.toEqual(code("WRONG_RECOVERY_KEY"));
  for (let at = 0; at < 5; at++)
    await expect(open.methods.recover(foreign, "a newer passphrase", false)).rejects.toEqual(code("WRONG_RECOVERY_KEY"));
  await expect(open.methods.recover(own, "a newer passphrase", false)).rejects.toEqual(code("TOO_MANY_ATTEMPTS"));
});

test("the keychain's key opens nothing without a factor", async () => {
  const open = await openUnlock(temporaryFolder());
  await expect(open.methods.addKeychain(proof, null)).rejects.toEqual(code("CONFLICT"));
  expect(
    open.keychain instanceof MemoryKeychain && [...open.keychain.entries.keys()].filter((name) => name.startsWith("machine-")),
  ).toEqual([]);
  await expect(open.methods.withKeychain({ pin: "1234", code: null, passkey: null })).rejects.toEqual(code("NOT_FOUND"));
});

test("with a PIN: the keychain's key and the PIN together, neither alone", async () => {
  const folder = temporaryFolder();
  const keychain = new MemoryKeychain();
  const open = await openUnlock(folder, { keychain });
  await open.methods.addKeychain(proof, "2468");
  expect(await open.methods.list()).toMatchObject({ keychain: { state: "set-up", factor: "pin" } });
  await open.unlock.lock("person");
  await expect(open.methods.withKeychain({ pin: "2469", code: null, passkey: null })).rejects.toEqual(code("WRONG_PASSPHRASE"));
  await expect(open.methods.withKeychain({ pin: null, code: null, passkey: null })).rejects.toEqual(code("CODE_NEEDED"));
  await open.methods.withKeychain({ pin: "2468", code: null, passkey: null });
  expect(open.unlock.isUnlocked()).toBe(true);
  await open.unlock.lock("person");
  for (const [account] of keychain.entries)
    if (account.startsWith("machine-")) keychain.entries.set(account, Buffer.alloc(32).toString("base64"));
  await expect(open.methods.withKeychain({ pin: "2468", code: null, passkey: null })).rejects.toEqual(code("WRONG_PASSPHRASE"));
});

test("with codes: the keychain's key and a code", async () => {
  const open = await openUnlock(temporaryFolder());
  const { manualKey } = await withTotp(open);
  await open.methods.addKeychain({ ...proof, code: codeOf(manualKey, open.clock.now()) }, null);
  open.clock.advance(step);
  await open.unlock.lock("person");
  await expect(open.methods.withKeychain({ pin: null, code: null, passkey: null })).rejects.toEqual(code("CODE_NEEDED"));
  await expect(open.methods.withKeychain({ pin: null, code: "000001", passkey: null })).rejects.toEqual(code("WRONG_CODE"));
  expect(open.vault.isUnlocked()).toBe(false);
  await open.methods.withKeychain({ pin: null, code: codeOf(manualKey, open.clock.now()), passkey: null });
  open.clock.advance(step);
  await open.methods.removeTotp({ ...proof, code: codeOf(manualKey, open.clock.now()) });
  expect(await open.methods.list()).toMatchObject({ keychain: { state: "available" } });
  await open.unlock.lock("person");
  await expect(open.methods.withKeychain({ pin: null, code: null, passkey: null })).rejects.toEqual(code("NOT_FOUND"));
});

test("an entry deleted by hand, and a keychain that is gone or hangs, leave the passphrase", { timeout: 30_000 }, async () => {
  const keychain = new MemoryKeychain();
  const open = await openUnlock(temporaryFolder(), { keychain });
  await open.methods.addKeychain(proof, "2468");
  await open.unlock.settled();
  await open.unlock.lock("person");
  keychain.entries.clear();
  await expect(open.methods.withKeychain({ pin: "2468", code: null, passkey: null })).rejects.toMatchObject({
    code: "KEYCHAIN_UNAVAILABLE",
    remedy: expect.stringContaining("passphrase"),
  });
  await open.unlock.withPassphrase(text(owner));
  await open.unlock.lock("person");
  keychain.isAvailable = false;
  await open.unlock.withPassphrase(text(owner));
  expect(await open.methods.list()).toMatchObject({ keychain: { state: "unavailable" }, rollBackGuard: false });
  await open.unlock.settled();
  await open.unlock.lock("person");
  keychain.hangs = true;
  await open.unlock.withPassphrase(text(owner));
});

test("older files put in place of newer ones are noticed, whole or in part; a restored backup can be accepted", async () => {
  for (const which of [["vault.json", "gatehouse.db"], ["gatehouse.db"], ["vault.json"]]) {
    const folder = temporaryFolder();
    const backup = temporaryFolder();
    const keychain = new MemoryKeychain();
    const first = await openUnlock(folder, { keychain });
    first.vault.store({ name: "one", note: "", value: text("1") });
    await first.close();
    for (const name of which) copyFileSync(join(folder, name), join(backup, name));
    const second = await openUnlock(folder, { keychain });
    await second.unlock.withPassphrase(text(owner));
    second.vault.store({ name: "two", note: "", value: text("2") });
    await second.methods.makeRecoveryKey(proof);
    await second.close();
    for (const name of which) copyFileSync(join(backup, name), join(folder, name));
    for (const leftover of ["gatehouse.db-wal", "gatehouse.db-shm"]) rmSync(join(folder, leftover), { force: true });
    const third = await openUnlock(folder, { keychain });
    await expect(third.unlock.withPassphrase(text(owner)), which.join()).rejects.toMatchObject({
      code: "VAULT_DAMAGED",
      message: expect.stringContaining("rolled back"),
      remedy: expect.stringContaining("restored a backup yourself"),
    });
    expect(third.vault.isUnlocked()).toBe(false);
    await third.unlock.withPassphrase(text(owner), undefined, { acceptOlder: true });
    await third.unlock.settled();
    await third.unlock.lock("person");
    await third.unlock.withPassphrase(text(owner));
    await third.close();
  }
});
