/**
 * Globs as rules use them, matched in time linear in pattern × text (no backtracking): `*` is any
 * text without `/`, `**` any text, `?` one character that is not `/`. With `crossesSlash`, `*` and `?` cross `/`.
 */
export class Glob {
  readonly pattern: string;
  readonly #steps: readonly Step[];

  constructor(pattern: string, options: { readonly crossesSlash: boolean }) {
    this.pattern = pattern;
    this.#steps = compile(pattern, options.crossesSlash);
  }

  matches(text: string): boolean {
    return this.#after(text)?.isWhole === true;
  }

  /** Whether a text that goes on after this one can match. */
  mayGoOn(text: string): boolean {
    return this.#after(text)?.mayGoOn === true;
  }

  /** Where it stands after a text; null where none that begins so matches. */
  #after(text: string): { readonly isWhole: boolean; readonly mayGoOn: boolean } | null {
    const { length } = this.#steps;
    // At which character each state was reached last: each is looked at once for a character.
    const reached = new Int32Array(length + 1).fill(-1);
    let states: number[] = [];
    let next: number[] = [];
    let at = 0;
    this.#reach(states, 0, at, reached);
    for (const character of text) {
      at += 1;
      next.length = 0;
      for (const state of states) {
        const step = this.#steps[state];
        if (step === undefined) continue;
        if (step.kind === "literal" ? step.character === character : step.crossesSlash || character !== "/")
          this.#reach(next, step.kind === "many" ? state : state + 1, at, reached);
      }
      if (next.length === 0) return null;
      [states, next] = [next, states];
    }
    return { isWhole: reached[length] === at, mayGoOn: states.some((state) => state < length) };
  }

  /** A state, and those behind each `*` that may stand for nothing. */
  #reach(states: number[], from: number, at: number, reached: Int32Array): void {
    for (let state = from; reached[state] !== at; state += 1) {
      reached[state] = at;
      states.push(state);
      if (this.#steps[state]?.kind !== "many") return;
    }
  }
}

type Step =
  | { readonly kind: "literal"; readonly character: string }
  | { readonly kind: "one"; readonly crossesSlash: boolean }
  | { readonly kind: "many"; readonly crossesSlash: boolean };

function compile(pattern: string, crossesSlash: boolean): Step[] {
  const steps: Step[] = [];
  const characters = Array.from(pattern);
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] ?? "";
    if (character === "?") steps.push({ kind: "one", crossesSlash });
    else if (character !== "*") steps.push({ kind: "literal", character });
    else {
      const start = at;
      while (characters[at + 1] === "*") at += 1;
      steps.push({ kind: "many", crossesSlash: crossesSlash || at > start });
    }
  }
  return steps;
}
