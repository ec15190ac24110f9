import { errorCode, type Frame, frameFlag, frameHeadBytes, frameType, WireError } from "./frames.ts";

/** Who takes what a {@link FrameReader} reads. */
export interface FrameSink {
  /** A part of a DATA frame, as it came: a view on memory that was read at once. `isEnd`: with it the stream's other side has ended. */
  data(stream: number, part: Buffer, isEnd: boolean): void;
  frame(frame: Frame): void;
}

/** Frames that are read whole are no longer than this: settings, headers of one line, errors. */
const longestWhole = 4_096;

/**
 * Reads frames (RFC 9113 section 4.1) off chunks of any size. DATA is handed on as it comes, without copying or
 * waiting for the rest of its frame. Throws {@link WireError} on what is not the protocol.
 */
export class FrameReader {
  readonly #sink: FrameSink;
  readonly #longestData: number;
  readonly #head = Buffer.alloc(frameHeadBytes);
  #headHeld = 0;
  #type = 0;
  #flags = 0;
  #stream = 0;
  /** Bytes of the payload that are still to come; -1 before the head is known. */
  #left = -1;
  #whole: Buffer = Buffer.alloc(0);

  constructor(sink: FrameSink, longestData: number) {
    this.#sink = sink;
    this.#longestData = longestData;
  }

  /** How many frames began in it. */
  push(chunk: Buffer): number {
    let begun = 0;
    let at = 0;
    while (at < chunk.length) {
      if (this.#left === -1) {
        at = this.#readHead(chunk, at);
        if (this.#left === -1) return begun;
        begun += 1;
        if (this.#left > 0) continue;
      }
      const end = Math.min(chunk.length, at + this.#left);
      const part = chunk.subarray(at, end);
      this.#left -= end - at;
      at = end;
      this.#take(part);
    }
    return begun;
  }

  #take(part: Buffer): void {
    const isDone = this.#left === 0;
    if (isDone) this.#left = -1;
    if (this.#type === frameType.data) return this.#sink.data(this.#stream, part, isDone && (this.#flags & frameFlag.endStream) !== 0);
    const whole = this.#whole.length === 0 ? part : Buffer.concat([this.#whole, part]);
    this.#whole = isDone ? Buffer.alloc(0) : whole;
    if (isDone) this.#sink.frame({ type: this.#type, flags: this.#flags, stream: this.#stream, payload: whole });
  }

  #readHead(chunk: Buffer, at: number): number {
    if (this.#headHeld === 0 && chunk.length - at >= frameHeadBytes) {
      this.#parse(chunk, at);
      return at + frameHeadBytes;
    }
    const copied = chunk.copy(this.#head, this.#headHeld, at, at + frameHeadBytes - this.#headHeld);
    this.#headHeld += copied;
    if (this.#headHeld === frameHeadBytes) {
      this.#headHeld = 0;
      this.#parse(this.#head, 0);
    }
    return at + copied;
  }

  #parse(bytes: Buffer, at: number): void {
    const length = bytes.readUIntBE(at, 3);
    this.#type = bytes[at + 3] ?? 0;
    this.#flags = bytes[at + 4] ?? 0;
    this.#stream = bytes.readUInt32BE(at + 5) & 0x7fffffff;
    const isData = this.#type === frameType.data;
    if (length > (isData ? this.#longestData : longestWhole)) throw new WireError(errorCode.frameSize, "a frame is too long");
    // The two ends are built together: neither pads.
    if (isData && (this.#flags & frameFlag.padded) !== 0) throw new WireError(errorCode.protocol, "a frame is padded");
    if (isData && length === 0 && (this.#flags & frameFlag.endStream) === 0)
      throw new WireError(errorCode.enhanceYourCalm, "a frame is empty");
    this.#left = length;
  }
}
