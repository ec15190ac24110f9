import type { Pattern } from "./pattern-automaton.ts";

/** Longer beginnings than this skip no faster, and would not fit a byte. */
const longestWindow = 64;
/** Skips that are shorter on average cost more than they save. */
const shortestMean = 4;

/**
 * Leaps over text in which no pattern can begin (Wu and Manber, 1994, with blocks of two bytes): the two bytes at the end of a
 * window as long as the shortest pattern say how far the next beginning is away at least.
 */
export class SkipTable {
  /** Bytes that are looked at together. */
  readonly window: number;
  readonly #shifts: Uint8Array;

  private constructor(window: number, shifts: Uint8Array) {
    this.window = window;
    this.#shifts = shifts;
  }

  /** Null where there are so many patterns, or so short ones, that little would be skipped. */
  static of(patterns: readonly Pattern[]): SkipTable | null {
    const window = patterns.reduce((least, { bytes }) => Math.min(least, bytes.length), longestWindow);
    if (patterns.length === 0 || window < 2) return null;
    const shifts = new Uint8Array(65_536).fill(window - 1);
    for (const { bytes } of patterns) {
      for (let at = 1; at < window; at++) {
        const block = ((bytes[at - 1] ?? 0) << 8) | (bytes[at] ?? 0);
        shifts[block] = Math.min(shifts[block] ?? 0, window - 1 - at);
      }
    }
    const mean = shifts.reduce((sum, shift) => sum + shift, 0) / shifts.length;
    return mean < shortestMean ? null : new SkipTable(window, shifts);
  }

  /** The next place, from `from` on, where a pattern may begin. Less than a window before the end that is wherever it stops. */
  next(bytes: Buffer, from: number): number {
    const shifts = this.#shifts;
    const toEnd = this.window - 1;
    const last = bytes.length - this.window;
    let at = from;
    while (at <= last) {
      const shift = shifts[((bytes[at + toEnd - 1] ?? 0) << 8) | (bytes[at + toEnd] ?? 0)] ?? 0;
      if (shift === 0) return at;
      at += shift;
    }
    return at;
  }
}
