import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { builtScript } from "../../testing/built-script.ts";
import { type OpenVault, openVault, passphrase, valueOf } from "../../testing/open-vault.ts";
import { testOnSmallDisk } from "../../testing/small-disk.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { Secret } from "../kernel/secret.ts";
import type { Vault } from "./vault.ts";

const admitted = async () => undefined;
const header = (folder: string) => JSON.parse(readFileSync(join(folder, "vault.json"), "utf8"));

async function filled(folder: string, count: number): Promise<OpenVault> {
  const open = await openVault(folder);
  open.vault.storeAll(Array.from({ length: count }, (_, at) => ({ name: `s${at}`, note: "", value: Secret.fromText(`value of s${at}`) })));
  return open;
}

async function rotate(vault: Vault): Promise<readonly number[]> {
  await vault.beginRotation(passphrase(), admitted);
  const done: number[] = [];
  for await (const progress of vault.continueRotation()) done.push(progress.done);
  return done;
}

test("a new vault key wraps everything, the old one opens nothing any more, and progress only grows", async () => {
  const folder = temporaryFolder();
  const { vault, database } = await filled(folder, 350);
  const before = header(folder);
  const oldHeader = readFileSync(join(folder, "vault.json"));
  const oldKeys = database.all("select id, wrapped_key, sealed from secrets order by id").map((row) => Object(row));
  const done = await rotate(vault);
  expect(done).toEqual([...done].sort((a, b) => a - b));
  expect(done.at(-1)).toBe(350);
  const after = header(folder);
  expect(after.next).toBeUndefined();
  for (const field of ["keyId", "wraps", "keys", "mac"]) expect(after[field], field).not.toEqual(before[field]);
  const newKeys = database.all("select id, wrapped_key, sealed from secrets order by id").map((row) => Object(row));
  for (const [at, row] of newKeys.entries()) {
    expect(row.wrapped_key.equals(oldKeys[at].wrapped_key)).toBe(false);
    expect(row.sealed.equals(oldKeys[at].sealed)).toBe(true);
  }
  for (const name of ["s0", "s99", "s349"]) expect(await valueOf(vault, name)).toBe(`value of ${name}`);
  vault.lock();
  await vault.unlock(passphrase());
  expect(await valueOf(vault, "s7")).toBe("value of s7");
  vault.lock();
  writeFileSync(join(folder, "vault.json"), oldHeader);
  await expect(vault.unlock(passphrase())).rejects.toMatchObject({ code: "VAULT_DAMAGED" });
});

test("an empty vault, and one after another, rotate too", async () => {
  const folder = temporaryFolder();
  const { vault } = await openVault(folder);
  for (let round = 0; round < 3; round++) await rotate(vault);
  vault.store({ name: "later", note: "", value: Secret.fromText("v") });
  await rotate(vault);
  vault.lock();
  await vault.unlock(passphrase());
  expect(await valueOf(vault, "later")).toBe("v");
});

test("locked in the middle it stops, works with what there is, and goes on after the next unlock", async () => {
  const folder = temporaryFolder();
  const { vault } = await filled(folder, 350);
  await vault.beginRotation(passphrase(), admitted);
  const steps = vault.continueRotation();
  await steps.next();
  vault.lock();
  await expect(steps.next()).rejects.toMatchObject({ code: "LOCKED" });
  await vault.unlock(passphrase());
  for (const name of ["s0", "s349"]) expect(await valueOf(vault, name)).toBe(`value of ${name}`);
  vault.store({ name: "between", note: "", value: Secret.fromText("v") });
  await expect(vault.edit({ kind: "passphrase", passphrase: passphrase() }, admitted, async () => undefined)).rejects.toMatchObject({
    code: "CONFLICT",
  });
  for await (const _progress of vault.continueRotation());
  expect(header(folder).next).toBeUndefined();
  expect(await valueOf(vault, "between")).toBe("v");
});

