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
