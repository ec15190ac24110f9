import { resolvePath } from "../paths.ts";
import { knownStart, literalWord, type ShellWord } from "../shell/shell-word.ts";
import { hasOtherWords, type NormalForm, normalForm, unordered, writtenAs } from "./normal-form.ts";
import type { RuleWord } from "./shell-matcher.ts";

/** `maybe`: it depends on what a computed word becomes. */
export type Match = "yes" | "maybe" | "no";

/** An allow must hold for exactly the words as they stand; it ends at a word boundary. */
export function allows(rule: readonly RuleWord[], isPrefix: boolean, words: readonly ShellWord[]): boolean {
  if (isPrefix ? words.length < rule.length : words.length !== rule.length) return false;
  return rule.every((expected, index) => {
    const text = words[index]?.text ?? null;
    if (text === null || expected.glob === null) return text === expected.text;
    return expected.glob.matches(text) && (!climbs.test(text) || climbs.test(expected.text));
  });
}

/** What a pattern like `src/*` names lies there: `src/../..` does not. */
const climbs = /(?:^|\/)\.\.(?:\/|$)/;

/**
 * A deny or ask is tried on the words as they stand, where it may end inside its last word, and on
 * options and operands whatever their order and spelling. `name` is the program's plain name.
 */
export function names(rule: readonly RuleWord[], isPrefix: boolean, command: NamedCommand): Match {
  const { words, name, cwd } = command;
  const [program] = rule;
  if (program === undefined || words.length === 0) return "no";
  const plain = command.plainWords;
  let match = inOrder(rule, isPrefix, words);
  if (match !== "yes" && plain !== words) match = better(match, inOrder(rule, isPrefix, plain));
  if (match === "yes" || rule.length === 1) return match;
  if (!(program.glob === null ? program.text === name : program.glob.matches(name))) return match;
  if (command.isLiteral && !command.isReworded && !mayHold(rule, isPrefix, command)) return match;
  return better(match, inNormalForm(rule, isPrefix, command.form, cwd));
}

/**
 * Whether any word of a literal command could be the last operand that the rule asks for: a cheap no for most of the thousands
 * of commands that padding is made of.
 */
function mayHold(rule: readonly RuleWord[], isPrefix: boolean, { words, name, cwd }: NamedCommand): boolean {
  const needed = ruleForm(rule, isPrefix, name).operands.at(-1);
  if (needed === undefined) return true;
  const { text, path } = needed;
  const isNear = path !== null && path !== "/" && (path.startsWith(cwd) || cwd.startsWith(path));
  if (isNear) return true;
  for (let at = 1; at < words.length; at += 1) {
    const word = words[at]?.text ?? "";
    if (word.startsWith(text) || word.startsWith("./")) return true;
    // Only such a path leads out of the folder that the command runs in.
    if (path !== null && (word.startsWith("/") || word.includes("..") || cwd === "/")) return true;
  }
  return false;
}

/** A command that many rules are tried on: what all of them need is worked out once. */
export class NamedCommand {
  readonly words: readonly ShellWord[];
  /** The program's plain name. */
  readonly name: string;
  readonly cwd: string;
  #plainWords: readonly ShellWord[] | null = null;
  #form: NormalForm | null = null;
  #isLiteral: boolean | null = null;
  #knownTexts: readonly string[] | null = null;

  constructor(words: readonly ShellWord[], name: string, cwd: string) {
    this.words = words;
    this.name = name;
    this.cwd = cwd;
  }

  /** The words with the plain name in front. */
  get plainWords(): readonly ShellWord[] {
    this.#plainWords ??= this.words[0]?.text === this.name ? this.words : [literalWord(this.name), ...this.words.slice(1)];
    return this.#plainWords;
  }

  /** The same command in another folder. */
  in(cwd: string): NamedCommand {
    const other = new NamedCommand(this.words, this.name, cwd);
    other.#plainWords = this.#plainWords;
    other.#form = this.#form;
    return other;
  }

  /** Every word of it is known. */
  get isLiteral(): boolean {
    this.#isLiteral ??= this.words.every(({ text }) => text !== null);
    return this.#isLiteral;
  }

  /** Its normal form may have other words than stand here. */
  get isReworded(): boolean {
    return hasOtherWords(this.name);
  }

  get knownTexts(): readonly string[] {
    this.#knownTexts ??= knownTexts(this);
    return this.#knownTexts;
  }

  get form(): NormalForm {
    this.#form ??= normalForm(this.name, this.plainWords);
    return this.#form;
  }
}

/** What a rule asks for whatever the order of words. */
interface RuleForm {
  readonly form: NormalForm;
  readonly operands: readonly Operand[];
}

/** Normal forms of rules, which are tried again and again; a rule's words are kept as long as its set. */
const ruleForms = new WeakMap<readonly RuleWord[], RuleForm>();

