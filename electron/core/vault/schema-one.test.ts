import { createHash, createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { openVault, passphrase, valueOf } from "../../testing/open-vault.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { canonicalJson } from "../kernel/canonical-json.ts";
import { Secret } from "../kernel/secret.ts";
import { Manifest } from "./manifest.ts";
import { SecretRecords } from "./secret-records.ts";
import { randomKey } from "./sealing.ts";

/** Columns that schema 1 did not have: a row as it was migrated has neither. */
const asMigrated = "update secrets set key_id = null";

test("rows that were written before a vault key could change open, and the next write names their key", async () => {
  const { vault, database } = await openVault(temporaryFolder());
  const keys = {
    vault: "vlt-a",
    workspace: "ws-a",
    keyId: "key-a",
    wrapRecordKeys: randomKey(),
    authenticateManifest: randomKey(),
    next: null,
  };
  database.run("delete from vault_manifest");
  const clock = { now: () => 1, monotonic: () => 1, after: () => ({ [Symbol.dispose]: () => undefined }) };
  const { id } = new SecretRecords(database, keys, clock).store({ name: "old", note: "", value: Secret.fromText("value") });
  database.run(asMigrated);
  expect(() => new Manifest(database, keys)).toThrow("not those that were stored last");
  // The code of schema 1, made as schema 1 made it: over the eight columns that it had.
  const row = Object(database.get("select id, name, note, version, wrapped_key, sealed, created_at, replaced_at from secrets"));
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
  const text = canonicalJson({ ...row, wrapped_key: base64(row.wrapped_key), sealed: base64(row.sealed) });
  const records = [[id, createHash("sha256").update(text).digest("hex")]];
  const body = canonicalJson({ schema: 1, vault: "vlt-a", workspace: "ws-a", keyId: "key-a", counter: 1, records });
  const mac = keys.authenticateManifest.use((bytes) => createHmac("sha256", bytes).update(body).digest());
  database.run("update vault_manifest set mac = ?", mac);
  const opened = new SecretRecords(database, keys, clock);
  expect(opened.list()).toMatchObject([{ name: "old", kind: "generic", scopes: [], bindings: [], rotatedAt: [] }]);
  expect(opened.open("old")?.use((bytes) => bytes.toString())).toBe("value");
  opened.replace(id, Secret.fromText("newer"));
  expect(database.get("select key_id from secrets")).toEqual({ key_id: "key-a" });
  vault.lock();
});

test("a vault goes on after being locked and opened again", async () => {
  const { vault } = await openVault(temporaryFolder());
  vault.store({ name: "a", note: "", value: Secret.fromText("v") });
  vault.lock();
  await vault.unlock(passphrase());
  expect(await valueOf(vault, "a")).toBe("v");
});
