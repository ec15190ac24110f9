/** Entries that share one filter. */
export const entriesPerBlock = 256;
/** Bits of a block's filter. A block of usual entries sets about a sixth of them. */
const filterBits = 65_536;
const filterWords = filterBits / 32;

/**
 * For each block of entries, which trigrams occur in it, as a Bloom filter of 8 KiB: what lets a search
 * for a rare word in a million entries read a few blocks instead of the file.
 */
export class TextIndex {
  readonly #blocks: Uint32Array[] = [];

  static from(stored: Uint32Array): TextIndex {
    const index = new TextIndex();
    for (let at = 0; at < stored.length; at += filterWords) index.#blocks.push(stored.slice(at, at + filterWords));
    return index;
  }

  /** Words that {@link store} needs for that many entries. */
  static storedWords(entries: number): number {
    return Math.ceil(entries / entriesPerBlock) * filterWords;
  }

  add(sequence: number, text: string): void {
    const block = this.#block(Math.floor(sequence / entriesPerBlock));
    const folded = text.toLowerCase();
    for (let at = 0; at + 2 < folded.length; at++) {
      const bit = bitOf(folded, at);
      block[bit >>> 5] = (block[bit >>> 5] ?? 0) | (1 << (bit & 31));
    }
  }

  /** Whether the block may hold the text, which is in lower case. Never false when it does. */
  mayHold(blockNumber: number, folded: string): boolean {
    const block = this.#blocks[blockNumber];
    if (block === undefined) return false;
    for (let at = 0; at + 2 < folded.length; at++) {
      const bit = bitOf(folded, at);
      if (((block[bit >>> 5] ?? 0) & (1 << (bit & 31))) === 0) return false;
    }
    return true;
  }

  store(): Uint32Array {
    const all = new Uint32Array(this.#blocks.length * filterWords);
    for (const [at, block] of this.#blocks.entries()) all.set(block, at * filterWords);
    return all;
  }

  #block(number: number): Uint32Array {
    const known = this.#blocks[number];
    if (known !== undefined) return known;
    const made = new Uint32Array(filterWords);
    this.#blocks[number] = made;
    return made;
  }
}

/** Odd 32-bit constants of xxHash, whose products spread over the upper bits. */
function bitOf(text: string, at: number): number {
  const mixed =
    Math.imul(text.charCodeAt(at), 0x9e3779b1) ^
    Math.imul(text.charCodeAt(at + 1), 0x85ebca77) ^
    Math.imul(text.charCodeAt(at + 2), 0xc2b2ae3d);
  return Math.imul(mixed ^ (mixed >>> 15), 0x27d4eb2f) >>> 16;
}
