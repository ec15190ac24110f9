import type { Readable, Writable } from "node:stream";
import { FrameReader } from "./frame-reader.ts";
import {
  errorCode,
  type Frame,
  frame,
  frameFlag,
  frameType,
  goAwayFrame,
  numberFrame,
  preface,
  setting,
  settingsFrame,
  WireError,
} from "./frames.ts";
import { decodeHeaders, encodeHeaders, statusOk } from "./header-block.ts";
import { ReceiveWindows } from "./receive-windows.ts";
import { longestData, Sender } from "./sender.ts";
import { type StreamCarrier, TunnelStream } from "./tunnel-stream.ts";

export type Headers = ReadonlyMap<string, string>;

export interface SessionParts {
  readonly input: Readable;
  readonly output: Writable;
  /** `client` opens streams, `server` accepts them. */
  readonly side: "client" | "server";
  /** Streams that may be open at once. */
  readonly maximumStreams: number;
  /** A stream that the other end opened. */
  readonly onStream?: (stream: TunnelStream, headers: Headers) => void;
  /** There may be room for one more stream again. */
  readonly onRoom?: () => void;
  /** Without one, frames are not counted. */
  readonly budget?: FrameBudget;
  /** Once, when it is over; null where nothing went wrong. */
  readonly onClose: (error: Error | null) => void;
}

/** Keeps an end that sends nothing but tiny frames from taking all of the other's time. */
export interface FrameBudget {
  /** Takes so many, and says for how long nothing more may be read, milliseconds. */
  take(frames: number): number;
  after(delayMs: number, callback: () => void): void;
}

/** What it costs to open a stream only to break it off (CVE-2023-44487), and to change the settings of thousands, in frames. */
const costlyFrames = 500;
const largestStream = 0x7fffffff;

/**
 * One end of the tunnel's HTTP/2 connection (RFC 9113), over any two streams. It speaks what the tunnel needs of the
 * protocol and takes nothing else: no server push, no padding, no header compression, no priorities. Whatever the
 * other end sends, memory stays within the windows.
 */
