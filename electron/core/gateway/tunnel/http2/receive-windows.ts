import { errorCode, WireError } from "./frames.ts";

interface Window {
  /** Bytes of it that may be on their way or unread. */
  size: number;
  /** Bytes that the other end may still send. */
  left: number;
  /** Bytes that were read and that the other end does not know of yet. */
  taken: number;
}

/** What streams may hold unread beyond their first window, all together, bytes. */
const sharedBytes = 32 * 1_024 * 1_024;
const largestBytes = 2 * 1_024 * 1_024;
const protocolBytes = 65_535;

/**
 * How much the other end may send (RFC 9113 section 5.2). Each stream begins with a small window, which doubles while it
 * is read as fast as it is filled, out of a share for all. So thousands of stalled streams hold little, and never keep the
 * rest from moving: the window of the connection is as large as all of them together.
 */
export class ReceiveWindows {
  static readonly initialBytes = 32 * 1_024;
  static readonly #connectionBytes = 2_048 * ReceiveWindows.initialBytes + sharedBytes;
  readonly #streams = new Map<number, Window>();
  readonly #tell: (stream: number, bytes: number) => void;
  readonly #connection: Window = { size: ReceiveWindows.#connectionBytes, left: ReceiveWindows.#connectionBytes, taken: 0 };
  #shared = sharedBytes;

  /** `tell`: the other end may send so many bytes more, of a stream, or with 0 of all. */
  constructor(tell: (stream: number, bytes: number) => void) {
    this.#tell = tell;
  }

  open(): void {
    this.#tell(0, this.#connection.size - protocolBytes);
  }

  add(stream: number): void {
    this.#streams.set(stream, { size: ReceiveWindows.initialBytes, left: ReceiveWindows.initialBytes, taken: 0 });
  }

  remove(stream: number): void {
    const window = this.#streams.get(stream);
    if (window === undefined) return;
    this.#streams.delete(stream);
    this.#shared += window.size - ReceiveWindows.initialBytes;
  }

  /** Throws {@link WireError} where it is more than was allowed. */
  received(stream: number, bytes: number): void {
    const window = this.#streams.get(stream);
    this.#connection.left -= bytes;
    if (window !== undefined) window.left -= bytes;
    if (this.#connection.left < 0 || (window !== undefined && window.left < 0))
      throw new WireError(errorCode.flowControl, "more was sent than there is room for");
  }

  taken(stream: number, bytes: number): void {
    this.#giveBack(0, this.#connection, bytes, 4);
    const window = this.#streams.get(stream);
    if (window !== undefined) this.#giveBack(stream, window, bytes, 2);
  }

  #giveBack(stream: number, window: Window, bytes: number, share: number): void {
    window.taken += bytes;
    if (window.taken * share < window.size) return;
    const growth = stream !== 0 && window.size < largestBytes && this.#shared >= window.size ? window.size : 0;
    this.#shared -= growth;
    window.size += growth;
    const given = window.taken + growth;
    window.left += given;
    window.taken = 0;
    this.#tell(stream, given);
  }
}
