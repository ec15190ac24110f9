import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { cheapArgon2, deriveKeyHere } from "../../testing/argon2-worker.ts";
import { builtScript } from "../../testing/built-script.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { testOnSmallDisk } from "../../testing/small-disk.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { Secret } from "../kernel/secret.ts";
import { openVault, passphrase, valueOf } from "../../testing/open-vault.ts";
import { standardArgon2 } from "./passphrase-key.ts";
import { Vault } from "./vault.ts";

test("a stored value is lent back, under its name, after lock and restart", async () => {
  const folder = temporaryFolder();
  const first = await openVault(folder);
  const stored = first.vault.store({ name: "token", note: "for the forge", value: Secret.fromText("s3cret") });
  expect(stored).toEqual({
    id: expect.stringMatching(/^sec-/),
    name: "token",
    note: "for the forge",
    createdAt: first.clock.now(),
    replacedAt: null,
    ...{ kind: "generic", scopes: [], bindings: [], expiresAt: null, lastUse: null, rotatedAt: [] },
  });
  expect(await valueOf(first.vault, "token")).toBe("s3cret");
  first.vault.lock();
  await first.vault.unlock(passphrase());
  expect(await valueOf(first.vault, "token")).toBe("s3cret");
  first.database.close();
  const second = await openVault(folder);
  expect(second.vault.list()).toEqual([stored]);
  expect(await valueOf(second.vault, "token")).toBe("s3cret");
});

test("replacing keeps the name and the id; removing takes the key along", async () => {
  const { vault, database, clock } = await openVault(temporaryFolder());
  const { id } = vault.store({ name: "token", note: "", value: Secret.fromText("old") });
  const before = Object(database.get("select wrapped_key, sealed from secrets"));
  clock.advance(1_000);
  expect(vault.replace(id, Secret.fromText("new"))).toMatchObject({ id, name: "token", replacedAt: clock.now() });
  const after = Object(database.get("select wrapped_key, sealed from secrets"));
  expect(before.wrapped_key.equals(after.wrapped_key)).toBe(false);
  expect(await valueOf(vault, "token")).toBe("new");
  vault.remove(id);
  expect(vault.list()).toEqual([]);
  await expect(valueOf(vault, "token")).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect(() => vault.remove(id)).toThrow(expect.objectContaining({ code: "NOT_FOUND" }));
  expect(() => vault.replace(id, Secret.fromText("x"))).toThrow(expect.objectContaining({ code: "NOT_FOUND" }));
});

test("two secrets cannot have one name", async () => {
  const { vault } = await openVault(temporaryFolder());
  vault.store({ name: "token", note: "", value: Secret.fromText("one") });
  expect(() => vault.store({ name: "token", note: "", value: Secret.fromText("two") })).toThrow(
    expect.objectContaining({ code: "CONFLICT" }),
  );
  expect(await valueOf(vault, "token")).toBe("one");
});

test("values of any bytes and sizes come back as they were", async () => {
  const { vault } = await openVault(temporaryFolder());
  for (const [at, value] of [Buffer.from([0, 255, 10]), Buffer.alloc(65_536, "ß"), Buffer.from("ä\n\u{1f511}")].entries()) {
    vault.store({ name: `s${at}`, note: "", value: Secret.fromBytes(Buffer.from(value)) });
    expect(await vault.withSecret(`s${at}`, (found) => found.use((bytes) => bytes.equals(value)))).toBe(true);
  }
});

test("a locked vault opens, lists, stores and hands out nothing", async () => {
  const { vault } = await openVault(temporaryFolder());
  const { id } = vault.store({ name: "token", note: "", value: Secret.fromText("s3cret") });
  vault.lock();
  vault.lock();
  const locked = expect.objectContaining({ code: "LOCKED" });
  expect(() => vault.list()).toThrow(locked);
  expect(() => vault.store({ name: "b", note: "", value: Secret.fromText("x") })).toThrow(locked);
  expect(() => vault.replace(id, Secret.fromText("x"))).toThrow(locked);
  expect(() => vault.remove(id)).toThrow(locked);
  expect(() => vault.databaseKey()).toThrow(locked);
  await expect(valueOf(vault, "token")).rejects.toEqual(locked);
  expect(vault.isUnlocked()).toBe(false);
});

test("locking overwrites a value that is lent at that moment, and so does the end of the loan", async () => {
  const { vault } = await openVault(temporaryFolder());
  vault.store({ name: "token", note: "", value: Secret.fromText("s3cret") });
  let bytes: Buffer = Buffer.alloc(0);
  await vault.withSecret("token", (value) => {
    bytes = value.use((lent) => lent);
    expect(bytes.toString()).toBe("s3cret");
  });
  expect(bytes.equals(Buffer.alloc(6))).toBe(true);
  await vault.withSecret("token", async (value) => {
    bytes = value.use((lent) => lent);
    vault.lock();
    expect(bytes.equals(Buffer.alloc(6))).toBe(true);
    expect(() => value.use(() => 1)).toThrow("destroyed");
  });
});

