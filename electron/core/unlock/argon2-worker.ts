import { parentPort } from "node:worker_threads";
import { argon2id } from "hash-wasm";
import * as z from "zod";

/** One derivation: the passphrase bytes come by transfer, and are overwritten here once used. */
const Request = z.object({
  passphrase: z.instanceof(Uint8Array),
  salt: z.instanceof(Uint8Array),
  memoryKib: z.int(),
  iterations: z.int(),
  parallelism: z.int(),
});

/** A failure ends the worker with an error, which is how the derivation's caller learns of it. */
parentPort?.once("message", (message: unknown) => void derive(message));

async function derive(message: unknown): Promise<void> {
  const { passphrase, salt, memoryKib, iterations, parallelism } = Request.parse(message);
  const key = await argon2id({
    password: passphrase,
    salt,
    memorySize: memoryKib,
    iterations,
    parallelism,
    hashLength: 32,
    outputType: "binary",
  });
  passphrase.fill(0);
  const owned = new Uint8Array(key);
  key.fill(0);
  parentPort?.postMessage(owned, [owned.buffer]);
}
