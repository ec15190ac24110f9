import { open, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../kernel/clock.ts";
import { Emitter } from "../kernel/events.ts";
import type { Logger } from "../kernel/logger.ts";
import { isOutOfSpace } from "../kernel/system-errors.ts";

/** With less than this, the next few writes of the database or the audit log fail. Bytes. */
const fullBelowBytes = 16_777_216;
/** Nobody says when a disk fills up or has room again. Milliseconds. */
const lookEveryMs = 30_000;
const lookWhileFullEveryMs = 2_000;
/** A quota is not seen in the free space, only by writing; that is tried only where something points to it. Bytes. */
const probeBytes = 262_144;

export interface DiskWatchParts {
  readonly dataFolder: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Whether the disk of the data folder is full: then nothing can be put on record, so nothing is done. */
export class DiskWatch implements Disposable {
  readonly changed = new Emitter<void>();
  readonly #parts: DiskWatchParts;
  #isFull = false;
  /** Since the last look began a write has failed. */
  #isSuspected = false;
  #look: Promise<void> | null = null;
  #timer: Disposable | null = null;
  #isOver = false;

  constructor(parts: DiskWatchParts) {
    this.#parts = parts;
    void this.#lookNow();
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  /** Something could not be written for want of room: looks now, not at the next turn. */
  suspect(): void {
    this.#isSuspected = true;
    void this.#lookNow();
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#timer?.[Symbol.dispose]();
  }

  async #lookNow(): Promise<void> {
    this.#look ??= this.#lookOnce();
    await this.#look;
  }

  /** Never rejects: a disk that cannot be looked at stays as it was. */
  async #lookOnce(): Promise<void> {
    const { dataFolder, clock, logger } = this.#parts;
    this.#timer?.[Symbol.dispose]();
    const isProbed = this.#isFull || this.#isSuspected;
    this.#isSuspected = false;
    try {
      this.#show(await isDiskFull(dataFolder, isProbed));
    } catch (error) {
      logger.debug({ err: error }, "the disk could not be looked at");
    }
    this.#look = null;
    if (this.#isOver) return;
    if (this.#isSuspected) return void this.#lookNow();
    this.#timer = clock.after(this.#isFull ? lookWhileFullEveryMs : lookEveryMs, () => void this.#lookNow());
  }

  #show(isFull: boolean): void {
    if (this.#isOver || this.#isFull === isFull) return;
    this.#isFull = isFull;
    if (isFull) this.#parts.logger.error({}, "the disk of the data folder is full");
    else this.#parts.logger.info({}, "the disk of the data folder has room again");
    this.changed.emit();
  }
}

async function isDiskFull(folder: string, isProbed: boolean): Promise<boolean> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize < fullBelowBytes || (isProbed && !(await canWrite(join(folder, "disk-probe"))));
}

async function canWrite(file: string): Promise<boolean> {
  try {
    const probe = await open(file, "w", 0o600);
    try {
      await probe.writeFile(Buffer.alloc(probeBytes, 1));
    } finally {
      await probe.close();
    }
    return true;
  } catch (error) {
    if (isOutOfSpace(error)) return false;
    throw error;
  } finally {
    await rm(file, { force: true });
  }
}
