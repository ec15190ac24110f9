import type { MayBegin } from "./crude-commands.ts";

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
const carriers =
  /^(?:\S*\/)?(?:eval|source|\.|exec|command|builtin|env|xargs|sudo|doas|nohup|timeout|nice|time|setsid|(?:ba|da|z|k|a|mk)?sh|trap|coproc|find|parallel|watch)\s/;
/** What stands before the command of a statement (bash(1), "Compound Commands"). */
const before = /^(?:[\s;&|]|!(?=\s)|\{(?=\s)|(?:if|then|elif|else|while|until|do|time)(?=\s))+/;
const intoShell = /\|\s*(?:\S*\/)?(?:(?:sudo|env|nohup|xargs|exec|command)\s+(?:\S+\s+)*)?(?:\S*\/)?(?:ba|da|z|k|a|mk)?sh\b/;
const assigning = /^(?:(?:export|declare|local|readonly|typeset)\s+(?:-\w+\s+)*)?([A-Za-z_]\w*)(?:\[[^\]]*\])?\+?=/;
const setting = /^(?:read|mapfile|readarray|printf\s+-v)\s/;
const looping = /^for\s+([A-Za-z_]\w*)\s+in\s/;
const defining = /^(?:function\s+)?([\w-]+)\s*\(\s*\)\s*\{/;
const references = /\$\{?[!#]?([A-Za-z_]\w*|[@*1-9])/g;
const computedName = /^[^\s=]*[$`"'\\{*?[]/;

class Survey {
  readonly #source: string;
  readonly #ends: readonly number[];
  readonly #mayBegin: MayBegin;
  readonly #values = new Map<string, Kept[]>();
  readonly #candidates: Kept[] = [];
  readonly #functions = new Set<string>();
  readonly #seen = new Set<string>();

  constructor(source: string, ends: readonly number[], mayBegin: MayBegin) {
    this.#source = source;
    this.#ends = ends;
    this.#mayBegin = mayBegin;
  }

  reduced(): string {
    for (let index = 0; index < this.#ends.length; index += 1) index = this.#statement(index);
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
    for (let index = 0; index < candidates.length && left > maximumEffort / 2; index += 1) {
      const one = candidates[index % 2 === 0 ? index / 2 : candidates.length - (index + 1) / 2];
      if (one !== undefined && this.#canBecome(one.text) && choose(one)) wanted.push(one.text);
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
    if (end - start > maximumStatement || !this.#isTelling(start, end)) return index;
    const text = trimmed(this.#source, start, end);
    // Most of what is long is one of two plain kinds, which are told without a closer look.
    const plain = plainKind(text);
    if (plain !== "other") {
      this.#notePlain(start, text, plain);
      return index;
    }
    const name = defining.exec(text)?.[1];
    if (name !== undefined) return this.#define(index, start, name);
    this.#note(start, text);
    return index;
  }

  #notePlain(at: number, text: string, kind: "computed" | "assignment"): void {
    if (this.#seen.has(text)) return;
    this.#seen.add(text);
    if (kind === "computed") this.#candidates.push({ at, text });
    else this.#give(text.slice(0, text.indexOf("=")), { at, text });
  }

  #note(at: number, text: string): void {
    if (text === "" || this.#seen.has(text)) return;
    this.#seen.add(text);
    const loop = looping.exec(text)?.[1];
    if (loop !== undefined) return this.#give(loop, { at, text: `${text}; do :; done` });
    const assigned = assigning.exec(text)?.[1];
    if (assigned !== undefined) this.#give(assigned, { at, text });
    else if (text.startsWith("set ")) for (const parameter of ["@", "*", "1", "2", "3"]) this.#give(parameter, { at, text });
    else if (setting.test(text)) for (const [word] of text.matchAll(/[A-Za-z_]\w*/g)) this.#give(word, { at, text });
    const command = assigned === undefined ? text : text.replace(/^(?:[A-Za-z_]\w*\+?=\S*\s+)+/, "");
    const first = /^\S+/.exec(command)?.[0] ?? "";
    const isCarried = (carriers.test(command) && /[$`<]/.test(command)) || intoShell.test(command);
    if (command !== text && assigning.test(command)) return;
    if (assigned !== undefined && command === text) return;
    if (
      isCarried ||
      computedName.test(command) ||
      (/[$`]/.test(command) && this.#mayBegin(first, 0, first.length)) ||
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

  /** Whether anything in it is computed, or gives a value: most statements are told by their characters. */
  #isTelling(start: number, end: number): boolean {
    for (let at = start; at < end; at += 1) {
      const code = this.#source.charCodeAt(at);
      if (code < 128 && telling[code] === 1) return true;
    }
    if (this.#functions.size > 0) return true;
    const begin = this.#source.slice(start, Math.min(end, start + 16)).trimStart();
    return begin.startsWith("set ") || begin.startsWith("printf -v");
  }

  /** Whether it can become anything that the program itself says: something is in it beside variables that have no value. */
  #canBecome(text: string): boolean {
    if (/\$[('"]|`|\$\{[^}]*[^\w}]|<\(/.test(text) || !text.includes("$")) return true;
    return intoShell.test(text) || namesIn(text).some((name) => this.#values.has(name) || /^[@*\d]$/.test(name));
  }
}

/** `$x …`: its name is computed. `x=…` in one word: it only assigns. */
function plainKind(text: string): "computed" | "assignment" | "other" {
  const first = text.charCodeAt(0);
  if (first < 128 && opening[first] === 1) return "computed";
  let at = 0;
  while (at < text.length && isNamePart(text.charCodeAt(at))) at += 1;
  return at > 0 && text.charAt(at) === "=" && !/[\s()]/.test(text) ? "assignment" : "other";
}

function isNamePart(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || (code >= 48 && code <= 57);
}

/** A statement without blanks, separators and the words of the grammar around it. */
function trimmed(source: string, start: number, end: number): string {
  let from = start;
  let to = end;
  while (from < to && isAround(source.charCodeAt(from))) from += 1;
  while (to > from && isAround(source.charCodeAt(to - 1))) to -= 1;
  const text = source.slice(from, to);
  return "!{itewud".includes(text.charAt(0)) ? text.replace(before, "") : text;
}

/** Blanks and separators. */
function isAround(code: number): boolean {
  return code <= 32 || code === 59 || code === 38 || code === 124;
}

/** Characters with which a computed name begins. */
const opening = new Uint8Array(128);
for (const character of "$`\"'\\") opening[character.charCodeAt(0)] = 1;

const telling = new Uint8Array(128);
for (const character of "$`\"'\\{=<*?[|") telling[character.charCodeAt(0)] = 1;

function namesIn(text: string): string[] {
  return [...text.matchAll(references)].flatMap(([, name]) => (name === undefined ? [] : [name]));
}
