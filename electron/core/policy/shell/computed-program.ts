import type { MayBegin } from "./telling-chunks.ts";

/** Effort of the statements that are read together, and of one of them. */
const maximumEffort = 1_600;
const statementEffort = 30;
const characterEffort = 0.1;

/** Longer statements are left to the other searches, characters; so are longer functions. */
const maximumStatement = 2_048;

/** Rounds in which the names that values name in their turn are followed. */
const maximumRounds = 4;

interface Kept {
  readonly at: number;
  readonly text: string;
}

/**
 * Of a program that is too long to be read whole, those statements by which a command could become one that a deny rule names:
 * commands whose name or script is computed, what gives their variables values, and functions of their parameters; in their
 * order, as a program of its own. Found in time linear in the text, and not more than can be read. It is only searched for denies.
 */
export function computedProgram(source: string, ends: readonly number[], mayBegin: MayBegin): string {
  const survey = new Survey(source, ends, mayBegin);
  return survey.reduced();
}

/** Programs that run what stands in their words or input, so that computed words of theirs count. */
const carriers = new Set(
  "eval source . exec command builtin env xargs sudo doas nohup timeout nice time setsid sh bash dash zsh ksh ash mksh trap coproc find parallel watch".split(
    " ",
  ),
);
/** What stands before the command of a statement (bash(1), "Compound Commands"). */
const before = /^(?:[\s;&|]|!(?=\s)|\{(?=\s)|(?:if|then|elif|else|while|until|do|time)(?=\s))+/;
const intoShell = /\|\s*(?:\S*\/)?(?:(?:sudo|env|nohup|xargs|exec|command)\s+(?:\S+\s+)*)?(?:\S*\/)?(?:ba|da|z|k|a|mk)?sh\b/;
const assigning = /^(?:(?:export|declare|local|readonly|typeset)\s+(?:-\w+\s+)*)?([A-Za-z_]\w*)(?:\[[^\]]*\])?\+?=/;
const setting = /^(?:read|mapfile|readarray|printf\s+-v)\s/;
const looping = /^for\s+([A-Za-z_]\w*)\s+in\s/;
const defining = /^(?:function\s+)?([\w-]+)\s*\(\s*\)\s*\{/;
const references = /\$\{?[!#]?([A-Za-z_]\w*|[@*1-9])/g;

/** A stretch of the source, and where its statement begins. */
interface Stretch {
  readonly at: number;
  readonly from: number;
  readonly to: number;
}

class Survey {
  readonly #source: string;
  readonly #ends: readonly number[];
  readonly #mayBegin: MayBegin;
  readonly #values = new Map<string, Kept[]>();
  /** What only assigns: read once it is known that something uses a variable. */
  #assignments: Stretch[] = [];
  readonly #candidates: (Stretch | Kept)[] = [];
  readonly #functions = new Set<string>();

  constructor(source: string, ends: readonly number[], mayBegin: MayBegin) {
    this.#source = source;
    this.#ends = ends;
    this.#mayBegin = mayBegin;
  }

  reduced(): string {
    for (let index = 0; index < this.#ends.length; index += 1) index = this.#statement(index);
    if (this.#candidates.length === 0) return "";
    this.#readAssignments();
    const chosen = new Map<number, string>();
    let left = maximumEffort;
    const choose = ({ at, text }: Kept): boolean => {
      if (chosen.has(at)) return true;
      left -= statementEffort + text.length * characterEffort;
      if (left < 0) return false;
      chosen.set(at, text);
      return true;
    };
    // From both ends: padding may stand before what it hides, or behind it.
    const candidates = this.#candidates;
    const wanted: string[] = [];
    const seen = new Set<string>();
    for (let index = 0; index < candidates.length && left > maximumEffort / 2; index += 1) {
      const one = candidates[index % 2 === 0 ? index / 2 : candidates.length - (index + 1) / 2];
      if (one === undefined) continue;
      const text = this.#textOf(one);
      if (seen.has(text)) continue;
      seen.add(text);
      if (this.#canBecome(text) && choose({ at: one.at, text })) wanted.push(text);
    }
    const known = new Set<string>();
    for (let round = 0, texts = wanted; round < maximumRounds && texts.length > 0; round += 1) {
      const names = texts.flatMap(namesIn).filter((name) => !known.has(name));
      const next: string[] = [];
      for (const name of names) {
        known.add(name);
        for (const value of this.#values.get(name) ?? []) if (choose(value)) next.push(value.text);
      }
      texts = next;
    }
    return [...chosen]
      .sort(([a], [b]) => a - b)
      .map(([, text]) => text)
      .join("\n");
  }

  /** Looks at one statement; the index of the last one that belongs to it. */
  #statement(index: number): number {
    const start = index === 0 ? 0 : (this.#ends[index - 1] ?? 0);
    const end = this.#ends[index] ?? start;
    if (end - start > maximumStatement) return index;
    const signs = this.#signs(start, end);
    if (signs === 0) return index;
    const source = this.#source;
    let from = start;
    let to = end;
    while (from < to && isAround(source.charCodeAt(from))) from += 1;
    while (to > from && isAround(source.charCodeAt(to - 1))) to -= 1;
    if (from === to) return index;
    // Most of what is long is one of two plain kinds, which are told without a closer look.
    const first = source.charCodeAt(from);
    if (first < 128 && opening[first] === 1) {
      this.#candidates.push({ at: start, from, to });
      return index;
    }
    if ((signs & sign.equals) !== 0 && isAssignment(source, from, to)) {
      this.#assignments.push({ at: start, from, to });
      return index;
    }
    const whole = source.slice(from, to);
    const text = "!{itewud".includes(whole.charAt(0)) ? whole.replace(before, "") : whole;
    const name = (signs & sign.brace) === 0 ? undefined : defining.exec(text)?.[1];
    if (name !== undefined) return this.#define(index, start, name);
    this.#note(start, text, signs);
    return index;
  }

  #readAssignments(): void {
    const seen = new Set<string>();
    for (const { at, from, to } of this.#assignments) {
      const text = this.#source.slice(from, to);
      if (seen.has(text)) continue;
      seen.add(text);
      this.#give(text.slice(0, text.indexOf("=")), { at, text });
    }
    this.#assignments = [];
  }

  #textOf(one: Stretch | Kept): string {
    return "text" in one ? one.text : this.#source.slice(one.from, one.to);
  }

  #note(at: number, text: string, signs: number): void {
    if (text === "") return;
    const loop = text.startsWith("for ") ? looping.exec(text)?.[1] : undefined;
    if (loop !== undefined) return this.#give(loop, { at, text: `${text}; do :; done` });
    const assigned = (signs & sign.equals) === 0 ? undefined : assigning.exec(text)?.[1];
    if (assigned !== undefined) this.#give(assigned, { at, text });
    else if (text.startsWith("set ")) for (const parameter of ["@", "*", "1", "2", "3"]) this.#give(parameter, { at, text });
    else if (setting.test(text)) for (const [word] of text.matchAll(/[A-Za-z_]\w*/g)) this.#give(word, { at, text });
    const command = assigned === undefined ? text : text.replace(/^(?:[A-Za-z_]\w*\+?=\S*\s+)+/, "");
    if (assigned !== undefined && (command === text || assigning.test(command))) return;
    const first = firstWord(command);
    const isComputed = (signs & (sign.dollar | sign.less)) !== 0;
    const isCarried = isComputed && first.length < command.length && carriers.has(first.slice(first.lastIndexOf("/") + 1));
    if (
      isCarried ||
      isComputedName(first) ||
      ((signs & sign.pipe) !== 0 && intoShell.test(command)) ||
      ((signs & sign.dollar) !== 0 && this.#mayBegin(first, 0, first.length)) ||
      this.#functions.has(first)
    )
      this.#candidates.push({ at, text });
  }

  #give(name: string, kept: Kept): void {
    const values = this.#values.get(name);
    if (values === undefined) this.#values.set(name, [kept]);
    else values.push(kept);
  }

  /** A function, up to the brace that closes it; one that computes nothing is read as its statements. */
  #define(index: number, start: number, name: string): number {
    for (let last = index; last < this.#ends.length; last += 1) {
      const end = this.#ends[last] ?? start;
      if (end - start > maximumStatement) break;
      const from = this.#ends[last - 1] ?? 0;
      if (last > index && /^[\s;&]*\}/.test(this.#source.slice(from, Math.min(end, from + 16)))) {
        const text = this.#source.slice(start, end).replace(/[\s;&]+$/, "");
        if (!text.includes("$")) return last;
        this.#functions.add(name);
        this.#candidates.push({ at: start, text });
        return last;
      }
    }
    return index;
  }

  /** Signs that anything in it is computed, or gives a value; 0 for most statements. */
  #signs(start: number, end: number): number {
    let signs = 0;
    for (let at = start; at < end; at += 1) {
      const code = this.#source.charCodeAt(at);
      if (code < 128) signs |= telling[code] ?? 0;
    }
    if (signs !== 0 || this.#functions.size > 0) return signs | sign.other;
    const begin = this.#source.slice(start, Math.min(end, start + 16)).trimStart();
    return begin.startsWith("set ") || begin.startsWith("printf -v") ? sign.other : 0;
  }

  /** Whether it can become anything that the program itself says: something is in it beside variables that have no value. */
  #canBecome(text: string): boolean {
    if (/\$[('"]|`|\$\{[^}]*[^\w}]|<\(/.test(text) || !text.includes("$")) return true;
    return intoShell.test(text) || namesIn(text).some((name) => this.#values.has(name) || /^[@*\d]$/.test(name));
  }
}

/** `x=…` in one word, or `x=(…)` with nothing but words in it: it only assigns. */
function isAssignment(source: string, from: number, to: number): boolean {
  let at = from;
  while (at < to && isNamePart(source.charCodeAt(at))) at += 1;
  if (at === from || source.charCodeAt(at) !== 61) return false;
  const isArray = source.charCodeAt(at + 1) === 40 && source.charCodeAt(to - 1) === 41;
  const end = isArray ? to - 1 : to;
  for (at += isArray ? 2 : 1; at < end; at += 1) {
    const code = source.charCodeAt(at);
    if (code === 40 || code === 41 || (!isArray && (code <= 32 || code > 127))) return false;
  }
  return true;
}

function isNamePart(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || (code >= 48 && code <= 57);
}

function firstWord(text: string): string {
  const end = text.search(/\s/);
  return end === -1 ? text : text.slice(0, end);
}

/** Whether something computed stands in it before any `=`. */
function isComputedName(word: string): boolean {
  for (let at = 0; at < word.length; at += 1) {
    const code = word.charCodeAt(at);
    if (code === 61) return false;
    if (code < 128 && naming[code] === 1) return true;
  }
  return false;
}

/** Blanks and separators. */
function isAround(code: number): boolean {
  return code <= 32 || code === 59 || code === 38 || code === 124;
}

/** Characters with which a computed name begins. */
const opening = new Uint8Array(128);
for (const character of "$`\"'\\") opening[character.charCodeAt(0)] = 1;

/** Characters of which one in a name makes it a computed one. */
const naming = new Uint8Array(128);
for (const character of "$`\"'\\{*?[") naming[character.charCodeAt(0)] = 1;

/** What characters tell of a statement; `other` where it may tell anything without one. */
const sign = { dollar: 1, brace: 2, equals: 4, less: 8, pipe: 16, other: 32 } as const;
const telling = new Uint8Array(128);
for (const character of "\"'\\*?[") telling[character.charCodeAt(0)] = sign.other;
for (const character of "$`") telling[character.charCodeAt(0)] = sign.dollar;
telling["{".charCodeAt(0)] = sign.brace;
telling["=".charCodeAt(0)] = sign.equals;
telling["<".charCodeAt(0)] = sign.less;
telling["|".charCodeAt(0)] = sign.pipe;

function namesIn(text: string): string[] {
  return [...text.matchAll(references)].flatMap(([, name]) => (name === undefined ? [] : [name]));
}
