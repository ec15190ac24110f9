import type { Writable } from "node:stream";
import { errorCode, frameFlag, frameHead, frameType, WireError } from "./frames.ts";
import type { TunnelStream } from "./tunnel-stream.ts";

export interface SenderParts {
  readonly output: Writable;
  /** The end of a stream is on its way. */
  readonly onEnd: (stream: TunnelStream) => void;
  /** The other end does not read what it is sent. */
  readonly onOverflow: (error: WireError) => void;
}

/** Longest payload of a DATA frame, either way. */
export const longestData = 256 * 1_024;
/** What may wait to be written: enough to keep the wire busy, little enough that a new stream soon has its turn. */
const outputBytes = 512 * 1_024;
/** Frames other than DATA that may wait for an end that does not read. */
const maximumControl = 16_384;
const largestWindow = 0x7fffffff;
/** Of a connection, and of a stream until its end says otherwise (RFC 9113 section 6.9.2). */
export const protocolWindow = 65_535;

interface Sending {
  readonly stream: TunnelStream;
  /** Bytes that the other end has room for. */
  window: number;
}

/** Writes what streams have to say, in turns, within the windows of the other end. */
export class Sender {
  readonly #parts: SenderParts;
  readonly #streams = new Map<number, Sending>();
  /** Streams that have something to send, in the order of their turns. */
  readonly #ready = new Set<Sending>();
  #control: Buffer[] = [];
  #window = protocolWindow;
  #initialWindow = protocolWindow;
  #longestData = 16_384;
  #isScheduled = false;
  #isBlocked = false;
  #isClosed = false;

  constructor(parts: SenderParts) {
    this.#parts = parts;
    parts.output.on("drain", () => {
      this.#isBlocked = false;
      this.#flush();
    });
  }

  add(stream: TunnelStream): void {
    this.#streams.set(stream.id, { stream, window: this.#initialWindow });
  }

  /** Nothing more of this stream is sent. */
  remove(id: number): void {
    const sending = this.#streams.get(id);
    if (sending === undefined) return;
    this.#streams.delete(id);
    this.#ready.delete(sending);
  }

  /** A stream has something to send. */
  ready(stream: TunnelStream): void {
    const sending = this.#streams.get(stream.id);
    if (sending === undefined) return;
    this.#ready.add(sending);
    this.#schedule();
  }

  /** A frame that needs no window. */
  say(bytes: Buffer): void {
    if (this.#isClosed) return;
    if (this.#control.push(bytes) <= maximumControl) return this.#schedule();
    this.#parts.onOverflow(new WireError(errorCode.enhanceYourCalm, "it does not read what it is sent"));
  }

  /** False where no such stream is being sent. */
  widen(id: number, bytes: number): boolean {
    if (id === 0) {
      this.#window = widened(this.#window, bytes);
      this.#schedule();
      return true;
    }
    const sending = this.#streams.get(id);
    if (sending === undefined) return false;
    this.#widen(sending, bytes);
    return true;
  }

  /** What the other end says that a stream begins with; those that are open change with it (RFC 9113 section 6.9.2). */
  setInitialWindow(bytes: number): void {
    if (bytes > largestWindow) throw new WireError(errorCode.flowControl, "a window is too large");
    const change = bytes - this.#initialWindow;
    this.#initialWindow = bytes;
    for (const sending of this.#streams.values()) this.#widen(sending, change);
  }

  setLongestData(bytes: number): void {
    this.#longestData = Math.min(longestData, Math.max(16_384, bytes));
  }

  /** Writes a last frame, and nothing after it. */
  close(last: Buffer | null): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#control = [];
    this.#ready.clear();
    this.#streams.clear();
    const { output } = this.#parts;
    if (last !== null && output.writable) output.write(last);
    output.end();
  }

  #widen(sending: Sending, bytes: number): void {
    sending.window = widened(sending.window, bytes);
    if (sending.window > 0 && sending.stream.unsentBytes > 0) this.ready(sending.stream);
  }

  /** Once a turn of the event loop: what many streams say in one turn goes out in one write. */
  #schedule(): void {
    if (this.#isScheduled || this.#isBlocked || this.#isClosed) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#flush();
    });
  }

  /** Streams take turns, a frame each, for as long as the wire takes more. */
  #flush(): void {
    if (this.#isClosed || this.#isBlocked) return;
    const { output } = this.#parts;
    output.cork();
    for (const bytes of this.#control.splice(0)) output.write(bytes);
    for (const sending of this.#ready) {
      if (output.writableLength >= outputBytes || (this.#window <= 0 && !sending.stream.isEnding)) break;
      this.#ready.delete(sending);
      this.#sendOf(sending);
    }
    output.uncork();
    this.#isBlocked = output.writableNeedDrain;
    if (this.#ready.size > 0 && this.#window > 0) this.#schedule();
  }

  #sendOf(sending: Sending): void {
    const { stream } = sending;
    const { output } = this.#parts;
    if (stream.isEnding) {
      output.write(frameHead(0, frameType.data, frameFlag.endStream, stream.id));
      stream.sentEnd();
      return this.#parts.onEnd(stream);
    }
    const { parts, bytes } = stream.takeUnsent(Math.min(sending.window, this.#window, this.#longestData));
    if (bytes === 0) return;
    this.#window -= bytes;
    sending.window -= bytes;
    output.write(frameHead(bytes, frameType.data, 0, stream.id));
    for (const part of parts) output.write(part);
    stream.sent();
    // To the end of the row.
    if (stream.unsentBytes > 0 && sending.window > 0) this.#ready.add(sending);
  }
}

function widened(window: number, bytes: number): number {
  const wider = window + bytes;
  if (wider > largestWindow) throw new WireError(errorCode.flowControl, "a window is too large");
  return wider;
}
