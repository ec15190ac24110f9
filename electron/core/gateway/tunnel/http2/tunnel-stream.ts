import { Duplex } from "node:stream";

/** What a stream tells the session that carries it. */
export interface StreamCarrier {
  /** There is something to send. */
  ready(stream: TunnelStream): void;
  /** Whoever reads has taken so many bytes. */
  taken(stream: TunnelStream, bytes: number): void;
  /** Nobody reads or writes it any more. `isBrokenOff`: the other end must not take what it has for the whole. */
  abandoned(stream: TunnelStream, isBrokenOff: boolean): void;
}

/** What a stream gives to be sent. */
export interface Outgoing {
  readonly parts: readonly Buffer[];
  readonly bytes: number;
}

const bufferBytes = 128 * 1_024;
/** Chunks that are smaller wait in one piece of memory with their neighbours. */
const smallBytes = 4 * 1_024;
const gatheredBytes = 8 * 1_024;

/**
 * One connection as a stream of the tunnel. As with a socket, each side ends by itself. Reset by the other end it
 * closes without an error, and its reader has seen no end.
 */
export class TunnelStream extends Duplex {
  readonly id: number;
  #wasReset = false;
  readonly #carrier: StreamCarrier;
  /** Received, while the reader has enough. Each chunk has memory of its own: none keeps more alive than it holds. */
  readonly #unread: Buffer[] = [];
  /** How much of the last of `unread` is filled, where it takes small chunks. */
  #gathered: { readonly memory: Buffer; used: number } | null = null;
  #isWanted = false;
  #hasEnded = false;
  #unsent: Buffer[] = [];
  #unsentBytes = 0;
  #onSent: ((error?: Error | null) => void) | null = null;
  #onFinal: ((error?: Error | null) => void) | null = null;

  constructor(id: number, carrier: StreamCarrier) {
    // What waits to be read waits here, not in the base class: that keeps one chunk at most.
    super({ allowHalfOpen: true, decodeStrings: true, readableHighWaterMark: 1, writableHighWaterMark: bufferBytes });
    this.id = id;
    this.#carrier = carrier;
  }

  /** Whether the other end broke it off. */
  get wasReset(): boolean {
    return this.#wasReset;
  }

  /** As a socket's: what Node's HTTP server calls after its last answer. */
  destroySoon(): void {
    if (this.writableFinished) this.destroy();
    else this.once("finish", () => this.destroy());
    this.end();
  }

  /** For the session: bytes have come. */
  receive(part: Buffer): void {
    if (this.destroyed) return this.#carrier.taken(this, part.length);
    if (!this.#isWanted) return this.#keep(part);
    this.#isWanted = this.push(part);
    this.#carrier.taken(this, part.length);
  }

  /** For the session: the other side has ended. */
  receiveEnd(): void {
    this.#hasEnded = true;
    if (this.#unread.length === 0 && !this.destroyed) this.push(null);
  }

  /** For the session: the other end will neither send nor read any more. What came before is still read, unless it broke off. */
  receiveReset(isBrokenOff: boolean): void {
    this.#wasReset = isBrokenOff;
    if (isBrokenOff || this.readableEnded || this.destroyed) return void this.destroy();
    this.#dropUnsent(null);
    this.once("end", () => this.destroy());
    this.receiveEnd();
  }

  /** For the session: whether there is something to send but the end. */
  get unsentBytes(): number {
    return this.#unsentBytes;
  }

  /** For the session: whether the end is all that is left to send. */
  get isEnding(): boolean {
    return this.#onFinal !== null && this.#unsentBytes === 0;
  }

  /** For the session: the next bytes to send, at most so many. */
  takeUnsent(most: number): Outgoing {
    const parts: Buffer[] = [];
    let bytes = 0;
    while (bytes < most) {
      const [first] = this.#unsent;
      if (first === undefined) break;
      const fits = first.subarray(0, most - bytes);
      if (fits.length === first.length) this.#unsent.shift();
      else this.#unsent[0] = first.subarray(fits.length);
      parts.push(fits);
      bytes += fits.length;
    }
    this.#unsentBytes -= bytes;
    return { parts, bytes };
  }

  /** For the session: what was taken is on its way. Asks for more where nothing is left. */
  sent(): void {
    if (this.#unsentBytes > 0) return;
    const onSent = this.#onSent;
    this.#onSent = null;
    onSent?.();
  }

  /** For the session: the end is on its way. */
  sentEnd(): void {
    const onFinal = this.#onFinal;
    this.#onFinal = null;
    onFinal?.();
  }

  override _read(): void {
    this.#isWanted = true;
    while (this.#isWanted) {
      const chunk = this.#unread.shift();
      if (chunk === undefined) break;
      if (this.#unread.length === 0) this.#gathered = null;
      this.#isWanted = this.push(chunk);
      this.#carrier.taken(this, chunk.length);
    }
    if (this.#hasEnded && this.#unread.length === 0 && !this.readableEnded) this.push(null);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#send([chunk], chunk.length, callback);
  }

  override _writev(chunks: readonly { readonly chunk: Buffer }[], callback: (error?: Error | null) => void): void {
    this.#send(
      chunks.map(({ chunk }) => chunk),
      chunks.reduce((sum, { chunk }) => sum + chunk.length, 0),
      callback,
    );
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#onFinal = callback;
    this.#carrier.ready(this);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const unread = this.#unread.splice(0).reduce((sum, chunk) => sum + chunk.length, 0);
    this.#gathered = null;
    if (unread > 0) this.#carrier.taken(this, unread);
    this.#carrier.abandoned(this, error !== null);
    this.#dropUnsent(error ?? new Error("The connection was ended."));
    callback(error);
  }

  #send(chunks: readonly Buffer[], bytes: number, callback: (error?: Error | null) => void): void {
    if (bytes === 0) return callback();
    this.#unsent.push(...chunks.filter((chunk) => chunk.length > 0));
    this.#unsentBytes += bytes;
    this.#onSent = callback;
    this.#carrier.ready(this);
  }

  #dropUnsent(error: Error | null): void {
    this.#unsent = [];
    this.#unsentBytes = 0;
    const waiting = [this.#onSent, this.#onFinal];
    this.#onSent = null;
    this.#onFinal = null;
    for (const each of waiting) each?.(error);
  }

  /** A view on a large read must not keep it alive for a few bytes: an end that sends such could fill memory. */
  #keep(part: Buffer): void {
    const gathered = this.#gathered;
    if (gathered !== null && gathered.used + part.length <= gathered.memory.length) {
      part.copy(gathered.memory, gathered.used);
      gathered.used += part.length;
      this.#unread[this.#unread.length - 1] = gathered.memory.subarray(0, gathered.used);
      return;
    }
    this.#gathered = null;
    if (part.length >= smallBytes) return void this.#unread.push(part.length * 2 < part.buffer.byteLength ? Buffer.from(part) : part);
    const memory = Buffer.allocUnsafeSlow(gatheredBytes);
    part.copy(memory);
    this.#gathered = { memory, used: part.length };
    this.#unread.push(memory.subarray(0, part.length));
  }
}
