import { type Duplex, Readable, Writable } from "node:stream";

/** How much of one stream waits in memory before its producer is made to wait, bytes. A kernel pipe holds 64 KiB. */
const bufferBytes = 128 * 1024;

/**
 * How much of what a process left unread when it ended is kept, bytes. Pipes and engines hold less
 * than two million; more can only come from something that the process left behind.
 */
const restBytes = 16 * 1024 * 1024;

/** A readable whose writer waits while it is full. One that was destroyed takes everything and keeps nothing. */
export class Outlet extends Readable {
  #wanted: (() => void) | null = null;
  #restRoom: number | null = null;

  constructor() {
    super({ highWaterMark: bufferBytes });
  }

  /** Whether the writer is waiting for a reader. */
  get isFull(): boolean {
    return this.#wanted !== null;
  }

  /** Resolves when there is room for more. */
  async offer(bytes: Buffer): Promise<void> {
    if (this.destroyed || bytes.length === 0) return;
    if (this.#restRoom !== null) return this.#keep(bytes, this.#restRoom);
    if (this.push(bytes)) return;
    await new Promise<void>((resolve) => {
      this.#wanted = resolve;
    });
  }

  /** Marks the end. A stream that breaks off is at its end, too: how the process ended says the rest. */
  async closeAfter(feed: Promise<void>): Promise<void> {
    await feed.catch(() => undefined);
    if (!this.destroyed) this.push(null);
  }

  /** The process has ended: takes the rest without making anybody wait for a slow reader. */
  takeRest(): void {
    this.#restRoom ??= restBytes;
    this.#release();
  }

  override _read(): void {
    this.#release();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#release();
    callback(error);
  }

  #keep(bytes: Buffer, room: number): void {
    this.#restRoom = Math.max(0, room - bytes.length);
    if (room > 0) this.push(bytes.subarray(0, room));
  }

  #release(): void {
    const wanted = this.#wanted;
    this.#wanted = null;
    wanted?.();
  }
}

/** Hands all of `source` to `outlet`, no faster than it is read. */
export async function feed(source: Readable, outlet: Outlet): Promise<void> {
  for await (const chunk of source) await outlet.offer(asBuffer(chunk));
}

/**
 * A process's standard input over `target`: waits while it is full; ending it ends `target` with
 * `close`. A process that no longer reads makes writes fail through their callbacks, never by an
 * unheard 'error'.
 */
export function inlet(target: Duplex, close: () => void): Writable {
  const stdin = new Writable({
    highWaterMark: 64 * 1024,
    write: (chunk: Buffer, _encoding, callback) => {
      target.write(chunk, (error) => callback(error ?? null));
    },
    final: (callback) => {
      close();
      callback();
    },
    destroy: (error, callback) => {
      close();
      callback(error);
    },
  });
  stdin.on("error", () => undefined);
  target.on("error", (error) => stdin.destroy(error));
  return stdin;
}

export function asBuffer(chunk: unknown): Buffer {
  if (Buffer.isBuffer(chunk)) return chunk;
  throw new TypeError("The stream carries something other than bytes.");
}
