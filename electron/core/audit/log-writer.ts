import type { FileHandle } from "node:fs/promises";
import type { AuditEntry } from "#shared/contract/audit.ts";
import { UserError } from "../kernel/errors.ts";
import { diskFull, isOutOfSpace } from "../kernel/system-errors.ts";
import { type AuditStatement, type ChainPosition, maximumLineBytes, seal } from "./audit-entry.ts";

/** What the writer needs of a file that is open for appending. */
export type LogFile = Pick<FileHandle, "appendFile" | "datasync" | "truncate" | "close">;

interface Waiting {
  readonly statement: AuditStatement;
  readonly resolve: (entry: AuditEntry) => void;
  readonly reject: (error: unknown) => void;
}

/** Entries that may wait for the disk. Beyond it the disk does not keep up, and effects must not run ahead of it. */
const maximumWaiting = 10_000;
/** Entries that share one fsync at most: sealing them holds the event loop for a few milliseconds. */
const maximumBatch = 256;

/**
 * Appends entries durably. Whatever waits while one fsync runs shares the next one. An entry gets
 * its place in the chain only when its batch is written, so a batch that fails leaves no gap: the
 * file is cut back to its last durable byte and everyone in the batch is refused.
 */
export class LogWriter {
  readonly #handle: LogFile;
  readonly #onDurable: (entry: AuditEntry, lineBytes: number) => void;
  #position: ChainPosition;
  #durableBytes: number;
  readonly #waiting: Waiting[] = [];
  #running: Promise<void> | null = null;
  #mayHoldRemains = false;
  #isClosed = false;

  constructor(handle: LogFile, from: ChainPosition, durableBytes: number, onDurable: (entry: AuditEntry, lineBytes: number) => void) {
    this.#handle = handle;
    this.#position = from;
    this.#durableBytes = durableBytes;
    this.#onDurable = onDurable;
  }

  /** Where the next entry will stand: after the last durable one. */
  get position(): ChainPosition {
    return this.#position;
  }

  /** Resolves once the entry is on disk; rejects with AUDIT_UNAVAILABLE or DISK_FULL, and then nothing was written. */
  append(statement: AuditStatement): Promise<AuditEntry> {
    if (this.#isClosed) return Promise.reject(unavailable("it is closed"));
    if (this.#waiting.length >= maximumWaiting) return Promise.reject(unavailable("the disk does not keep up"));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ statement, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Waits for what was appended, then closes the file. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#running;
    await this.#handle.close();
  }

  async #run(): Promise<void> {
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      await this.#write(this.#waiting.splice(0, maximumBatch));
    }
    this.#running = null;
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    const sealed: { readonly entry: AuditEntry; readonly bytes: Buffer; readonly waiting: Waiting }[] = [];
    let position = this.#position;
    for (const waiting of batch) {
      try {
        const { entry, line } = seal(waiting.statement, position.sequence, position.previousHash);
        const bytes = Buffer.from(`${line}\n`, "utf8");
        if (bytes.length > maximumLineBytes) throw tooLong(waiting.statement.verb);
        sealed.push({ entry, bytes, waiting });
        position = { sequence: entry.sequence + 1, previousHash: entry.hash };
      } catch (error) {
        waiting.reject(error);
      }
    }
    if (sealed.length === 0) return;
    try {
      await this.#makeDurable(Buffer.concat(sealed.map(({ bytes }) => bytes)));
    } catch (error) {
      for (const { waiting } of sealed) waiting.reject(refusal(error));
      return;
    }
    this.#position = position;
    for (const { entry, bytes, waiting } of sealed) {
      this.#onDurable(entry, bytes.length);
      waiting.resolve(entry);
    }
  }

  async #makeDurable(bytes: Buffer): Promise<void> {
    if (this.#mayHoldRemains) await this.#cutBack();
    this.#mayHoldRemains = true;
    try {
      await this.#handle.appendFile(bytes);
      await this.#handle.datasync();
    } catch (error) {
      await this.#cutBack().catch(() => undefined);
      throw error;
    }
    this.#durableBytes += bytes.length;
    this.#mayHoldRemains = false;
  }

  /** Removes what a failed write left behind. Until it succeeds nothing more is written. */
  async #cutBack(): Promise<void> {
    await this.#handle.truncate(this.#durableBytes);
    await this.#handle.datasync();
    this.#mayHoldRemains = false;
  }
}

function refusal(error: unknown): UserError {
  return isOutOfSpace(error)
    ? diskFull("the audit log could not be written, so nothing was done", error)
    : unavailable("it cannot be written", error);
}

function unavailable(why: string, cause?: unknown): UserError {
  return new UserError(
    "AUDIT_UNAVAILABLE",
    `The audit log is not available: ${why}. Nothing was done.`,
    "Check the disk that holds the data folder, then try again. If it goes on, start Gatehouse again.",
    { cause },
  );
}

function tooLong(verb: string): UserError {
  return new UserError(
    "LIMIT_REACHED",
    `The request '${verb}' is too long to be written to the audit log, so it was not carried out.`,
    "Ask for it in smaller parts.",
  );
}
