/** The last bytes of an output, as whole characters of text. */
export class OutputTail {
  readonly #maximumBytes: number;
  #parts: Buffer[] = [];
  #length = 0;
  isTruncated = false;

  constructor(maximumBytes: number) {
    this.#maximumBytes = maximumBytes;
  }

  push(bytes: Uint8Array): void {
    this.#parts.push(Buffer.from(bytes.subarray(Math.max(0, bytes.byteLength - this.#maximumBytes))));
    this.#length += bytes.byteLength;
    if (this.#length > this.#maximumBytes) this.isTruncated = true;
    if (this.#parts.length > 1_024 || this.#held() > 2 * this.#maximumBytes) this.#compact();
  }

  text(): string {
    this.#compact();
    const bytes = this.#parts[0] ?? Buffer.alloc(0);
    return bytes.subarray(this.isTruncated ? firstCharacter(bytes) : 0).toString("utf8");
  }

  #held(): number {
    return this.#parts.reduce((sum, part) => sum + part.byteLength, 0);
  }

  #compact(): void {
    const all = Buffer.concat(this.#parts);
    this.#parts = [Buffer.from(all.subarray(Math.max(0, all.byteLength - this.#maximumBytes)))];
  }
}

/** Skips what is left of a cut UTF-8 sequence: at most three continuation bytes. */
function firstCharacter(bytes: Uint8Array): number {
  let start = 0;
  while (start < 3 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
  return start;
}
