import { existsSync, linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openVault, valueOf } from "../../testing/open-vault.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { readEnvFile, shredEnvFile } from "./env-source.ts";
import { importEnv } from "./import-env.ts";

const refused = expect.objectContaining({ code: "INVALID_INPUT" });

test("a file is imported and shredded: its bytes are overwritten before it is removed", async () => {
  const folder = temporaryFolder();
  const { vault } = await openVault(folder);
  const path = join(folder, ".env");
  writeFileSync(path, "TOKEN=secret-value-1\n");
  linkSync(path, join(folder, "kept"));
  const given = { text: null, path, lines: [1], scopes: [], shred: true };
  await expect(importEnv(vault, given), "with another name it cannot be destroyed").rejects.toEqual(refused);
  const own = join(folder, ".env.local");
  writeFileSync(own, "TOKEN=secret-value-2\n");
  expect(await importEnv(vault, { ...given, path: own })).toMatchObject({ notShredded: null, secrets: [{ name: "token" }] });
  expect(existsSync(own)).toBe(false);
  expect(await valueOf(vault, "token")).toBe("secret-value-2");
});

test("what is overwritten is the same blocks, as another handle sees it", async () => {
  const path = join(temporaryFolder(), "prod.env");
  writeFileSync(path, "TOKEN=secret-value\n");
  const { openSync, readSync, closeSync } = await import("node:fs");
  const handle = openSync(path, "r");
  await shredEnvFile(path, "TOKEN=secret-value\n");
  const rest = Buffer.alloc(64);
  expect(readSync(handle, rest, 0, 64, 0)).toBe(0);
  closeSync(handle);
  expect(existsSync(path)).toBe(false);
});

test("a file that changed after it was read stays as it is, and the import says so", async () => {
  const path = join(temporaryFolder(), ".env");
  writeFileSync(path, "TOKEN=new\n");
  await expect(shredEnvFile(path, "TOKEN=old\n")).rejects.toMatchObject({ code: "CONFLICT" });
  expect(readFileSync(path, "utf8")).toBe("TOKEN=new\n");
});

test("only .env files are read: no other name, no link, no folder, nothing relative, nothing large", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "id_ed25519"), "x");
  symlinkSync(join(folder, "id_ed25519"), join(folder, ".env"));
  mkdirSync(join(folder, ".env.d"));
  writeFileSync(join(folder, "big.env"), Buffer.alloc(300_000, "A"));
  for (const name of ["id_ed25519", ".env", ".env.d", "big.env", "../passwd"])
    await expect(readEnvFile(join(folder, name)), name).rejects.toEqual(refused);
  await expect(readEnvFile(".env")).rejects.toEqual(refused);
  await expect(readEnvFile(join(folder, "missing.env"))).rejects.toMatchObject({ code: "NOT_FOUND" });
});
