import { Readable } from "node:stream";

/** How much of one stream waits in memory before the engine is made to wait, bytes. A kernel pipe holds 64 KiB. */
const bufferBytes = 128 * 1024;

/** The readable ends of a process, fed from the one stream that the engine sends. */
export interface Outputs {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles when the engine's stream is at its end and all of it has been handed to both ends. */
  readonly ended: Promise<void>;
  /** From now on throws away what nobody reads, so that `ended` settles. */
  readonly abandon: () => void;
}

/**
 * Splits the engine's multiplexed stream (8-byte header: stream number, three zeros, length as
 * big-endian 32 bits; Docker Engine API, "Attach to a container"). Nothing is read from the engine
 * while an end is full, so a process that nobody reads is stalled, not buffered. An end that was
 * destroyed is read past.
 */
export function demultiplex(source: Readable, framing: "frames" | "raw"): Outputs {
  const stdout = new Outlet();
  const stderr = new Outlet();
  const feed = framing === "raw" ? feedRaw(source, stdout) : feedFrames(source, stdout, stderr);
  const ended = closeAfter(feed, [stdout, stderr]);
  return {
    stdout,
    stderr,
    ended,
    abandon: () => {
      stdout.abandon();
      stderr.abandon();
    },
  };
}

/** A stream that breaks off is at its end: how the process ended says the rest. */
async function closeAfter(feed: Promise<void>, outlets: readonly Outlet[]): Promise<void> {
  await feed.catch(() => undefined);
  for (const outlet of outlets) outlet.push(null);
}

/** A readable whose writer waits while it is full. */
class Outlet extends Readable {
  #wanted: (() => void) | null = null;
  #abandoned = false;

  constructor() {
    super({ highWaterMark: bufferBytes });
  }

  /** Resolves when there is room for more. */
  async offer(bytes: Buffer): Promise<void> {
    if (this.#abandoned || this.destroyed || bytes.length === 0) return;
    if (this.push(bytes)) return;
    await new Promise<void>((resolve) => {
      this.#wanted = resolve;
    });
  }

  abandon(): void {
    this.#abandoned = true;
    this.#release();
  }

  override _read(): void {
    this.#release();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.abandon();
    callback(error);
  }

  #release(): void {
    const wanted = this.#wanted;
    this.#wanted = null;
    wanted?.();
  }
}

async function feedRaw(source: Readable, outlet: Outlet): Promise<void> {
  for await (const chunk of source) await outlet.offer(asBuffer(chunk));
}

async function feedFrames(source: Readable, stdout: Outlet, stderr: Outlet): Promise<void> {
  let header = Buffer.alloc(0);
  let outlet = stdout;
  let remaining = 0;
  for await (const chunk of source) {
    let bytes = asBuffer(chunk);
    while (bytes.length > 0) {
      if (remaining === 0) {
        const missing = 8 - header.length;
        header = Buffer.concat([header, bytes.subarray(0, missing)]);
        bytes = bytes.subarray(missing);
        if (header.length < 8) break;
        outlet = header[0] === 2 ? stderr : stdout;
        remaining = header.readUInt32BE(4);
        header = Buffer.alloc(0);
        continue;
      }
      const part = bytes.subarray(0, remaining);
      bytes = bytes.subarray(part.length);
      remaining -= part.length;
      await outlet.offer(part);
    }
  }
}

function asBuffer(chunk: unknown): Buffer {
  if (Buffer.isBuffer(chunk)) return chunk;
  throw new TypeError("The engine's stream carries something other than bytes.");
}
