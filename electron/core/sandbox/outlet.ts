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
  #isFull = false;
  #onRoom: () => void = () => undefined;
  #restRoom: number | null = null;

  constructor() {
    super({ highWaterMark: bufferBytes });
  }

  /** Whether the writer is waiting for a reader. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** `then` is called each time that it has been full and is not any more. */
  whenRoom(then: () => void): void {
    this.#onRoom = then;
  }

  /** Takes these bytes. False where nothing more should be given until there is room. */
  give(bytes: Buffer): boolean {
    if (this.destroyed || bytes.length === 0) return true;
    if (this.#restRoom !== null) {
      this.#keep(bytes, this.#restRoom);
      return true;
    }
    this.#isFull = !this.push(bytes);
    return !this.#isFull;
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
    if (!this.#isFull) return;
    this.#isFull = false;
    this.#onRoom();
  }
}

/** Hands all of `source` to `outlet`, no faster than it is read. */
export async function feed(source: Readable, outlet: Outlet): Promise<void> {
  await feedAll(source, [outlet], (bytes) => outlet.give(bytes));
}

/** Hands what `source` gives to `take`, and nothing while one of the outlets that it fills is full. */
export async function feedAll(source: Readable, outlets: readonly Outlet[], take: (bytes: Buffer) => void): Promise<void> {
  const isBlocked = () => outlets.some((outlet) => outlet.isFull);
  for (const outlet of outlets) outlet.whenRoom(() => void (isBlocked() || source.resume()));
  await new Promise<void>((resolve, reject) => {
    source.on("data", (chunk: unknown) => {
      if (!Buffer.isBuffer(chunk)) return reject(new TypeError("The stream carries something other than bytes."));
      take(chunk);
      if (isBlocked()) source.pause();
    });
    source.once("end", resolve);
    source.once("close", resolve);
    source.on("error", reject);
  });
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
    // What has come together goes in one call of the system.
    writev: (chunks, callback) => {
      target.cork();
      for (const [at, { chunk }] of chunks.entries())
        target.write(chunk, at === chunks.length - 1 ? (error) => callback(error ?? null) : undefined);
      target.uncork();
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
