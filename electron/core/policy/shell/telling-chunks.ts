import type { Chunk } from "./outline.ts";

/** Whether any rule could name the program whose path stands at a place of a text. */
export type MayBegin = (text: string, start: number, end: number) => boolean;

/** A chunk of source that may hold what a deny rule names. */
export interface TellingChunk {
  readonly text: string;
  readonly weight: number;
}

/**
 * Of a program that is too long to be read whole, the chunks where a deny rule could find something; each text once, and none
 * looked at before it is asked for. From both ends: padding may stand before what it hides, or behind it.
 */
export class TellingChunks {
  readonly #source: string;
  readonly #chunks: readonly Chunk[];
  readonly #mayBegin: MayBegin;
  readonly #mayInitial: (code: number) => boolean;
  readonly #hasMoves: boolean;
  /** What each chunk is, by its index; 0 where nobody looked yet. */
  readonly #looks: Uint8Array;
  /** The last chunks that were looked at, by their sizes. */
  readonly #latest: Chunk[] = [];

  /** `mayBegin` says whether a deny rule names a program of that path, `mayInitial` whether one that begins so. */
  constructor(source: string, chunks: readonly Chunk[], mayBegin: MayBegin, mayInitial: (code: number) => boolean) {
    this.#source = source;
    this.#chunks = chunks;
    this.#mayBegin = mayBegin;
    this.#mayInitial = mayInitial;
    this.#hasMoves = /(?:cd|pushd)\s/.test(source);
    this.#looks = new Uint8Array(chunks.length);
  }

  /** Where later commands run: `cd FOLDER`. */
  *moves(): Generator<TellingChunk> {
    if (!this.#hasMoves) return;
    let left = maximumMoves;
    for (const chunk of this.#texts(looks.moves)) {
      yield chunk;
      left -= 1;
      if (left <= 0) return;
    }
  }

  /** They hold a name that a deny rule knows. */
  named(): Generator<TellingChunk> {
    return this.#texts(looks.named);
  }

  /** Whether it holds for any of those, as they stand in the source. */
  someNamed(holds: (chunk: Chunk) => boolean): boolean {
    for (let turn = 0; turn < this.#chunks.length; turn += 1) {
      const chunk = this.#at(turn, looks.named);
      if (chunk !== null && holds(chunk)) return true;
    }
    return false;
  }

  /** Something in them is quoted, computed, assigned or redirected; not more than `effort` reaches. */
  *computed(effort: number): Generator<TellingChunk> {
    let left = effort;
    for (const chunk of this.#texts(looks.computed)) {
      yield chunk;
      left -= chunk.weight;
      if (left <= 0) return;
    }
  }

  *#texts(look: number): Generator<TellingChunk> {
    const seen = new Set<string>();
    for (let turn = 0; turn < this.#chunks.length; turn += 1) {
      const chunk = this.#at(turn, look);
      if (chunk === null) continue;
      const text = bare(this.#source.slice(chunk.start, chunk.end));
      if (text === "" || seen.has(text)) continue;
      seen.add(text);
      yield { text, weight: chunk.weight };
    }
  }

  /** The chunk whose turn it is, from both ends, if it is one of those; repetitions of the one before are none. */
  #at(turn: number, look: number): Chunk | null {
    const index = turn % 2 === 0 ? turn / 2 : this.#chunks.length - (turn + 1) / 2;
    const chunk = this.#chunks[index];
    return chunk !== undefined && this.#lookAt(index, chunk) === look ? chunk : null;
  }

  #lookAt(index: number, chunk: Chunk): number {
    const known = this.#looks[index] ?? 0;
    if (known !== 0) return known;
    const size = chunk.end - chunk.start;
    const like = this.#latest[size % rememberedSizes];
    const look = like !== undefined && isSame(this.#source, like, chunk) ? looks.repeated : this.#newLook(chunk);
    if (look !== looks.repeated) this.#latest[size % rememberedSizes] = chunk;
    this.#looks[index] = look;
    return look;
  }

