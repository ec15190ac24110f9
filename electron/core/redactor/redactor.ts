import type { PatternAutomaton } from "./pattern-automaton.ts";

/** So few bytes of a value may be shown while nobody knows whether the rest of it follows: the last key of what is typed must not wait. */
const shownWhileWaiting = 3;

interface Region {
  start: number;
  end: number;
  readonly name: string;
}

/**
 * Takes one stream of bytes and gives it back without what the automaton finds, across any chunk
 * borders. Bytes are held back only while they may be the beginning of a value.
 */
export class Redactor {
  #automaton: PatternAutomaton;
  #state = 0;
  /** Bytes taken so far. */
  #position = 0;
  /** Taken and not yet given back. */
  #held: Buffer = Buffer.alloc(0);
  #regions: Region[] = [];
  /** Nothing before this is given back. */
  #maskedUntil = 0;

  readonly #keepsLength: boolean;

  /** With `keepsLength` a value gives way to as many asterisks instead of to its name: lengths that were announced stay true. */
  constructor(automaton: PatternAutomaton, { keepsLength = false }: { readonly keepsLength?: boolean } = {}) {
    this.#automaton = automaton;
    this.#keepsLength = keepsLength;
  }

  /** What can be given back now. May be empty. */
  push(chunk: Uint8Array): Buffer {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (this.#automaton.isEmpty && this.#held.length === 0 && this.#maskedUntil <= this.#position) {
      this.#position += bytes.length;
      return bytes;
    }
    this.#scan(bytes);
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    return this.#release(this.#position - this.#waiting);
  }

  /** Nothing has come for a moment: gives back what is held, unless more than the first few bytes of a value are. */
  pause(): Buffer {
    return this.#release(this.#waiting <= shownWhileWaiting ? this.#position : this.#position - this.#waiting);
  }

  /** The stream has ended: gives back the rest. */
  end(): Buffer {
    const rest = this.#release(this.#position);
    this.#state = 0;
    return rest;
  }

  /** Looks for other values from now on, and in what is held. */
  use(automaton: PatternAutomaton): void {
    const held = this.#held;
    this.#automaton = automaton;
    this.#state = 0;
    this.#position -= held.length;
    this.#regions = [];
    this.#scan(held);
  }

  /** Whether bytes are held back. */
  get isHolding(): boolean {
    return this.#held.length > 0;
  }

  get #waiting(): number {
    return this.#automaton.depths[this.#state] ?? 0;
  }

  #scan(bytes: Buffer): void {
    const { skip } = this.#automaton;
    let at = 0;
    while (at < bytes.length) {
      if (skip === null) at = this.#walk(bytes, at, bytes.length);
      else if (this.#state !== 0) at = this.#walk(bytes, at, at);
      else {
        const begin = skip.next(bytes, at);
        at = this.#walk(bytes, begin, begin + skip.window);
      }
    }
    this.#position += bytes.length;
  }

  /** Takes one byte after the other, at least to `until` and then for as long as something may have begun. Gives where it stopped. */
  #walk(bytes: Buffer, from: number, until: number): number {
    const automaton = this.#automaton;
    const { rows, rowCount, lengths } = automaton;
    let state = this.#state;
    let at = from;
    for (; at < bytes.length && (at < until || state !== 0); at++) {
      const byte = bytes[at] ?? 0;
      state = state < rowCount ? (rows[state * 256 + byte] ?? 0) : automaton.next(state, byte);
      if (state < rowCount) continue;
      const length = lengths[state] ?? 0;
      if (length > 0) this.#found(this.#position + at + 1, length, automaton.nameAt(state));
    }
    this.#state = state;
    return at;
  }

  /** Ends only grow, so a new find can only join the last ones. */
  #found(end: number, length: number, name: string): void {
    const region: Region = { start: end - length, end, name };
    for (let last = this.#regions.at(-1); last !== undefined && last.end >= region.start; last = this.#regions.at(-1)) {
      region.start = Math.min(region.start, last.start);
      this.#regions.pop();
    }
    this.#regions.push(region);
  }

  /** Everything before `limit`, which no later find can reach. */
  #release(limit: number): Buffer {
    const heldFrom = this.#position - this.#held.length;
    if (limit <= heldFrom) return nothing;
    if (this.#regions.length === 0 && this.#maskedUntil <= heldFrom) return this.#give(limit - heldFrom);
    const parts: Buffer[] = [];
    let cursor = heldFrom;
    const show = (until: number) => {
      const from = Math.max(cursor, this.#maskedUntil);
      if (this.#keepsLength && Math.min(from, until) > cursor) parts.push(Buffer.alloc(Math.min(from, until) - cursor, "*"));
      if (until > from) parts.push(this.#held.subarray(from - heldFrom, until - heldFrom));
      cursor = Math.max(cursor, until);
    };
    while (this.#regions[0] !== undefined && this.#regions[0].start < limit) {
      const region = this.#regions[0];
      this.#regions.shift();
      const isMore = region.start <= this.#maskedUntil && this.#maskedUntil > 0;
      show(Math.min(region.start, limit));
      if (!isMore && !this.#keepsLength) parts.push(Buffer.from(`[secret ${region.name}]`));
      this.#maskedUntil = Math.max(this.#maskedUntil, region.end);
    }
    show(limit);
    this.#held = this.#held.subarray(limit - heldFrom);
    return Buffer.concat(parts);
  }

  #give(count: number): Buffer {
    const given = this.#held.subarray(0, count);
    this.#held = count === this.#held.length ? nothing : this.#held.subarray(count);
    return given;
  }
}

const nothing = Buffer.alloc(0);
