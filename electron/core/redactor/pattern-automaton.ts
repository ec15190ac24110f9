import { SkipTable } from "./skip-table.ts";

/** One byte string to find, and the name of what it gives away. */
export interface Pattern {
  readonly bytes: Buffer;
  readonly name: string;
}

interface Draft {
  readonly children: Map<number, Draft>;
  readonly depth: number;
  ends: string | null;
}

/**
 * Finds all of many byte strings in one pass (Aho and Corasick, 1975). The first two levels, where
 * ordinary output stays, are tables of all 256 bytes; deeper states hold only their children and
 * fall back along suffixes, so that long keys cost memory in proportion to their length.
 */
export class PatternAutomaton {
  /** States below this number have a row in `rows`. */
  readonly rowCount: number;
  /** Next state by `state * 256 + byte`, for states below `rowCount`. */
  readonly rows: Int32Array;
  /** How many of the last bytes may be the beginning of a pattern, by state. */
  readonly depths: Int32Array;
  /** Length of the longest pattern that ends at the state; 0 when none does. */
  readonly lengths: Int32Array;
  /** Whether there is nothing to find. */
  readonly isEmpty: boolean;
  /** Leaps over what cannot begin a pattern, from state 0; null where that would not pay. */
  readonly skip: SkipTable | null;
  readonly #names: readonly (string | null)[];
  readonly #fallbacks: Int32Array;
  readonly #firstChild: Int32Array;
  readonly #nextSibling: Int32Array;
  readonly #bytes: Uint8Array;

  constructor(patterns: readonly Pattern[]) {
    this.isEmpty = patterns.length === 0;
    this.skip = SkipTable.of(patterns);
    const states = breadthFirst(patterns);
    const count = states.length;
    this.depths = new Int32Array(count);
    this.lengths = new Int32Array(count);
    this.#fallbacks = new Int32Array(count);
    this.#firstChild = new Int32Array(count);
    this.#nextSibling = new Int32Array(count);
    this.#bytes = new Uint8Array(count);
    const names: (string | null)[] = Array.from({ length: count }, () => null);
    const numbers = new Map(states.map((state, number) => [state, number]));
    for (const [number, state] of states.entries()) {
      this.depths[number] = state.depth;
      if (state.ends !== null) {
        this.lengths[number] = state.depth;
        names[number] = state.ends;
      }
      for (const [byte, child] of state.children) {
        const at = numbers.get(child) ?? 0;
        this.#bytes[at] = byte;
        this.#nextSibling[at] = this.#firstChild[number] ?? 0;
        this.#firstChild[number] = at;
      }
    }
    this.rowCount = states.findIndex(({ depth }) => depth > 1);
    if (this.rowCount < 0) this.rowCount = count;
    this.rows = new Int32Array(this.rowCount * 256);
    // Breadth first: a state's fallback is shallower, and so done before it.
    for (const [number, state] of states.entries()) {
      for (const [byte, child] of state.children) {
        const at = numbers.get(child) ?? 0;
        const fallback = number === 0 ? 0 : this.#walk(this.#fallbacks[number] ?? 0, byte);
        this.#fallbacks[at] = fallback;
        if ((this.lengths[at] ?? 0) === 0 && (this.lengths[fallback] ?? 0) > 0) {
          this.lengths[at] = this.lengths[fallback] ?? 0;
          names[at] = names[fallback] ?? null;
        }
      }
    }
    for (let state = 0; state < this.rowCount; state++)
      for (let byte = 0; byte < 256; byte++) this.rows[state * 256 + byte] = this.#walk(state, byte);
    this.#names = names;
  }

  /** The state after one more byte, from a state that has no row. */
  next(state: number, byte: number): number {
    let from = state;
    while (from >= this.rowCount) {
      const child = this.#child(from, byte);
      if (child !== 0) return child;
      from = this.#fallbacks[from] ?? 0;
    }
    return this.rows[from * 256 + byte] ?? 0;
  }

  nameAt(state: number): string {
    return this.#names[state] ?? "";
  }

  #walk(state: number, byte: number): number {
    for (let from = state; ; from = this.#fallbacks[from] ?? 0) {
      const child = this.#child(from, byte);
      if (child !== 0 || from === 0) return child;
    }
  }

  #child(state: number, byte: number): number {
    let child = this.#firstChild[state] ?? 0;
    while (child !== 0 && this.#bytes[child] !== byte) child = this.#nextSibling[child] ?? 0;
    return child;
  }
}

function breadthFirst(patterns: readonly Pattern[]): readonly Draft[] {
  const root: Draft = { children: new Map(), depth: 0, ends: null };
  for (const { bytes, name } of patterns) {
    let state = root;
    for (const byte of bytes) {
      let child = state.children.get(byte);
      if (child === undefined) {
        child = { children: new Map(), depth: state.depth + 1, ends: null };
        state.children.set(byte, child);
      }
      state = child;
    }
    state.ends ??= name;
  }
  const states = [root];
  for (const state of states) states.push(...state.children.values());
  return states;
}
