/** Entries that a search looks at together. */
export const entriesPerBlock = 32;

/** Letters in lower case, digits, ASCII punctuation, and one for everything else. */
const symbolCount = 70;
const slotCount = symbolCount ** 3;
const symbols = symbolTable();

/** Different trigrams that are told of a block at most; a block with more is looked at by every search. */
const trigramsPerBlock = 32_768;

/** A text index as it can be stored: the blocks of each trigram, one after another. */
export interface StoredText {
  readonly slots: Uint32Array;
  /** Bytes of each slot's blocks. */
  readonly lengths: Uint32Array;
  /** The last block of each slot. */
  readonly lasts: Uint32Array;
  readonly crowded: Uint32Array;
  readonly bytes: Uint8Array;
}

/** The blocks that a trigram occurs in, each as its distance from the one before: one byte where it is below 128. */
interface Posting {
  bytes: Uint8Array;
  length: number;
}

/**
 * Which blocks of entries each trigram occurs in: what lets a search for a rare word in a million entries
 * read a few blocks instead of the file. It may name a block too many, never one too few. Takes about as
 * many bytes as a block has different trigrams, so a text of an attacker's choice cannot make it grow faster
 * than the log.
 */
export class TextIndex {
  readonly #lasts = new Int32Array(slotCount).fill(-1);
  readonly #postings = new Map<number, Posting>();
  readonly #crowded: number[] = [];
  #block = -1;
  /** Different trigrams of the newest block so far. */
  #trigrams = 0;

  static from(stored: StoredText): TextIndex {
    const index = new TextIndex();
    let at = 0;
    for (const [place, slot] of stored.slots.entries()) {
      const length = stored.lengths[place] ?? 0;
      const last = stored.lasts[place] ?? 0;
      index.#postings.set(slot, { bytes: stored.bytes.subarray(at, at + length), length });
      index.#lasts[slot] = last;
      index.#block = Math.max(index.#block, last);
      at += length;
    }
    for (const block of stored.crowded) index.#crowded.push(block);
    index.#block = Math.max(index.#block, index.#crowded.at(-1) ?? -1);
    for (const last of stored.lasts) if (last === index.#block) index.#trigrams++;
    return index;
  }

  /** Entries come in their order. */
  add(sequence: number, text: string): void {
    const block = Math.floor(sequence / entriesPerBlock);
    if (block !== this.#block) {
      this.#block = block;
      this.#trigrams = 0;
    }
    const folded = text.toLowerCase();
    let slot = symbolAt(folded, 0) * symbolCount + symbolAt(folded, 1);
    for (let at = 2; at < folded.length; at++) {
      slot = (slot % (symbolCount * symbolCount)) * symbolCount + symbolAt(folded, at);
      if (this.#lasts[slot] !== block) this.#put(slot, block);
    }
  }

  /** The blocks that may hold the text, which is in lower case and not empty; newest first. */
  blocksWith(folded: string): readonly number[] {
    const slots = folded.length < 3 ? null : slotsOf(folded);
    const found = slots === null ? this.#blocksOfAny(slotsAround(folded)) : this.#blocksOfAll(slots);
    return [...new Set([...found, ...this.#crowded])].sort((a, b) => b - a);
  }

  store(): StoredText {
    const slots = [...this.#postings.keys()];
    const lengths = slots.map((slot) => this.#postings.get(slot)?.length ?? 0);
    const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
    let at = 0;
    for (const posting of this.#postings.values()) {
      bytes.set(posting.bytes.subarray(0, posting.length), at);
      at += posting.length;
    }
    const lasts = slots.map((slot) => this.#lasts[slot] ?? 0);
    const numbers = (values: readonly number[]) => Uint32Array.from(values);
    return { slots: numbers(slots), lengths: numbers(lengths), lasts: numbers(lasts), crowded: numbers(this.#crowded), bytes };
  }

  #put(slot: number, block: number): void {
    if (this.#trigrams >= trigramsPerBlock) {
      if (this.#crowded.at(-1) !== block) this.#crowded.push(block);
      return;
    }
    this.#trigrams++;
    let posting = this.#postings.get(slot);
    if (posting === undefined) this.#postings.set(slot, (posting = { bytes: new Uint8Array(8), length: 0 }));
    append(posting, block - (this.#lasts[slot] ?? -1));
    this.#lasts[slot] = block;
  }

  #blocksOfAll(slots: readonly number[]): readonly number[] {
    const counts = new Uint32Array(this.#block + 1);
    for (const slot of slots) this.#eachBlock(slot, (block) => (counts[block] = (counts[block] ?? 0) + 1));
    return [...counts.keys()].filter((block) => counts[block] === slots.length);
  }

  #blocksOfAny(slots: readonly number[]): readonly number[] {
    const isThere = new Uint8Array(this.#block + 1);
    for (const slot of slots) this.#eachBlock(slot, (block) => (isThere[block] = 1));
    return [...isThere.keys()].filter((block) => isThere[block] === 1);
  }

  #eachBlock(slot: number, tell: (block: number) => void): void {
    const posting = this.#postings.get(slot);
    if (posting === undefined) return;
    let block = -1;
    let distance = 0;
    let shift = 0;
    for (let at = 0; at < posting.length; at++) {
      const byte = posting.bytes[at] ?? 0;
      distance += (byte & 0x7f) * 2 ** shift;
      shift += 7;
      if (byte >= 0x80) continue;
      block += distance;
      tell(block);
      distance = 0;
      shift = 0;
    }
  }
}

/** Appends the number, lowest seven bits first; the eighth says that more follow. */
function append(posting: Posting, distance: number): void {
  if (posting.length + 5 > posting.bytes.length) {
    const grown = new Uint8Array(Math.max(8, posting.bytes.length * 2));
    grown.set(posting.bytes.subarray(0, posting.length));
    posting.bytes = grown;
  }
  let rest = distance;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) posting.bytes[posting.length++] = (rest & 0x7f) | 0x80;
  posting.bytes[posting.length++] = rest;
}

function slotsOf(folded: string): readonly number[] {
  const slots = new Set<number>();
  for (let at = 0; at + 2 < folded.length; at++)
    slots.add((symbolAt(folded, at) * symbolCount + symbolAt(folded, at + 1)) * symbolCount + symbolAt(folded, at + 2));
  return [...slots];
}

/** Every trigram that one or two characters can be part of. */
function slotsAround(folded: string): readonly number[] {
  const slots = new Set<number>();
  const first = symbolAt(folded, 0);
  const all = Array.from({ length: symbolCount }, (_, symbol) => symbol);
  if (folded.length === 2) {
    const pair = first * symbolCount + symbolAt(folded, 1);
    for (const symbol of all) slots.add(pair * symbolCount + symbol).add(symbol * symbolCount * symbolCount + pair);
    return [...slots];
  }
  for (const a of all) {
    for (const b of all) {
      slots.add((first * symbolCount + a) * symbolCount + b);
      slots.add((a * symbolCount + first) * symbolCount + b);
      slots.add((a * symbolCount + b) * symbolCount + first);
    }
  }
  return [...slots];
}

function symbolAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < 128 ? (symbols[code] ?? 0) : 0;
}

/** 0 is everything that has no symbol of its own. */
function symbolTable(): Uint8Array {
  const table = new Uint8Array(128);
  let next = 1;
  for (let code = 0x20; code < 0x7f; code++) if (!(code >= 0x41 && code <= 0x5a)) table[code] = next++;
  return table;
}