function ruleForm(rule: readonly RuleWord[], isPrefix: boolean, name: string): RuleForm {
  const known = ruleForms.get(rule);
  if (known !== undefined && known.form.name === name) return known;
  const form = normalForm(
    name,
    rule.map(({ text }) => literalWord(text)),
  );
  const lastText = rule.at(-1)?.text ?? "";
  const operands = form.operands.map(({ word }, index) => ({
    text: word.text ?? "",
    path: word.text?.startsWith("/") === true ? resolvePath(word.text, "/") : null,
    isOpen: isPrefix && index === form.operands.length - 1 && word.text === lastText,
  }));
  const made = { form, operands };
  ruleForms.set(rule, made);
  return made;
}

/** A word that every command which surely meets the rule has, as it stands or as a path; null where there is none. */
export function neededWord(rule: readonly RuleWord[], isPrefix: boolean): Operand | null {
  const [program, ...rest] = rule;
  if (program === undefined || program.glob !== null || rest.some(({ glob }) => glob !== null)) return null;
  const { operands } = ruleForm(rule, isPrefix, program.text);
  const needed = operands.at(-1);
  return needed === undefined || needed.text === "" || !rest.some(({ text }) => text === needed.text) ? null : needed;
}

/** Options that every command which meets the rule has, each in all its spellings; none where a part of the rule is a pattern. */
export function neededOptions(rule: readonly RuleWord[], isPrefix: boolean): readonly (readonly string[])[] {
  const [program] = rule;
  if (program === undefined || rule.some(({ glob }) => glob !== null)) return [];
  const { form } = ruleForm(rule, isPrefix, program.text);
  return form.options.map(({ names }) => names.flatMap((name) => writtenAs(form.name, name)));
}

/** Everything that a needed word may be found at the beginning of: each word as far as it is known, and as a path. */
export function knownTexts(command: NamedCommand): readonly string[] {
  const texts = new Set<string>();
  const add = (word: ShellWord): void => {
    const start = word.text ?? knownStart(word);
    texts.add(start);
    if (start.startsWith("./")) texts.add(start.slice(2));
    const path = knownPath(word);
    if (path !== null && !path.startsWith("-")) texts.add(resolved(path, command.cwd));
  };
  for (const word of command.plainWords) add(word);
  for (const { word } of command.form.operands) add(word);
  return [...texts];
}

function better(a: Match, b: Match): Match {
  return a === "yes" || b === "yes" ? "yes" : a === "maybe" || b === "maybe" ? "maybe" : "no";
}

function inOrder(rule: readonly RuleWord[], isPrefix: boolean, words: readonly ShellWord[]): Match {
  let result: Match = "yes";
  for (const [index, expected] of rule.entries()) {
    const word = words[index];
    if (word === undefined) return "no";
    const isLast = index === rule.length - 1;
    const match = wordMatch(expected, word, isPrefix && isLast);
    if (match === "no") return "no";
    if (match === "maybe") result = "maybe";
    if (match === "maybe" && word.pieces.some((piece) => typeof piece !== "string" && piece.hole === "fields")) return "maybe";
  }
  if (!isPrefix && words.length > rule.length)
    return words.slice(rule.length).every((word) => word.text === null && knownStart(word) === "") ? "maybe" : "no";
  return result;
}

/** One word against one word of a rule; with `isOpen` the rule's word may be only its beginning. */
function wordMatch(expected: RuleWord, word: ShellWord, isOpen: boolean): Match {
  const { text } = word;
  if (expected.glob !== null) {
    if (text === null) return "maybe";
    return expected.glob.matches(text) || (isOpen && text.startsWith(expected.text)) ? "yes" : "no";
  }
  if (text !== null) return text === expected.text || (isOpen && text.startsWith(expected.text)) ? "yes" : "no";
  const start = knownStart(word);
  if (isOpen && start.startsWith(expected.text)) return "yes";
  if (!expected.text.startsWith(start)) return "no";
  const next = word.pieces[start === "" ? 0 : 1];
  if (start === "" && typeof next !== "string" && next?.hole === "glob" && expected.text.startsWith("/")) return "no";
  return "maybe";
}

function inNormalForm(rule: readonly RuleWord[], isPrefix: boolean, form: NormalForm, cwd: string): Match {
  const { form: expected, operands } = ruleForm(rule, isPrefix, form.name);
  let missing = 0;
  for (const option of expected.options) {
    const isOpen = isPrefix && option.at === rule.length - 1 && !option.names.some((name) => /^-[^-]$/.test(name));
    if (!form.options.some((given) => sameOption(option, given, isOpen))) missing += 1;
  }
  const missingFlags = missing > 0 ? 1 : 0;
  const { certain, possible, isImpossible } = unordered.has(form.name) ? anyOrder(operands, form, cwd) : sameOrder(operands, form, cwd);
  if (isImpossible) return "no";
  if (!isPrefix && certain === operands.length && expected.options.length === 0 && hasMoreOperands(form, expected.operands.length))
    return "no";
  if (missingFlags === 0 && certain === operands.length) return "yes";
  const needed = missingFlags + operands.length - certain - possible;
  if (missingFlags === 0 && needed <= 0) return "maybe";
  return form.hasUnknownFields || needed <= form.unknownWords ? (form.hasUnknownFields || form.unknownWords > 0 ? "maybe" : "no") : "no";
}