export class TunnelSession implements StreamCarrier {
  readonly #parts: SessionParts;
  readonly #reader: FrameReader;
  readonly #sender: Sender;
  readonly #receive: ReceiveWindows;
  readonly #streams = new Map<number, TunnelStream>();
  /** Sides of open streams that have ended. */
  readonly #halves = new Map<number, "here" | "there">();
  #lastStream = 0;
  #peerStreams: number;
  /** Streams that the other end opened and that somebody here still holds, whether or not they are open. */
  #held = 0;
  /** Things of the other end since the last look that are worth many frames. */
  #costly = 0;
  #prefaceLeft: Buffer;
  #isClosed = false;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    const { side, maximumStreams, input, output } = parts;
    this.#peerStreams = maximumStreams;
    this.#prefaceLeft = side === "server" ? preface : Buffer.alloc(0);
    this.#reader = new FrameReader({ data: (...all) => this.#data(...all), frame: (one) => this.#frame(one) }, longestData);
    this.#sender = new Sender({
      output,
      onEnd: (stream) => this.#ended(stream.id, "here"),
      onOverflow: (error) => this.#close(error),
    });
    this.#receive = new ReceiveWindows((stream, bytes) => this.#sender.say(numberFrame(frameType.windowUpdate, stream, bytes)));
    if (side === "client") this.#sender.say(preface);
    this.#sender.say(settingsFrame(settingsOf(side, maximumStreams)));
    this.#receive.open();
    input.on("data", (chunk: Buffer) => this.#read(chunk));
    for (const wire of [input, output]) {
      wire.on("error", (error: Error) => this.#close(error));
      wire.on("close", () => this.#close(null));
    }
    input.on("end", () => this.#close(null));
    input.resume();
  }

  /** Opens a stream; null where as many are open as may be, and then nobody asks for its headers. */
  open(headers: () => readonly (readonly [name: string, value: string])[]): TunnelStream | null {
    if (this.#isClosed || this.#streams.size >= this.#peerStreams) return null;
    const id = this.#lastStream === 0 ? 1 : this.#lastStream + 2;
    if (id > largestStream) {
      this.#close(new WireError(errorCode.none, "all numbers of streams are used"));
      return null;
    }
    this.#lastStream = id;
    this.#sender.say(frame(frameType.headers, frameFlag.endHeaders, id, encodeHeaders(headers())));
    return this.#newStream(id);
  }

  /** Ends every stream and both wires. Safe to repeat. */
  destroy(): void {
    this.#close(null);
  }

  ready(stream: TunnelStream): void {
    this.#sender.ready(stream);
  }

  taken(stream: TunnelStream, bytes: number): void {
    if (!this.#isClosed) this.#receive.taken(stream.id, bytes);
  }

  abandoned(stream: TunnelStream, isBrokenOff: boolean): void {
    if (this.#isClosed || !this.#streams.has(stream.id)) return;
    this.#forget(stream.id);
    this.#sender.say(numberFrame(frameType.reset, stream.id, isBrokenOff ? errorCode.cancel : errorCode.none));
  }

  #newStream(id: number): TunnelStream {
    const stream = new TunnelStream(id, this);
    this.#streams.set(id, stream);
    this.#sender.add(stream);
    this.#receive.add(id);
    return stream;
  }

  #forget(id: number): void {
    this.#streams.delete(id);
    this.#halves.delete(id);
    this.#sender.remove(id);
    this.#receive.remove(id);
    this.#parts.onRoom?.();
  }

  #read(chunk: Buffer): void {
    if (this.#isClosed) return;
    try {
      const begun = this.#reader.push(this.#prefaceLeft.length === 0 ? chunk : this.#readPreface(chunk));
      const waitMs = this.#parts.budget?.take(begun + this.#costly * costlyFrames) ?? 0;
      this.#costly = 0;
      if (waitMs > 0) this.#rest(waitMs);
    } catch (error) {
      this.#close(error instanceof Error ? error : new Error("the tunnel failed", { cause: error }));
    }
  }

  #rest(waitMs: number): void {
    const { input, budget } = this.#parts;
    input.pause();
    budget?.after(waitMs, () => void input.resume());
  }

  #readPreface(chunk: Buffer): Buffer {
    const expected = this.#prefaceLeft.subarray(0, chunk.length);
    if (!chunk.subarray(0, expected.length).equals(expected)) throw new WireError(errorCode.protocol, "it does not speak HTTP/2");
    this.#prefaceLeft = this.#prefaceLeft.subarray(expected.length);
    return chunk.subarray(expected.length);
  }

  #data(id: number, part: Buffer, isEnd: boolean): void {
    const stream = this.#streams.get(id);
    this.#receive.received(id, part.length);
    if (stream === undefined) {
      this.#mustBeOver(id);
      return this.#receive.taken(id, part.length);
    }
    if (this.#halves.get(id) === "there") throw new WireError(errorCode.protocol, "a stream goes on after its end");
    if (part.length > 0) stream.receive(part);
    if (isEnd) this.#endedThere(stream);
  }

  #frame({ type, flags, stream: id, payload }: Frame): void {
    switch (type) {
      case frameType.headers:
        return this.#headers(id, flags, payload);
      case frameType.reset:
        return this.#reset(id, payload);
      case frameType.settings:
        if (id !== 0) throw new WireError(errorCode.protocol, "settings belong to no stream");
        return (flags & frameFlag.acknowledged) === 0 ? this.#settings(payload) : undefined;
      case frameType.ping:
        if (payload.length !== 8 || id !== 0) throw new WireError(errorCode.frameSize, "a ping has another length");
        if ((flags & frameFlag.acknowledged) === 0) this.#sender.say(frame(frameType.ping, frameFlag.acknowledged, 0, payload));
        return;
      case frameType.goAway:
        return this.#close(null);
      case frameType.windowUpdate:
        return this.#windowUpdate(id, numberOf(payload));
      case frameType.pushPromise:
      case frameType.continuation:
        throw new WireError(errorCode.protocol, "a frame is of a kind that is not used");
      default:
        // Types that are not known are passed over (RFC 9113 section 4.1); priorities mean nothing here.
        return;
    }
  }

  #headers(id: number, flags: number, payload: Buffer): void {
    if ((flags & frameFlag.endHeaders) === 0 || (flags & (frameFlag.padded | frameFlag.priority)) !== 0)
      throw new WireError(errorCode.protocol, "headers come in a form that is not used");
    const headers = decodeHeaders(payload);
    const isEnd = (flags & frameFlag.endStream) !== 0;
    if (this.#parts.side === "client") return this.#answered(id, headers, isEnd);
    if (id % 2 === 0 || id <= this.#lastStream) throw new WireError(errorCode.protocol, "a stream has a number that is not its own");
    this.#lastStream = id;
    const { maximumStreams } = this.#parts;
    if (this.#streams.size >= maximumStreams || this.#held >= 2 * maximumStreams) return this.#refuse(id);
    const stream = this.#newStream(id);
    this.#sender.say(frame(frameType.headers, frameFlag.endHeaders, id, statusOk));
    this.#held += 1;
    stream.once("close", () => (this.#held -= 1));
    if (isEnd) this.#endedThere(stream);
    this.#parts.onStream?.(stream, headers);
  }

  #answered(id: number, headers: Headers, isEnd: boolean): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return this.#mustBeOver(id);
    if (headers.get(":status") !== "200") stream.destroy();
    else if (isEnd) this.#endedThere(stream);
  }

  #refuse(id: number): void {
    this.#costly += 1;
    this.#sender.say(numberFrame(frameType.reset, id, errorCode.refusedStream));
  }

  #reset(id: number, payload: Buffer): void {
    const code = numberOf(payload);
    const stream = this.#streams.get(id);
    if (stream === undefined) return this.#mustBeOver(id);
    this.#costly += 1;
    this.#forget(id);
    stream.receiveReset(code !== errorCode.none);
  }

  /** A stream that has ended here may still be on its way there; one that was never opened may not. */
  #mustBeOver(id: number): void {
    if (id > this.#lastStream || id % 2 === 0) throw new WireError(errorCode.protocol, "a stream was never opened");
  }

  #settings(payload: Buffer): void {
    if (payload.length % 6 !== 0) throw new WireError(errorCode.frameSize, "settings have another length");
    this.#costly += 1;
    // The last of each holds (RFC 9113 section 6.5.3). What it changes may be every stream, so no frame does it many times over.
    const values = new Map<number, number>();
    for (let at = 0; at < payload.length; at += 6) values.set(payload.readUInt16BE(at), payload.readUInt32BE(at + 2));
    for (const [id, value] of values) {
      if (id === setting.maxFrameSize) this.#sender.setLongestData(value);
      else if (id === setting.initialWindowSize) this.#sender.setInitialWindow(value);
      else if (id === setting.maxConcurrentStreams) this.#peerStreams = Math.min(this.#parts.maximumStreams, value);
    }
    this.#sender.say(frame(frameType.settings, frameFlag.acknowledged, 0, Buffer.alloc(0)));
  }

  #windowUpdate(id: number, bytes: number): void {
    if (bytes === 0) throw new WireError(errorCode.protocol, "a window changes by nothing");
    if (!this.#sender.widen(id, bytes)) this.#mustBeOver(id);
  }

  #endedThere(stream: TunnelStream): void {
    if (!this.#streams.has(stream.id)) return;
    stream.receiveEnd();
    this.#ended(stream.id, "there");
  }

  #ended(id: number, side: "here" | "there"): void {
    const other = this.#halves.get(id);
    if (other === undefined) this.#halves.set(id, side);
    else if (other !== side) this.#forget(id);
  }

  #close(error: Error | null): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const code = error instanceof WireError ? error.code : errorCode.none;
    this.#sender.close(goAwayFrame(this.#parts.side === "server" ? this.#lastStream : 0, code));
    const streams = [...this.#streams.values()];
    this.#streams.clear();
    for (const stream of streams) stream.destroy();
    this.#parts.input.destroy();
    this.#parts.onClose(error);
  }
}

function settingsOf(side: SessionParts["side"], maximumStreams: number): (readonly [id: number, value: number])[] {
  const own = side === "client" ? ([setting.enablePush, 0] as const) : ([setting.maxConcurrentStreams, maximumStreams] as const);
  return [
    [setting.headerTableSize, 0],
    own,
    [setting.initialWindowSize, ReceiveWindows.initialBytes],
    [setting.maxFrameSize, longestData],
    [setting.maxHeaderListSize, 2_048],
  ];
}

function numberOf(payload: Buffer): number {
  if (payload.length !== 4) throw new WireError(errorCode.frameSize, "a frame has another length");
  return payload.readUInt32BE(0) & 0x7fffffff;
}