test("rows that somebody changes in the middle are damage, not wrapped anew", async () => {
  const { vault, database } = await filled(temporaryFolder(), 250);
  await vault.beginRotation(passphrase(), admitted);
  const steps = vault.continueRotation();
  await steps.next();
  database.run("update secrets set wrapped_key = zeroblob(60) where id = (select max(id) from secrets)");
  await expect(
    (async () => {
      for (let step = await steps.next(); step.done !== true; step = await steps.next());
    })(),
  ).rejects.toMatchObject({ code: "VAULT_DAMAGED" });
});

test("a recovery key in a drawer opens the vault after the key was changed", async () => {
  const { vault } = await filled(temporaryFolder(), 3);
  const key = () => Secret.fromBytes(Buffer.alloc(20, 7));
  await vault.edit({ kind: "passphrase", passphrase: passphrase() }, admitted, async (entry) => {
    await entry.setMethod({ kind: "recovery", key: key() }, () => false);
  });
  await rotate(vault);
  vault.lock();
  await vault.open({ kind: "recovery", key: key() }, admitted);
  expect(await valueOf(vault, "s1")).toBe("value of s1");
});

test("kill -9 at any moment: the change goes on where it was, and nothing is lost", { timeout: 180_000 }, async () => {
  const folder = temporaryFolder();
  const { database } = await filled(folder, 900);
  database.close();
  const script = await builtScript("electron/testing/processes/rotate-key.ts");
  const promised: string[] = [];
  let [kills, finished, cutOff] = [0, 0, 0];
  while (kills < 25 || finished === 0) {
    const child = spawn(process.execPath, [script, folder], { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => void (said += chunk.toString()));
    const gone = once(child, "close");
    await once(child.stdout, "data");
    // About as long as the whole change takes, so that kills fall everywhere in it.
    if (kills < 25) await new Promise((resolve) => setTimeout(resolve, Math.random() * 120));
    if (kills++ < 25) child.kill("SIGKILL");
    await gone;
    promised.push(...said.split("\n").flatMap((line) => /^(during-\S+) /.exec(line)?.[1] ?? []));
    if (said.includes("finished")) finished++;
    const open = await openVault(folder);
    if (header(folder).next !== undefined) cutOff++;
    const names = new Set(open.vault.list().map(({ name }) => name));
    for (let at = 0; at < 900; at++) expect(names.has(`s${at}`)).toBe(true);
    expect(promised.filter((name) => !names.has(name))).toEqual([]);
    for (const name of ["s0", "s450", "s899", ...promised.slice(-3)]) expect(await valueOf(open.vault, name)).toBe(`value of ${name}`);
    open.vault.lock();
    open.database.close();
  }
  expect(cutOff).toBeGreaterThan(3);
  const { vault } = await openVault(folder);
  for await (const _progress of vault.continueRotation());
  for (const { name } of vault.list()) expect(await valueOf(vault, name)).toBe(`value of ${name}`);
});

testOnSmallDisk("a disk that fills up in the middle stops the change; with room it goes on", 1_024, async (disk) => {
  const { folder } = disk;
  const { vault } = await filled(folder, 300);
  await vault.beginRotation(passphrase(), admitted);
  const filler = join(folder, "filler");
  let size = 1_024 * 1_024;
  for (; size > 0; size -= 8_192) {
    try {
      writeFileSync(filler, Buffer.alloc(size));
      break;
    } catch {
      continue;
    }
  }
  const outcome = (async () => {
    for (let round = 0; round < 40; round++) {
      for await (const _progress of vault.continueRotation());
      await vault.beginRotation(passphrase(), admitted);
    }
  })();
  await expect(outcome).rejects.toMatchObject({ code: "DISK_FULL" });
  expect(await valueOf(vault, "s0")).toBe("value of s0");
  disk.resize(16_384);
  for await (const _progress of vault.continueRotation());
  vault.lock();
  await vault.unlock(passphrase());
  for (let at = 0; at < 300; at++) expect(await valueOf(vault, `s${at}`)).toBe(`value of s${at}`);
});
