import { Worker } from "node:worker_threads";
import * as z from "zod";
import type { Secret } from "../kernel/secret.ts";

export interface DatabaseJobs {
  /** Copies the database as it is now, under the same key, into `into`, which is an empty file. Writers go on meanwhile. */
  copy(file: string, into: string, signal?: AbortSignal): Promise<void>;
  /** Reads every page, row and index; what is wrong, in SQLite's words. Nothing is changed. */
  check(file: string, signal?: AbortSignal): Promise<readonly string[]>;
}

const Answer = z.union([
  z.object({ problems: z.array(z.string()) }),
  /** Not of the database's content: it cannot be opened, or the disk is full. */
  z.object({ failure: z.string(), code: z.string().nullable() }),
]);

/** Each job in a worker thread of its own. `lendKey` gives a copy of the database's key, which is destroyed with the job. */
export function databaseJobsInWorker(workerFile: string, lendKey: () => Secret): DatabaseJobs {
  const run = async (
    job: { readonly kind: "copy" | "check"; readonly file: string; readonly into: string | null },
    signal?: AbortSignal,
  ) => {
    signal?.throwIfAborted();
    const secret = lendKey();
    const key = secret.use((bytes) => Uint8Array.from(bytes));
    secret.destroy();
    const worker = new Worker(workerFile);
    let onAbort: () => void = () => {};
    try {
      return await new Promise<z.infer<typeof Answer>>((resolve, reject) => {
        onAbort = () => reject(signal?.reason);
        worker.once("message", (answer: unknown) => resolve(Answer.parse(answer)));
        worker.once("error", reject);
        worker.once("exit", (code) => reject(new Error(`The database worker ended with code ${code} and without an answer.`)));
        signal?.addEventListener("abort", onAbort, { once: true });
        worker.postMessage({ ...job, key }, [key.buffer]);
      });
    } finally {
      signal?.removeEventListener("abort", onAbort);
      await worker.terminate();
    }
  };
  return {
    copy: async (file, into, signal) => {
      const answer = await run({ kind: "copy", file, into }, signal);
      if ("failure" in answer) throw Object.assign(new Error(answer.failure), answer.code === null ? {} : { code: answer.code });
    },
    check: async (file, signal) => {
      const answer = await run({ kind: "check", file, into: null }, signal);
      return "failure" in answer ? [answer.failure] : answer.problems;
    },
  };
}
