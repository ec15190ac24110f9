import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { canonicalJson } from "../kernel/canonical-json.ts";
import { Secret } from "../kernel/secret.ts";
import { type OpenVault, openVault, passphrase, valueOf } from "../../testing/open-vault.ts";

const damaged = expect.objectContaining({ code: "VAULT_DAMAGED", remedy: expect.stringContaining("backup") });

/** A vault with two secrets of the same shape. */
async function twoSecrets(folder = temporaryFolder()): Promise<OpenVault> {
  const open = await openVault(folder);
  for (const name of ["one", "two"]) open.vault.store({ name, note: `note ${name}`, value: Secret.fromText(`value ${name}`) });
  return open;
}

/** The change is seen by the vault that is open, and by one that is opened afterwards. */
async function expectDamage({ vault }: OpenVault, title: string): Promise<void> {
  expect(() => vault.list(), title).toThrow(damaged);
  vault.store({ name: "three", note: "", value: Secret.fromText("a change that must not cover it up") });
  expect(() => vault.list(), title).toThrow(damaged);
  vault.lock();
  await expect(vault.unlock(passphrase()), title).rejects.toEqual(damaged);
  expect(vault.isUnlocked()).toBe(false);
}

test("any changed byte of the header is damage, and never a vault that opens", { timeout: 120_000 }, async () => {
  const folder = temporaryFolder();
  const { vault } = await openVault(folder);
  vault.lock();
  const file = join(folder, "vault.json");
  const original = readFileSync(file);
  for (let at = 0; at < original.length; at++) {
    for (const flip of [0x01, 0x20, 0x80]) {
      const changed = Buffer.from(original);
      changed[at] = (changed[at] ?? 0) ^ flip;
      writeFileSync(file, changed);
      await expect(vault.unlock(passphrase()), `byte ${at}`).rejects.toEqual(damaged);
    }
  }
  for (const changed of ["", "null", "{}", original.toString().trimEnd(), ` ${original.toString()}`, original.toString().repeat(2)]) {
    writeFileSync(file, changed);
    await expect(vault.unlock(passphrase()), changed.slice(0, 20)).rejects.toEqual(damaged);
  }
  writeFileSync(file, Buffer.alloc(2_000_000, 0x20));
  await expect(vault.unlock(passphrase())).rejects.toEqual(damaged);
  writeFileSync(file, original);
  await vault.unlock(passphrase());
});

test("a header changed by someone who makes its checksum anew opens nothing", async () => {
  const folder = temporaryFolder();
  const { vault } = await openVault(folder);
  const other = temporaryFolder();
  await openVault(other);
  vault.lock();
  const file = join(folder, "vault.json");
  const original = JSON.parse(readFileSync(file, "utf8"));
  const foreign = JSON.parse(readFileSync(join(other, "vault.json"), "utf8"));
  const [wrap] = original.wraps;
  const changes: readonly object[] = [
    { vault: foreign.vault },
    { workspace: foreign.workspace },
    { keyId: foreign.keyId },
    { createdAt: 1 },
    { wraps: foreign.wraps },
    { wraps: [wrap, ...foreign.wraps] },
    { wraps: [wrap, wrap] },
    { wraps: [{ ...wrap, id: "wrap-0123456789" }] },
    { wraps: [{ ...wrap, version: 2 }] },
    { wraps: [{ ...wrap, method: { ...wrap.method, argon2: { ...wrap.method.argon2, iterations: 2 } } }] },
    { wraps: [{ ...wrap, method: { ...wrap.method, argon2: { ...wrap.method.argon2, memoryKib: 4_000_000_000 } } }] },
    { wraps: [{ ...wrap, sealed: original.keys[0].sealed }] },
    { keys: [] },
    { keys: foreign.keys },
    { keys: [{ ...original.keys[0], id: "key-0123456789" }] },
    { keys: [{ ...original.keys[0], sealed: wrap.sealed }] },
    { mac: foreign.mac },
    { schema: 2 },
  ];
  for (const change of changes) {
    const { mac, checksum: _checksum, ...body } = { ...original, ...change };
    const checksum = createHash("sha256").update(canonicalJson(body)).digest("hex");
    writeFileSync(file, `${canonicalJson({ ...body, checksum, mac })}\n`);
    const outcome = await vault.unlock(passphrase()).then(
      () => "unlocked",
      (error: unknown) => Object(error).code,
    );
    expect(["VAULT_DAMAGED", "WRONG_PASSPHRASE"], JSON.stringify(change)).toContain(outcome);
    expect(vault.isUnlocked()).toBe(false);
  }
});

