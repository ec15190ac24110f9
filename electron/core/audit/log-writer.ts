import type { FileHandle } from "node:fs/promises";
import type { AuditEntry } from "#shared/contract/audit.ts";
import { UserError } from "../kernel/errors.ts";
import { diskFull, isOutOfSpace } from "../kernel/system-errors.ts";
import { type AuditStatement, type ChainPosition, maximumLineBytes, seal } from "./audit-entry.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { CheckpointKeeper, SignedLine } from "./checkpoint-keeper.ts";

/** What the writer needs of a file that is open for appending. */
export type LogFile = Pick<FileHandle, "appendFile" | "datasync" | "truncate" | "close">;

/** What became durable, in the order of the file. */
export type DurableLine =
  | { readonly kind: "entry"; readonly entry: AuditEntry; readonly line: string; readonly bytes: Buffer }
  | { readonly kind: "checkpoint"; readonly checkpoint: Checkpoint; readonly bytes: Buffer };

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
  readonly #onDurable: (line: DurableLine) => void;
  readonly #keeper: CheckpointKeeper | null;
  #position: ChainPosition;
  #durableBytes: number;
  readonly #waiting: Waiting[] = [];
  #running: Promise<void> | null = null;
  #mayHoldRemains = false;
  #isCheckpointWanted = false;
  #isClosed = false;

  /** Without a `keeper` it writes no checkpoints. */
  constructor(
    handle: LogFile,
    from: ChainPosition,
    durableBytes: number,
    onDurable: (line: DurableLine) => void,
    keeper: CheckpointKeeper | null = null,
  ) {
    this.#handle = handle;
    this.#position = from;
    this.#durableBytes = durableBytes;
    this.#onDurable = onDurable;
    this.#keeper = keeper;
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

  /** Signs what no checkpoint covers yet, after what was appended. Resolves whether or not the disk took it. */
  async checkpoint(): Promise<void> {
    if (this.#isClosed) return;
    this.#isCheckpointWanted = true;
    this.#running ??= this.#run();
    await this.#running;
  }

  /** Waits for what was appended, signs it, then closes the file. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    const signed = this.checkpoint();
    this.#isClosed = true;
    await signed;
    await this.#handle.close();
  }

  async #run(): Promise<void> {
    await Promise.resolve();
    while (this.#waiting.length > 0 || this.#isCheckpointWanted) {
      if (this.#waiting.length > 0) await this.#write(this.#waiting.splice(0, maximumBatch));
      else await this.#writeCheckpoint();
    }
    this.#running = null;
  }

  async #writeCheckpoint(): Promise<void> {
    this.#isCheckpointWanted = false;
    const draft = this.#keeper?.draft();
    const signed = draft?.sign() ?? null;
    if (draft === undefined || signed === null) return;
    const line = durableCheckpoint(signed);
    try {
      await this.#makeDurable(line.bytes);
    } catch {
      // Nothing was promised: what it would have signed is on disk, and the next one signs it too.
      return;
    }
    this.#keeper?.keep(draft);
    this.#onDurable(line);
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    const lines: DurableLine[] = [];
    const stored: { readonly entry: AuditEntry; readonly waiting: Waiting }[] = [];
    const draft = this.#keeper?.draft();
    let position = this.#position;
    for (const waiting of batch) {
      try {
        const { entry, line } = seal(waiting.statement, position.sequence, position.previousHash);
        const bytes = Buffer.from(`${line}\n`, "utf8");
        if (bytes.length > maximumLineBytes) throw tooLong(waiting.statement.verb);
        lines.push({ kind: "entry", entry, line, bytes });
        stored.push({ entry, waiting });
        position = { sequence: entry.sequence + 1, previousHash: entry.hash };
        const signed = draft?.add(entry, line) ?? null;
        if (signed !== null) lines.push(durableCheckpoint(signed));
      } catch (error) {
        waiting.reject(error);
      }
    }
    if (stored.length === 0) return;
    try {
      await this.#makeDurable(Buffer.concat(lines.map(({ bytes }) => bytes)));
    } catch (error) {
      for (const { waiting } of stored) waiting.reject(refusal(error));
      return;
    }
    this.#position = position;
    if (draft !== undefined) this.#keeper?.keep(draft);
    for (const line of lines) this.#onDurable(line);
    for (const { entry, waiting } of stored) waiting.resolve(entry);
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

function durableCheckpoint({ checkpoint, line }: SignedLine): DurableLine {
  return { kind: "checkpoint", checkpoint, bytes: Buffer.from(`${line}\n`, "utf8") };
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