test("another passphrase does not open it, and the same one does", async () => {
  const { vault } = await openVault(temporaryFolder());
  vault.lock();
  for (const text of ["correct horsf", "correct hors", "correct horse ", "Correct horse"]) {
    await expect(vault.unlock(passphrase(text))).rejects.toMatchObject({ code: "WRONG_PASSPHRASE" });
    expect(vault.isUnlocked()).toBe(false);
  }
  await vault.unlock(passphrase());
  expect(vault.isUnlocked()).toBe(true);
});

test("there is one vault a folder, and none to unlock before it", async () => {
  const folder = temporaryFolder();
  const vault = new Vault({ folder, deriveKey: deriveKeyHere, clock: new ManualClock(), argon2: cheapArgon2 });
  expect(vault.isSetUp()).toBe(false);
  await expect(vault.unlock(passphrase())).rejects.toMatchObject({ code: "NOT_FOUND" });
  await vault.create(passphrase());
  expect(vault.isSetUp()).toBe(true);
  await expect(vault.create(passphrase("another one"))).rejects.toMatchObject({ code: "ALREADY_SET_UP" });
});

test("the header names its method, cost and salt, and is its owner's only", async () => {
  const folder = temporaryFolder();
  const vault = new Vault({ folder, deriveKey: deriveKeyHere, clock: new ManualClock() });
  await vault.create(passphrase());
  const file = join(folder, "vault.json");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const header = JSON.parse(readFileSync(file, "utf8"));
  expect(header).toMatchObject({ schema: 1, wraps: [{ method: { kind: "passphrase", argon2: standardArgon2 } }] });
  expect(Buffer.from(header.wraps[0].method.salt, "base64").length).toBe(16);
  expect(readdirSync(folder)).toEqual(["vault.json"]);
});

test("no file holds a passphrase, a value or a name, in any usual spelling, and nothing prints one", async () => {
  const folder = temporaryFolder();
  const { vault, database } = await openVault(folder, "canary-passphrase-1");
  const secret = { name: "canary-name-2", note: "canary-note-3", value: Secret.fromText("canary-value-4") };
  const { id } = vault.store(secret);
  vault.replace(id, Secret.fromText("canary-value-5"));
  await vault.withSecret("canary-name-2", (value) => {
    for (const thing of [vault, value, secret.value, { value }]) {
      expect(`${inspect(thing, { depth: 9, showHidden: true })}${JSON.stringify(thing)}`).not.toContain("canary-value");
    }
    expect(String(value)).toBe("[secret]");
  });
  database.close();
  const contents = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
  expect(contents.length).toBeGreaterThan(1);
  for (const canary of ["canary-passphrase-1", "canary-name-2", "canary-note-3", "canary-value-4", "canary-value-5"]) {
    const spellings = [canary, Buffer.from(canary).toString("hex"), Buffer.from(canary).toString("base64").slice(0, -4)];
    for (const spelling of spellings) for (const content of contents) expect(content.includes(spelling), spelling).toBe(false);
  }
});

testOnSmallDisk("a full disk refuses to set up a vault, and leaves none", 8, async ({ folder }) => {
  writeFileSync(join(folder, "filler"), Buffer.alloc(8_192));
  const vault = new Vault({ folder, deriveKey: deriveKeyHere, clock: new ManualClock(), argon2: cheapArgon2 });
  await expect(vault.create(passphrase())).rejects.toMatchObject({ code: "DISK_FULL" });
  expect(vault.isSetUp()).toBe(false);
  expect(vault.isUnlocked()).toBe(false);
  expect(readdirSync(folder)).toEqual(["filler"]);
});

test("kill -9 at any moment leaves a vault that opens, with every secret that was promised", { timeout: 120_000 }, async () => {
  const folder = temporaryFolder();
  const storer = await builtScript("electron/testing/processes/store-forever.ts");
  const promised: string[] = [];
  for (let round = 0; round < 6; round++) {
    const child = spawn(process.execPath, [storer, folder], { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => void (said += chunk.toString()));
    await once(child.stdout, "data");
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 100));
    child.kill("SIGKILL");
    await once(child, "close");
    promised.push(...said.split("\n").slice(0, -1));
    const { vault, database } = await openVault(folder);
    const names = new Set(vault.list().map(({ name }) => name));
    expect(promised.filter((name) => !names.has(name))).toEqual([]);
    for (const name of promised.slice(-20)) expect(await valueOf(vault, name)).toBe(`value of ${name}`);
    database.close();
  }
});