  #newLook(chunk: Chunk): number {
    const look = looks[lookAt(this.#source, chunk, this.#mayBegin, this.#mayInitial)];
    return this.#hasMoves && look !== looks.named && isMove(this.#source, chunk) ? looks.moves : look;
  }
}

function isSame(source: string, one: Chunk, other: Chunk): boolean {
  if (one.end - one.start !== other.end - other.start) return false;
  const by = other.start - one.start;
  for (let at = one.start; at < one.end; at += 1) if (source.charCodeAt(at) !== source.charCodeAt(at + by)) return false;
  return true;
}

function isMove(source: string, { start, end }: Chunk): boolean {
  return end - start >= shortestMove && /^[\s;&|({]*(?:cd|pushd)\s/.test(source.slice(start, Math.min(end, start + 32)));
}

const looks = { nothing: 1, named: 2, moves: 3, computed: 4, repeated: 5 } as const;

/** Sizes of which the last chunk is remembered. */
const rememberedSizes = 64;

/** `cd a`: characters. */
const shortestMove = 4;

/** More folders than that are not known apart anyway. */
const maximumMoves = 32;

/** Characters that stand in words: 1 plain, 2 between words, 3 dropped from a word, 4 something is computed. */
const kinds = new Uint8Array(128).fill(4);
for (const character of "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:@%+,-/~^") kinds[character.charCodeAt(0)] = 1;
for (const character of " \t\n;&|()!") kinds[character.charCodeAt(0)] = 2;
for (const character of "'\"\\") kinds[character.charCodeAt(0)] = 3;
for (const character of "{}`<>=$") kinds[character.charCodeAt(0)] = 5;

function lookAt(
  source: string,
  { start, end }: Chunk,
  mayBegin: MayBegin,
  mayInitial: (code: number) => boolean,
): "named" | "computed" | "nothing" {
  let isComputed = false;
  let wordStart = start;
  let isQuoted = false;
  for (let at = start; at <= end; at += 1) {
    const code = at < end ? source.charCodeAt(at) : 32;
    const kind = code < 128 ? kinds[code] : 4;
    if (kind === 1) continue;
    if (kind === 3) {
      isQuoted = true;
      isComputed = true;
    }
    if (kind === 4) isComputed = true;
    if (kind !== 2 && kind !== 5) continue;
    if (kind === 5) isComputed = true;
    if (at > wordStart) {
      if (!isQuoted && mayBegin(source, wordStart, at)) return "named";
      if (isQuoted && mayBeNamed(source, wordStart, at, mayInitial)) {
        const word = source.slice(wordStart, at).replaceAll(/\\\n|["'\\]/g, "");
        if (mayBegin(word, 0, word.length)) return "named";
      }
    }
    wordStart = at + 1;
    isQuoted = false;
  }
  return isComputed ? "computed" : "nothing";
}

/** Whether a quoted word could be a name or path that begins with one of those characters. */
function mayBeNamed(source: string, start: number, end: number, mayInitial: (code: number) => boolean): boolean {
  let isFirst = true;
  for (let at = start; at < end; at += 1) {
    const code = source.charCodeAt(at);
    if (code === 34 || code === 39 || code === 92 || code === 10) continue;
    if (isFirst && mayInitial(code)) return true;
    isFirst = code === 47;
  }
  return false;
}

/** What stands around commands in the shell's grammar (bash(1), "Compound Commands"): a chunk is looked at without it. */
const before = /^(?:[\s;&|(!{]|(?:if|then|elif|else|while|until|do|time)(?=\s))+/;

const after = new Set(" \t\n;&|()}`");

/** A chunk without what stands around its commands. */
export function bare(chunk: string): string {
  let end = chunk.length;
  while (end > 0 && after.has(chunk.charAt(end - 1)) && chunk.charAt(end - 2) !== "\\") end -= 1;
  const text = chunk.slice(0, end).replace(before, "");
  // A substitution in double quotes begins a chunk of its own: the quote that stays open behind it closes nothing.
  return isOdd(text, '"') ? `${text}"` : text;
}

function isOdd(text: string, character: string): boolean {
  let isOddSoFar = false;
  for (let at = text.indexOf(character); at !== -1; at = text.indexOf(character, at + 1)) isOddSoFar = !isOddSoFar;
  return isOddSoFar;
}