/**
 * Whether an exact rule without options says too little for the command: it has operands of its own, beside what may be the value
 * of an option that no table knows (`npm publish --foo bar`). A rule that names an option means that option, whatever it is done to.
 */
function hasMoreOperands(form: NormalForm, expected: number): boolean {
  if (unordered.has(form.name) || form.operands.length <= expected) return false;
  return form.operands.filter(({ mayBeValue }) => !mayBeValue).length > expected;
}

interface Option {
  readonly names: readonly string[];
  readonly value: ShellWord | null;
}

function sameOption(expected: Option, given: Option, isOpen: boolean): boolean {
  const same = expected.names.some((name) =>
    given.names.some(
      (other) =>
        other === name || (isOpen && other.startsWith(name)) || (other.length >= 4 && other.startsWith("--") && name.startsWith(other)),
    ),
  );
  if (!same) return false;
  if (expected.value === null || expected.value.text === null) return true;
  const value = given.value?.text ?? null;
  return value === null || value.startsWith(expected.value.text);
}

/** A word that a rule asks for. */
export interface Operand {
  readonly text: string;
  /** The normal path when the rule names an absolute one. */
  readonly path: string | null;
  readonly isOpen: boolean;
}

interface Fit {
  readonly certain: number;
  readonly possible: number;
  /** Words that are known stand where the rule names others. */
  readonly isImpossible: boolean;
}

function anyOrder(operands: readonly Operand[], form: NormalForm, cwd: string): Fit {
  let certain = 0;
  let possible = 0;
  for (const operand of operands) {
    const matches = form.operands.map(({ word }) => operandMatch(operand, word, cwd));
    if (matches.includes("yes")) certain += 1;
    else if (matches.includes("maybe")) possible += 1;
  }
  return { certain, possible, isImpossible: false };
}

function sameOrder(operands: readonly Operand[], form: NormalForm, cwd: string): Fit {
  let at = 0;
  let certain = 0;
  let possible = 0;
  for (const operand of operands) {
    let match: Match = "no";
    for (; at < form.operands.length; at += 1) {
      const given = form.operands[at];
      match = given === undefined ? "no" : operandMatch(operand, given.word, cwd);
      if (match !== "no" || given?.mayBeValue !== true) break;
    }
    at += 1;
    if (match === "yes") certain += 1;
    else if (match === "maybe") possible += 1;
    else
      return {
        certain,
        possible,
        isImpossible: form.operands.slice(0, at).every(({ word }) => word.text !== null) && at <= form.operands.length,
      };
  }
  return { certain, possible, isImpossible: false };
}

/** An operand as it stands, and as the path it means: `//`, `/.`, `../..`, `/*`. */
function operandMatch({ text, path, isOpen }: Operand, word: ShellWord, cwd: string): Match {
  const match = wordMatch({ text, glob: null }, word, isOpen);
  if (match === "yes") return match;
  if (path === null) return word.text !== null && isSameBelow(word.text, text) ? "yes" : match;
  const known = knownPath(word);
  if (known === null || known === "" || known.startsWith("-")) return match;
  if (isSamePath(known, path, cwd)) return "yes";
  return isOpen && path !== "/" && mayClimb.test(known) && resolved(known, cwd).startsWith(path) ? "yes" : match;
}

/** `./dist` and `dist/` are `dist`. */
function isSameBelow(given: string, text: string): boolean {
  const from = given.startsWith("./") ? 2 : 0;
  const to = given.endsWith("/") ? given.length - 1 : given.length;
  return (from > 0 || to < given.length) && to - from === text.length && given.startsWith(text, from);
}

/** A word that may be a path: its text, or what stands before a `*` at its end. */
function knownPath(word: ShellWord): string | null {
  return word.text ?? (/^(?:[^*?[]*\/)?\*$/.test(word.source) ? knownStart(word) || "." : null);
}

/** Only such a path leads elsewhere than it says. */
const mayClimb = /(^|\/)\.\.?(\/|$)|\/\//;

function isSamePath(known: string, path: string, cwd: string): boolean {
  const isRelative = !known.startsWith("/");
  const isNormal = !/(^|\/)\.{0,2}(\/|$)/.test(isRelative ? known : known.slice(1));
  if (isNormal && (isRelative ? cwd.length + 1 : 0) + known.length !== path.length) return false;
  return resolved(known, cwd) === path;
}

const paths = new Map<string, string>();
const maximumPaths = 256;

/** As `resolvePath`; hundreds of rules ask for the same few paths of one command. */
function resolved(path: string, cwd: string): string {
  const key = `${cwd}\0${path}`;
  const known = paths.get(key);
  if (known !== undefined) return known;
  if (paths.size >= maximumPaths) paths.clear();
  const found = resolvePath(path, cwd);
  paths.set(key, found);
  return found;
}
