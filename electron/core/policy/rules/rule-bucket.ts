import { Needs } from "./deny-needs.ts";
import { type NamedCommand, neededWord } from "./match-words.ts";
import type { ShellRule } from "./shell-rules.ts";

/** Fewer rules are compared one by one. */
const smallBucket = 8;

/**
 * Deny or ask rules that begin with the same word, and which of them a command has to be compared with. Five hundred rules of
 * one program are told apart by a word that each of them needs: a command that has none of those words meets none of them.
 */
export class RuleBucket {
  readonly #rules: ShellRule[] = [];
  #index: BucketIndex | null = null;
  #needs: Needs | null = null;

  add(rule: ShellRule): void {
    this.#rules.push(rule);
    this.#index = null;
    this.#needs = null;
  }

  /** What a literal command needs to surely meet any of them. */
  get needs(): Needs {
    this.#needs ??= new Needs(
      this.#rules.map(({ matcher }) => ({ words: matcher.commands[0] ?? [], isPrefix: matcher.kind === "prefix" })),
    );
    return this.#needs;
  }

  /** Rules that the command may surely meet, in their order. */
  sure(command: NamedCommand): readonly ShellRule[] {
    if (this.#rules.length <= smallBucket) return this.#rules;
    return this.#indexed.sure(command.knownTexts);
  }

  /** All rules, the most specific first; those of one specificity in their order. */
  get bySpecificity(): readonly ShellRule[] {
    return this.#indexed.bySpecificity;
  }

  /** Rules with conditions, which are always looked at: why one does not hold is told. */
  get hasConditions(): boolean {
    return this.#indexed.hasConditions;
  }

  get #indexed(): BucketIndex {
    this.#index ??= new BucketIndex(this.#rules);
    return this.#index;
  }
}

class BucketIndex {
  readonly hasConditions: boolean;
  readonly #rules: readonly ShellRule[];
  /** Places of rules by the word that each needs, also as a path; and of the rules that need none. */
  readonly #byWord = new Map<string, number[]>();
  readonly #lengths = new Set<number>();
  readonly #others: number[] = [];
  #bySpecificity: readonly ShellRule[] | null = null;

  constructor(rules: readonly ShellRule[]) {
    this.#rules = rules;
    this.hasConditions = rules.some(({ rule }) => rule.conditions.length > 0);
    for (const [place, { rule, matcher }] of rules.entries()) {
      const needed = rule.conditions.length > 0 ? null : neededWord(matcher.commands[0] ?? [], matcher.kind === "prefix");
      if (needed === null) this.#others.push(place);
      else for (const text of new Set([needed.text, needed.path ?? needed.text])) this.#note(text, place);
    }
  }

  get bySpecificity(): readonly ShellRule[] {
    this.#bySpecificity ??= this.#rules.toSorted((a, b) => b.matcher.specificity - a.matcher.specificity);
    return this.#bySpecificity;
  }

  sure(texts: readonly string[]): readonly ShellRule[] {
    const places = new Set(this.#others);
    for (const text of texts) {
      for (const length of this.#lengths) {
        if (length > text.length) continue;
        for (const place of this.#byWord.get(length === text.length ? text : text.slice(0, length)) ?? []) places.add(place);
      }
    }
    return [...places].toSorted((a, b) => a - b).flatMap((place) => this.#rules[place] ?? []);
  }

  #note(text: string, place: number): void {
    const places = this.#byWord.get(text);
    if (places === undefined) this.#byWord.set(text, [place]);
    else places.push(place);
    this.#lengths.add(text.length);
  }
}

/** Allow rules that begin with the same word: which of them a command may meet is told by its second word. */
export class AllowBucket {
  readonly #rules: ShellRule[] = [];
  readonly #bySecond = new Map<string, number[]>();
  /** Places of the rules of one word, or whose second is a pattern. */
  readonly #others: number[] = [];

  add(rule: ShellRule): void {
    const place = this.#rules.push(rule) - 1;
    const second = rule.matcher.commands[0]?.[1];
    if (second === undefined || second.glob !== null) {
      this.#others.push(place);
      return;
    }
    const places = this.#bySecond.get(second.text);
    if (places === undefined) this.#bySecond.set(second.text, [place]);
    else places.push(place);
  }

  /** Rules that a command with this second word may meet, in their order. */
  rulesFor(second: string | null): readonly ShellRule[] {
    if (this.#rules.length <= smallBucket) return this.#rules;
    const named = second === null ? [] : (this.#bySecond.get(second) ?? []);
    const places = named.length === 0 ? this.#others : [...named, ...this.#others].toSorted((a, b) => a - b);
    return places.flatMap((place) => this.#rules[place] ?? []);
  }
}
