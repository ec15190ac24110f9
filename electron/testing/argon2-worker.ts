import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { type Argon2Parameters, argon2InWorker, type DerivePassphraseKey } from "../core/vault/passphrase-key.ts";

/** The least that the vault accepts: for tests that are not about the cost of a guess. */
export const cheapArgon2: Argon2Parameters = { memoryKib: 1_024, iterations: 1, parallelism: 1 };

/** Builds the real worker once per content of its source, as `npm run build` does, and returns its file. */
export async function argon2WorkerFile(): Promise<string> {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const input = join(root, "electron/core/unlock/argon2-worker.ts");
  const folder = join(root, "node_modules/.cache/gatehouse");
  const file = join(folder, `argon2-worker-${createHash("sha256").update(readFileSync(input)).digest("hex").slice(0, 16)}.mjs`);
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  const beside = `${file}.${process.pid}.mjs`;
  const bundle = await rolldown({ input, platform: "node", external: [/^node:/], logLevel: "warn" });
  await bundle.write({ file: beside, format: "esm", codeSplitting: false });
  await bundle.close();
  renameSync(beside, file);
  return file;
}

/** Real Argon2id in the real worker. */
export async function testDeriveKey(): Promise<DerivePassphraseKey> {
  return argon2InWorker(await argon2WorkerFile());
}
