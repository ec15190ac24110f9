import { argon2id } from "hash-wasm";
import { Secret } from "../core/kernel/secret.ts";
import { type Argon2Parameters, argon2InWorker, type DerivePassphraseKey } from "../core/vault/passphrase-key.ts";
import { builtScript } from "./built-script.ts";

/** The least that the vault accepts: for tests that are not about the cost of a guess. */
export const cheapArgon2: Argon2Parameters = { memoryKib: 1_024, iterations: 1, parallelism: 1 };

/** Real Argon2id in the real worker. */
export async function testDeriveKey(): Promise<DerivePassphraseKey> {
  built ??= builtScript("electron/core/unlock/argon2-worker.ts");
  return argon2InWorker(await built);
}

let built: Promise<string> | undefined;

/** Real Argon2id without the worker, for tests that derive thousands of keys. */
export const deriveKeyHere: DerivePassphraseKey = async (passphrase, salt, { memoryKib, iterations, parallelism }) => {
  const password = passphrase.use((bytes) => Uint8Array.from(bytes));
  const key = await argon2id({ password, salt, memorySize: memoryKib, iterations, parallelism, hashLength: 32, outputType: "binary" });
  return Secret.fromBytes(Buffer.from(key));
};