test("any changed byte of a record is damage: when it is listed, used, or the vault is opened", { timeout: 120_000 }, async () => {
  const open = await twoSecrets();
  const { vault, database } = open;
  const row = Object(database.get("select * from secrets where name = 'one'"));
  const columns = ["id", "name", "note", "version", "wrapped_key", "sealed", "created_at", "replaced_at", "key_id", "details"];
  expect(Object.keys(row)).toEqual(columns);
  let flips = 0;
  for (const column of columns) {
    for (const changed of changesOf(row[column])) {
      database.run(`update secrets set ${column} = ? where id = ?`, changed, row.id);
      const title = `${column}: ${JSON.stringify(changed)}`;
      expect(() => vault.list(), title).toThrow(damaged);
      if (!["id", "name"].includes(column)) await expect(valueOf(vault, "one"), title).rejects.toEqual(damaged);
      vault.lock();
      await expect(vault.unlock(passphrase()), title).rejects.toEqual(damaged);
      database.run(`update secrets set ${column} = ? where id = ?`, row[column], column === "id" ? changed : row.id);
      await vault.unlock(passphrase());
      flips++;
    }
  }
  expect(flips).toBeGreaterThan(row.wrapped_key.length + row.sealed.length + row.name.length + row.note.length);
  expect(await valueOf(vault, "one")).toBe("value one");
});

test("two records cannot change places, whole or in part", async () => {
  for (const columns of [
    ["wrapped_key"],
    ["sealed"],
    ["wrapped_key", "sealed"],
    ["name"],
    ["note"],
    ["name", "note"],
    ["wrapped_key", "sealed", "note"],
  ]) {
    const open = await twoSecrets();
    const { database } = open;
    const [one, two] = database.all("select * from secrets order by name").map((row) => Object(row));
    database.run("update secrets set name = 'aside' where id = ?", one.id);
    for (const [from, to] of [
      [two, one],
      [one, two],
    ]) {
      for (const column of columns)
        if (column !== "name" || from === one) database.run(`update secrets set ${column} = ? where id = ?`, from[column], to.id);
    }
    database.run("update secrets set name = ? where id = ?", columns.includes("name") ? "two" : "one", one.id);
    await expectDamage(open, columns.join());
  }
});

test("an older version of a record does not come back, nor does a removed one", async () => {
  const replaced = await twoSecrets();
  const before = Object(replaced.database.get("select * from secrets where name = 'one'"));
  replaced.vault.replace(before.id, Secret.fromText("newer"));
  replaced.database.run(
    "update secrets set version = ?, wrapped_key = ?, sealed = ?, replaced_at = ? where id = ?",
    ...[before.version, before.wrapped_key, before.sealed, before.replaced_at, before.id],
  );
  await expectDamage(replaced, "an older version");
  const removed = await twoSecrets();
  const gone = Object(removed.database.get("select * from secrets where name = 'one'"));
  removed.vault.remove(gone.id);
  removed.database.run(
    "insert into secrets (id, name, note, version, wrapped_key, sealed, created_at, replaced_at) values (?, ?, ?, ?, ?, ?, ?, ?)",
    ...[gone.id, gone.name, gone.note, gone.version, gone.wrapped_key, gone.sealed, gone.created_at, gone.replaced_at],
  );
  await expectDamage(removed, "a removed record");
});

test("a record taken away or copied is damage, as is a manifest that was touched", async () => {
  const touches = [
    "delete from secrets where name = 'one'",
    "insert into secrets select 'sec-copy000000', 'copy', note, version, wrapped_key, sealed, created_at, replaced_at, key_id, details from secrets where name = 'one'",
  ];
  for (const touch of touches) {
    const open = await twoSecrets();
    open.database.run(touch);
    await expectDamage(open, touch);
  }
  const manifestTouches = [
    "delete from vault_manifest",
    "update vault_manifest set counter = counter - 1",
    "update vault_manifest set mac = zeroblob(32)",
    "update vault_manifest set mac = x''",
  ];
  for (const touch of manifestTouches) {
    const { vault, database } = await twoSecrets();
    database.run(touch);
    vault.lock();
    await expect(vault.unlock(passphrase()), touch).rejects.toEqual(damaged);
  }
});

test("the records of one vault are damage in another", async () => {
  const [a, b] = [await twoSecrets(), await twoSecrets()];
  b.vault.lock();
  await b.vault.unlock(passphrase());
  expect(() => b.vault.attach(a.database)).toThrow(damaged);
});

/** Every one-byte change of a blob or text; a few other values of a number. */
function changesOf(value: unknown): readonly (string | number | Uint8Array)[] {
  if (typeof value === "number") return [value + 1, value - 1, 0];
  if (value === null) return [0, 1];
  const bytes = Buffer.from(typeof value === "string" ? value : Buffer.from(Object(value)));
  const changed = Array.from(bytes, (byte, at) => Buffer.concat([bytes.subarray(0, at), Buffer.of(byte ^ 1), bytes.subarray(at + 1)]));
  return typeof value === "string" ? changed.map((copy) => copy.toString("latin1")) : changed;
}
