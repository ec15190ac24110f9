import type { LiveSecrets, RedactedStream } from "../../redactor/live-secrets.ts";
import type { Passage } from "./pump.ts";

const opcodes = { continuation: 0, close: 8 } as const;
/** Frames of this many bytes and more are passed on in pieces, as fragments of their message. */
const longestControl = 125;

/** A frame whose payload is being read. */
interface Frame {
  readonly opcode: number;
  readonly isFinal: boolean;
  left: number;
}

/**
 * What a server sends over a WebSocket (RFC 6455) without extensions, frames taken apart and put together
 * anew, so that a value is found across the frames of a message. Throws on what is not the protocol.
 */
export class WebSocketPassage implements Passage {
  readonly #secrets: LiveSecrets;
  #pending: Buffer = Buffer.alloc(0);
  #frame: Frame | null = null;
  /** The message that is being passed on, and whether a frame of it has gone. */
  #message: { readonly opcode: number; readonly stream: RedactedStream; hasBegun: boolean } | null = null;

  constructor(secrets: LiveSecrets) {
    this.#secrets = secrets;
  }

  push(chunk: Buffer): Buffer {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const out: Buffer[] = [];
    for (;;) {
      if (this.#frame === null && !this.#readHead()) break;
      if (this.#frame === null || !this.#readPayload(this.#frame, out)) break;
    }
    return Buffer.concat(out);
  }

  /** The connection has ended; a message that has not is not passed on any further. */
  end(): Buffer {
    return Buffer.alloc(0);
  }

  #readHead(): boolean {
    const bytes = this.#pending;
    if (bytes.length < 2) return false;
    const first = bytes[0] ?? 0;
    const second = bytes[1] ?? 0;
    const opcode = first & 0x0f;
    const isFinal = (first & 0x80) !== 0;
    const isControl = opcode >= opcodes.close;
    if ((first & 0x70) !== 0) throw new Error("A frame uses an extension that was not agreed on.");
    if ((second & 0x80) !== 0) throw new Error("A server may not mask frames.");
    if ((opcode > 2 && opcode < opcodes.close) || opcode > 10) throw new Error("A frame has an unknown kind.");
    const short = second & 0x7f;
    if (isControl && (!isFinal || short > longestControl)) throw new Error("A control frame is too long.");
    if (!isControl && (opcode === opcodes.continuation) !== (this.#message !== null)) throw new Error("A frame belongs to no message.");
    const size = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (bytes.length < size) return false;
    const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    if (!Number.isSafeInteger(length)) throw new Error("A frame is too long.");
    this.#pending = bytes.subarray(size);
    this.#frame = { opcode, isFinal, left: length };
    if (!isControl && this.#message === null) this.#message = { opcode, stream: this.#secrets.stream(), hasBegun: false };
    return true;
  }

  #readPayload(frame: Frame, out: Buffer[]): boolean {
    if (frame.opcode >= opcodes.close) {
      if (this.#pending.length < frame.left) return false;
      const payload = this.#pending.subarray(0, frame.left);
      this.#pending = this.#pending.subarray(frame.left);
      this.#frame = null;
      // As long as it was: a control frame must stay short.
      const stream = this.#secrets.stream({ keepsLength: true });
      out.push(head(frame.opcode, true, payload.length), stream.push(Buffer.from(payload)), stream.end());
      return true;
    }
    const message = this.#message;
    if (message === null) throw new Error("A frame belongs to no message.");
    const payload = this.#pending.subarray(0, frame.left);
    this.#pending = this.#pending.subarray(payload.length);
    frame.left -= payload.length;
    const isDone = frame.left === 0;
    if (isDone) this.#frame = null;
    const isEnd = isDone && frame.isFinal;
    const passed = message.stream.push(Buffer.from(payload));
    const shown = isEnd ? Buffer.concat([passed, message.stream.end()]) : passed;
    if (shown.length > 0 || isEnd) {
      out.push(head(message.hasBegun ? opcodes.continuation : message.opcode, isEnd, shown.length), shown);
      message.hasBegun = true;
    }
    if (isEnd) this.#message = null;
    return isDone;
  }
}

function head(opcode: number, isFinal: boolean, length: number): Buffer {
  const first = opcode | (isFinal ? 0x80 : 0);
  if (length < 126) return Buffer.of(first, length);
  if (length < 65_536) return Buffer.of(first, 126, length >> 8, length & 0xff);
  const long = Buffer.alloc(10);
  long[0] = first;
  long[1] = 127;
  long.writeBigUInt64BE(BigInt(length), 2);
  return long;
}
