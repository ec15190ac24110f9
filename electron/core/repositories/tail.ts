/** Keeps the last bytes of an output, for an error message. */
export class Tail {
  readonly #maximumBytes: number;
  #bytes = Buffer.alloc(0);

  constructor(maximumBytes: number) {
    this.#maximumBytes = maximumBytes;
  }

  push(chunk: Uint8Array): void {
    const joined = Buffer.concat([this.#bytes, chunk]);
    this.#bytes = joined.subarray(Math.max(0, joined.length - this.#maximumBytes));
  }

  /** The last `count` lines that are not empty, joined by "; ", printable characters only. */
  lastLines(count: number): string {
    return this.#bytes
      .toString("utf8")
      .split(/[\r\n]+/)
      .map((line) => line.replace(/[\p{Cc}\p{Cf}]/gu, "").trim())
      .filter((line) => line !== "")
      .slice(-count)
      .join("; ");
  }
}
