const newline = 0x0a;

/** Splits bytes into lines without their line feed. Holds at most `maximumBytes` of an unfinished line. */
export class LineReader {
  readonly #maximumBytes: number;
  #parts: Uint8Array[] = [];
  #length = 0;

  constructor(maximumBytes: number) {
    this.#maximumBytes = maximumBytes;
  }

  /** Throws {@link LineTooLong} at a line over the limit, and forgets it. */
  *push(chunk: Uint8Array): Generator<Buffer, void, void> {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      this.#keep(chunk.subarray(start, end));
      yield this.#take();
      start = end + 1;
    }
    if (start < chunk.byteLength) this.#keep(chunk.subarray(start));
  }

  /** What stands after the last line feed; null when there is nothing. */
  rest(): Buffer | null {
    return this.#length === 0 ? null : this.#take();
  }

  #keep(part: Uint8Array): void {
    this.#length += part.byteLength;
    if (this.#length > this.#maximumBytes) {
      this.#parts = [];
      this.#length = 0;
      throw new LineTooLong(this.#maximumBytes);
    }
    this.#parts.push(part);
  }

  #take(): Buffer {
    const line = Buffer.concat(this.#parts, this.#length);
    this.#parts = [];
    this.#length = 0;
    return line;
  }
}

export class LineTooLong extends Error {
  readonly maximumBytes: number;

  constructor(maximumBytes: number) {
    super(`A line is longer than ${maximumBytes} bytes.`);
    this.name = "LineTooLong";
    this.maximumBytes = maximumBytes;
  }
}
