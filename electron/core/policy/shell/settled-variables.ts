import { forEachChild, type Assignment, type ParsedScript, type Statement, type SyntaxNode, type Word } from "unbash";

/** What is certain about the variables of a program. */
export interface Settled {
  /** All values a variable can have at an offset of the program; null when that is not certain. */
  readonly valuesAt: (name: string, offset: number) => readonly string[] | null;
  /** It goes through names of files, none of which begins with a dash or a slash: `for f in src/*.ts`. */
  readonly isFileName: (name: string, offset: number) => boolean;
  readonly isNumber: (name: string, offset: number) => boolean;
}

/**
 * Finds variables that can only hold literal texts that stand in the program: set once at its top
 * level before they are used, or by a loop over plain words. Anything that may set variables
 * unseen (`read`, `eval`, functions, `source` …) makes all of them uncertain.
 */
export function settledVariables(script: ParsedScript): Settled {
  const survey = new Survey();
  for (const statement of script.commands) survey.topLevel(statement);
  survey.visit(script);
  return {
    valuesAt: (name, offset) => survey.valuesAt(name, offset),
    isFileName: (name, offset) => survey.isFileName(name, offset),
    isNumber: (name, offset) => survey.isNumber(name, offset),
  };
}

/** Commands that set variables from elsewhere, or run what may. */
const opaque = new Set(
  "read mapfile readarray eval source . getopts printf let declare typeset local readonly unset coproc trap set shopt alias enable exec wait".split(
    " ",
  ),
);

/** `set -e`, `set -euo pipefail`: no variable is set by it. */
function isStrict(name: string, words: readonly { readonly text: string }[]): boolean {
  return name === "set" && words.length > 0 && words.every(({ text }) => /^(?:[-+][euxo]+|pipefail|errexit|nounset|xtrace)$/.test(text));
}

/** Most values that one variable is followed through. */
const maximumValues = 16;

class Survey {
  #isOpaque = false;
  readonly #values = new Map<string, string[]>();
  readonly #unsettled = new Set<string>();
  /** Offsets from which a variable is certainly set. */
  readonly #setFrom = new Map<string, number>();
  readonly #loops: { readonly name: string; readonly start: number; readonly end: number; readonly isPlain: boolean }[] = [];
  /** Set to a number somewhere, and to anything else. */
  readonly #numbers = new Set<string>();
  readonly #others = new Set<string>();
  /** Set otherwise than by a loop. */
  readonly #assigned = new Set<string>();

  /** Every value that it is given is a number that is written out or calculated, before it is used. */
  isNumber(name: string, offset: number): boolean {
    const from = this.#setFrom.get(name);
    return !this.#isOpaque && from !== undefined && from <= offset && this.#numbers.has(name) && !this.#others.has(name);
  }

  isFileName(name: string, offset: number): boolean {
    if (this.#isOpaque || this.#assigned.has(name)) return false;
    const loops = this.#loops.filter((loop) => loop.name === name);
    return loops.some(({ start, end }) => start <= offset && offset < end) && loops.every(({ isPlain }) => isPlain);
  }

  valuesAt(name: string, offset: number): readonly string[] | null {
    const values = this.#values.get(name);
    if (this.#isOpaque || values === undefined || values.length > maximumValues || this.#unsettled.has(name)) return null;
    const from = this.#setFrom.get(name);
    const isSet =
      (from !== undefined && from <= offset) || this.#loops.some((loop) => loop.name === name && loop.start <= offset && offset < loop.end);
    return isSet ? values : null;
  }

  /** Assignments that surely happen before whatever follows them. */
  topLevel({ command }: Statement): void {
    const first = command.type === "AndOr" ? command.commands[0] : command;
    if (first?.type !== "Command" || first.name !== undefined) return;
    for (const item of first.prefix) {
      if (item.type === "Assignment" && !this.#setFrom.has(item.name)) this.#setFrom.set(item.name, item.end);
    }
  }

  visit(node: SyntaxNode): void {
    switch (node.type) {
      case "Function":
      case "Coproc":
        this.#isOpaque = true;
        return;
      case "Command":
        if (
          node.name !== undefined &&
          (node.name.parts !== undefined || opaque.has(node.name.value)) &&
          !isStrict(node.name.value, node.args)
        )
          this.#isOpaque = true;
        break;
      case "Assignment":
        this.#assign(node);
        break;
      case "For":
        this.#others.add(node.name.value);
        if (node.wordlist === undefined) this.#unsettled.add(node.name.value);
        for (const word of node.wordlist ?? []) this.#add(node.name.value, plainText(word));
        this.#loops.push({
          name: node.name.value,
          start: node.body.pos,
          end: node.body.end,
          isPlain: node.wordlist?.every(({ text }) => plainFiles.test(text)) === true,
        });
        break;
      case "Select":
        this.#disturb(node.name.value);
        break;
      case "FileDescriptorVariable":
        this.#disturb(node.name);
        break;
      case "ParameterExpansion":
        if (node.operation?.type === "Default" && node.operation.operator.endsWith("=")) this.#disturb(node.parameter);
        break;
      case "ArithmeticWord":
        // What arithmetic sets is a number, though not a known one.
        this.#unsettled.add(node.value.replace(/\[.*/s, ""));
        this.#assigned.add(node.value.replace(/\[.*/s, ""));
        break;
      default:
        break;
    }
    if (!this.#isOpaque) forEachChild(node, (child) => this.visit(child));
  }

  #disturb(name: string): void {
    this.#others.add(name);
    this.#unsettled.add(name);
    this.#assigned.add(name);
  }

  #assign({ name, value, append, index }: Assignment): void {
    this.#assigned.add(name);
    const isNumber = value.type === "Word" && append !== true && index === undefined && isNumeric(value);
    (isNumber ? this.#numbers : this.#others).add(name);
    this.#add(name, value.type === "Word" && append !== true && index === undefined ? plainText(value) : null);
  }

  #add(name: string, text: string | null): void {
    const values = this.#values.get(name);
    if (text === null || (values !== undefined && values.length > maximumValues)) this.#unsettled.add(name);
    else if (values === undefined) this.#values.set(name, [text]);
    else if (!values.includes(text)) values.push(text);
  }
}

/** Names of files, with patterns in them, that cannot become an option, another word or an absolute path. */
const plainFiles = /^[A-Za-z0-9_.@][\w.@/*?[\]+-]*$/;

/** `3`, `$((i + 1))`: bash(1), "Arithmetic Expansion", gives a number. */
function isNumeric({ text, parts = [] }: Word): boolean {
  return /^\d{1,9}$/.test(text) || (parts.length === 1 && parts[0]?.type === "ArithmeticExpansion");
}

/** The text of a word without anything computed, globbed or expanded in it; else null. */
function plainText(word: Word): string | null {
  if (word.text.startsWith("~") || /[*?[{]/.test(word.value)) return null;
  const parts = word.parts ?? [];
  const isPlain = parts.every(
    (part) =>
      part.type === "Literal" ||
      part.type === "SingleQuoted" ||
      part.type === "AnsiCQuoted" ||
      (part.type === "DoubleQuoted" && part.parts.every(({ type }) => type === "Literal")),
  );
  return isPlain ? word.value : null;
}
