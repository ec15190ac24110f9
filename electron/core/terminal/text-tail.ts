/** Keeps the last `maximumBytes` of an output, and gives them as text of whole characters. */
export class TextTail {
  readonly #maximumBytes: number;
  #chunks: Uint8Array[] = [];
  #keptBytes = 0;
  #isTruncated = false;

  constructor(maximumBytes: number) {
    this.#maximumBytes = maximumBytes;
  }

  get isTruncated(): boolean {
    return this.#isTruncated;
  }

  push(chunk: Uint8Array): void {
    this.#chunks.push(Uint8Array.from(chunk));
    this.#keptBytes += chunk.length;
    if (this.#keptBytes <= this.#maximumBytes) return;
    this.#isTruncated = true;
    for (let first = this.#chunks[0]; first !== undefined; first = this.#chunks[0]) {
      if (this.#keptBytes - first.length < this.#maximumBytes) break;
      this.#chunks.shift();
      this.#keptBytes -= first.length;
    }
  }

  text(): string {
    const all = Buffer.concat(this.#chunks);
    const kept = all.subarray(Math.max(0, all.length - this.#maximumBytes));
    const start = this.#isTruncated ? firstWholeCharacter(kept) : 0;
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(kept.subarray(start));
  }
}

/** Skips what a cut may have left of a UTF-8 character: at most three continuation bytes. */
function firstWholeCharacter(bytes: Uint8Array): number {
  let start = 0;
  while (start < 3 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
  return start;
}
