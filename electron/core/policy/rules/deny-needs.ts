import { resolvePath } from "../paths.ts";
import { neededOptions, neededWord, type Operand } from "./match-words.ts";
import { operandsMeaning } from "./normal-form.ts";
import type { RuleWord } from "./shell-matcher.ts";

/** What a rule asks for that commands of its program have, beside the program. */
interface NamedRule {
  readonly words: readonly RuleWord[];
  readonly isPrefix: boolean;
}

/** The folder in which relative paths are read. */
export interface Folder {
  readonly path: string;
  /** How many folders lead to it. */
  readonly depth: number;
}

export function folderAt(path: string): Folder {
  return { path, depth: depthAt(path, 0, path.length, 0) };
}

/** Texts, whole or as the beginning of a longer one. */
class Texts {
  readonly #whole = new Set<string>();
  readonly #beginnings = new Set<string>();
  readonly #lengths = new Set<number>();

  add(text: string, isBeginning: boolean): void {
    this.#whole.add(text);
    if (!isBeginning) return;
    this.#beginnings.add(text);
    this.#lengths.add(text.length);
  }

  hold(text: string): boolean {
    if (this.#whole.has(text)) return true;
    for (const length of this.#lengths) if (length < text.length && this.#beginnings.has(text.slice(0, length))) return true;
    return false;
  }
}

/**
 * Words of which a literal command must hold one, beside the name of its program, to surely meet a deny rule of that name; told in
 * the text itself, mostly without making words of it. Most of what a long text is padded with is told apart by it.
 */
export class Needs {
  /** False where a command of that name may meet a rule whatever its words are. */
  readonly #hasWords: boolean;
  readonly #texts = new Texts();
  readonly #paths = new Texts();
  readonly #initials = new Set<number>();
  readonly #depths = new Set<number>();
  #leastOpenDepth = Number.POSITIVE_INFINITY;
  readonly #pathList: string[] = [];
  /** For each rule, the marks that its options leave; null where one of the rules names none. */
  readonly #options: readonly (readonly number[])[] | null;
  #near: { readonly folder: string; readonly isNear: boolean } | null = null;

  constructor(rules: readonly NamedRule[]) {
    const words = rules.map(({ words, isPrefix }) => wordsNeeded(words, isPrefix));
    this.#hasWords = words.length > 0 && words.every((some) => some.length > 0);
    const options = rules.map(({ words, isPrefix }) => neededOptions(words, isPrefix).map((names) => marksOf(names)));
    this.#options = options.some((marks) => marks.length === 0) ? null : options;
    for (const { text, path, isOpen } of words.flat()) {
      this.#texts.add(text, isOpen);
      this.#initials.add(text.charCodeAt(0));
      if (path === null) continue;
      const depth = depthAt(path, 0, path.length, 0);
      // What begins with the root is told by its text.
      this.#paths.add(path, isOpen && depth > 0);
      this.#pathList.push(path);
      this.#depths.add(depth);
      if (isOpen && depth > 0) this.#leastOpenDepth = Math.min(this.#leastOpenDepth, depth);
    }
  }

  /** Whether nothing more needs to be looked at. */
  get areMet(): boolean {
    return !this.#hasWords;
  }

  /** Whether a command with options that leave these marks may have those of a rule: {@link optionMarks}. */
  mayHaveOptions(marks: number): boolean {
    return this.#options === null || this.#options.some((needed) => needed.every((one) => (one & marks) !== 0));
  }

  /** Whether the word at a place of a text may be what is needed. */
  mayBe(text: string, start: number, end: number, folder: Folder): boolean {
    if (!this.#hasWords) return true;
    const initial = text.charCodeAt(start);
    const from = initial === dot && text.charCodeAt(start + 1) === slash ? start + 2 : start;
    const to = end > from && text.charCodeAt(end - 1) === slash ? end - 1 : end;
    if (this.#initials.has(initial) && this.#texts.hold(text.slice(start, end))) return true;
    if ((from > start || to < end) && this.#initials.has(text.charCodeAt(from)) && this.#texts.hold(text.slice(from, to))) return true;
    return this.#pathList.length > 0 && initial !== dash && this.#mayBePath(text, start, end, folder);
  }

  #mayBePath(text: string, start: number, end: number, folder: Folder): boolean {
    const leadsElsewhere = text.charCodeAt(start) === slash || climbs(text, start, end);
    if (!leadsElsewhere && !this.#isNear(folder.path)) return false;
    const depth = depthAt(text, start, end, folder.depth);
    if (!this.#depths.has(depth) && depth < this.#leastOpenDepth) return false;
    return this.#paths.hold(resolvePath(text.slice(start, end), folder.path));
  }

  /** Whether what lies in a folder could be one of the paths, or lie below one. */
  #isNear(folder: string): boolean {
    if (this.#near?.folder !== folder) {
      const isNear = this.#pathList.some((path) => path.startsWith(folder) || folder.startsWith(path));
      this.#near = { folder, isNear: folder === "/" || isNear };
    }
    return this.#near.isNear;
  }
}

/** Words of which every command that surely meets the rule has one; none where there is no such word. */
function wordsNeeded(rule: readonly RuleWord[], isPrefix: boolean): readonly Operand[] {
  const needed = neededWord(rule, isPrefix);
  const texts = needed === null ? null : operandsMeaning(rule[0]?.text ?? "", needed.text);
  return needed === null || texts === null ? [] : texts.map((text) => ({ ...needed, text }));
}

/** A command of that name may meet a rule whatever its words are. */
export const noNeeds = new Needs([]);

/** One mark for each of a few kinds of letters: those that an option must hold to be one of that name. */
function marksOf(names: readonly string[]): number {
  let marks = 0;
  for (const name of names) marks |= name.startsWith("-") ? markOf(name.replace(/^-+/, "").charCodeAt(0)) : allMarks;
  return marks;
}

/** The marks of the letters in the word at a place of a text, where it is an option; `+main` stands for `--force` (git-push(1)). */
export function optionMarks(text: string, start: number, end: number): number {
  const first = text.charCodeAt(start);
  if (first === plus) return allMarks;
  if (first !== dash) return 0;
  let marks = 0;
  for (let at = start + 1; at < end; at += 1) marks |= markOf(text.charCodeAt(at));
  return marks;
}

function markOf(code: number): number {
  return 1 << (code & 31);
}

const allMarks = -1;

function climbs(text: string, start: number, end: number): boolean {
  for (let at = start; at + 1 < end; at += 1) if (text.charCodeAt(at) === dot && text.charCodeAt(at + 1) === dot) return true;
  return false;
}

/** How many folders the path at a place of a text leads below the root, from a folder of that depth. */
function depthAt(text: string, start: number, end: number, folderDepth: number): number {
  let depth = text.charCodeAt(start) === slash ? 0 : folderDepth;
  for (let at = start, from = start; at <= end; at += 1) {
    if (at < end && text.charCodeAt(at) !== slash) continue;
    const length = at - from;
    const isDot = length > 0 && text.charCodeAt(from) === dot;
    if (length === 2 && isDot && text.charCodeAt(from + 1) === dot) depth = Math.max(0, depth - 1);
    else if (length > 0 && !(length === 1 && isDot)) depth += 1;
    from = at + 1;
  }
  return depth;
}

const plus = 43;
const dash = 45;
const dot = 46;
const slash = 47;
