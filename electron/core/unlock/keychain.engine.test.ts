import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describeWith } from "../../testing/engines.ts";
import { openUnlock, owner } from "../../testing/open-unlock.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { KeytarKeychain } from "../keychain/keytar-keychain.ts";
import { silentLogger } from "../kernel/logger.ts";
import { Secret } from "../kernel/secret.ts";

const keychain = () => new KeytarKeychain({ logger: silentLogger() });

describeWith("keychain", "unlocking with the real keychain", () => {
  test("an entry that was deleted by hand is said so, the passphrase opens, and it can be set up again", async () => {
    const real = keychain();
    const open = await openUnlock(temporaryFolder(), { keychain: real });
    await open.methods.addKeychain({ passphrase: owner, code: null }, "2468");
    const account = (await open.vault.header())?.wraps.flatMap(({ method }) => (method.kind === "keychain" ? [method.account] : []))[0];
    await real.delete(account ?? "");
    await open.unlock.lock("person");
    await expect(open.methods.withKeychain({ pin: "2468", code: null, passkey: null })).rejects.toMatchObject({
      code: "KEYCHAIN_UNAVAILABLE",
      message: expect.stringContaining("no key of this vault any more"),
    });
    await open.unlock.withPassphrase(Secret.fromText(owner));
    await open.methods.addKeychain({ passphrase: owner, code: null }, "1357");
    await open.unlock.lock("person");
    await open.methods.withKeychain({ pin: "1357", code: null, passkey: null });
    expect(open.unlock.isUnlocked()).toBe(true);
    await open.methods.removeKeychain({ passphrase: owner, code: null });
  });

  test("its key and a PIN open the vault after a restart, and an older whole is noticed", async () => {
    const folder = temporaryFolder();
    const backup = temporaryFolder();
    const first = await openUnlock(folder, { keychain: keychain() });
    await first.methods.addKeychain({ passphrase: owner, code: null }, "2468");
    await first.close();
    for (const name of ["vault.json", "gatehouse.db"]) copyFileSync(join(folder, name), join(backup, name));
    const second = await openUnlock(folder, { keychain: keychain() });
    await second.methods.withKeychain({ pin: "2468", code: null, passkey: null });
    expect(await second.methods.list()).toMatchObject({ keychain: { state: "set-up", factor: "pin" }, rollBackGuard: true });
    second.vault.store({ name: "newer", note: "", value: Secret.fromText("v") });
    await second.close();
    for (const name of ["vault.json", "gatehouse.db"]) copyFileSync(join(backup, name), join(folder, name));
    for (const name of ["gatehouse.db-wal", "gatehouse.db-shm"]) rmSync(join(folder, name), { force: true });
    const third = await openUnlock(folder, { keychain: keychain() });
    await expect(third.methods.withKeychain({ pin: "2468", code: null, passkey: null })).rejects.toMatchObject({
      code: "VAULT_DAMAGED",
      message: expect.stringContaining("rolled back"),
    });
    await third.unlock.withPassphrase(Secret.fromText(owner), undefined, { acceptOlder: true });
    await third.methods.removeKeychain({ passphrase: owner, code: null });
    expect(await third.methods.list()).toMatchObject({ keychain: { state: "available" } });
  });
});
