import { Worker } from "node:worker_threads";
import * as z from "zod";
import { Secret } from "../kernel/secret.ts";

/**
 * Cost of one guess, stored with each wrap. The bounds stop a changed file from making a guess
 * cheap or from exhausting memory before its checksum is even compared.
 */
export const Argon2Parameters = z.strictObject({
  memoryKib: z.int().min(1_024).max(1_048_576),
  iterations: z.int().min(1).max(16),
  parallelism: z.int().min(1).max(16),
});
export type Argon2Parameters = z.infer<typeof Argon2Parameters>;

/** Argon2id with 64 MiB, t=3, p=4: the second recommended option of RFC 9106 section 4. */
export const standardArgon2: Argon2Parameters = { memoryKib: 65_536, iterations: 3, parallelism: 4 };

/** Turns a passphrase into a 256-bit key. */
export type DerivePassphraseKey = (
  passphrase: Secret,
  salt: Uint8Array,
  parameters: Argon2Parameters,
  signal?: AbortSignal,
) => Promise<Secret>;

/** Derives with Argon2id in a worker thread of its own, which ends with its memory after each derivation. */
export function argon2InWorker(workerFile: string): DerivePassphraseKey {
  return async (passphrase, salt, parameters, signal) => {
    signal?.throwIfAborted();
    const worker = new Worker(workerFile);
    try {
      return await new Promise<Secret>((resolve, reject) => {
        worker.once("message", (key: unknown) => resolve(Secret.fromBytes(Buffer.from(z.instanceof(Uint8Array).parse(key).buffer))));
        worker.once("error", reject);
        worker.once("exit", (code) => reject(new Error(`The key derivation worker ended with code ${code} and without a key.`)));
        signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
        const copy = passphrase.use((bytes) => Uint8Array.from(bytes));
        worker.postMessage({ passphrase: copy, salt, ...parameters }, [copy.buffer]);
      });
    } finally {
      await worker.terminate();
    }
  };
}
