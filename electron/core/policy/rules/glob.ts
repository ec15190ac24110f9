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
    const steps = this.#steps;
    let states = new Set(closure(steps, [0]));
    for (const character of text) {
      const next: number[] = [];
      for (const state of states) {
        const step = steps[state];
        if (step === undefined) continue;
        if (step.kind === "literal" && step.character === character) next.push(state + 1);
        else if (step.kind === "one" && (step.crossesSlash || character !== "/")) next.push(state + 1);
        else if (step.kind === "many" && (step.crossesSlash || character !== "/")) next.push(state);
      }
      if (next.length === 0) return false;
      states = new Set(closure(steps, next));
    }
    return states.has(steps.length);
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

function closure(steps: readonly Step[], states: readonly number[]): number[] {
  const all: number[] = [];
  for (const first of states) {
    let state = first;
    all.push(state);
    while (steps[state]?.kind === "many") {
      state += 1;
      all.push(state);
    }
  }
  return all;
}
