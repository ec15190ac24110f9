import { forEachChild, type Assignment, type Command, type ParsedScript, type SyntaxNode } from "unbash";
import type { Inner } from "./finding.ts";
import { nodeOutput, printfOutput, redirectedInput } from "./literal-output.ts";
import { type Settled, settledVariables } from "./settled-variables.ts";
import { dequote, type ShellWord } from "./shell-word.ts";

/** Most values kept for one variable, and most variables: more are still judged as unknown. */
const maximumValues = 16;
const maximumVariables = 1_000;

/**
 * Texts that a program gives its own variables. Those that it gives them somewhere are used only to
 * find what a deny rule names (`x=rm; $x -rf /`); those that are all they can be (see
 * {@link settledVariables}) stand for the variable.
 */
export class Variables {
  readonly #values = new Map<string, readonly string[]>();
  /** Literal texts that the program writes to files, by path. */
  readonly #files = new Map<string, string>();
  /** Variables that hold, somewhere in the program, what is no plain word or number. */
  readonly #suspects = new Set<string>();
  readonly #outer: Variables | null;
  #settled: Settled | null = null;
  #hasOwnCommands = false;

  constructor(known: Readonly<Record<string, readonly string[]>> = {}, outer: Variables | null = null) {
    this.#outer = outer;
    for (const [name, values] of Object.entries(known)) this.#values.set(name, values);
  }

  /** For a program inside this one: it may see what this one sets, but where is not known. */
  inner(): Variables {
    return new Variables({}, this);
  }

  valuesOf(name: string): readonly string[] {
    return this.#values.get(name) ?? this.#outer?.valuesOf(name) ?? [];
  }

  /** All values that the variable can have at this offset of the program; null when not certain. */
  settled(name: string, offset: number): readonly string[] | null {
    return this.#settled?.(name, offset) ?? null;
  }

  /** The program defines functions or aliases: a name in it may not mean the program of that name. */
  get hasOwnCommands(): boolean {
    return this.#hasOwnCommands || this.#outer?.hasOwnCommands === true;
  }

  /** Whether it may hold text that arithmetic would evaluate as more than a number. */
  isSuspect(name: string): boolean {
    return this.#suspects.has(name) || this.#outer?.isSuspect(name) === true;
  }

  add(name: string, values: readonly string[]): void {
    const before = this.#values.get(name) ?? [];
    if (values.every((value) => before.includes(value)) && this.#values.has(name)) return;
    if (before.length >= maximumValues || (before.length === 0 && this.#values.size >= maximumVariables)) return;
    this.#values.set(name, [...new Set([...before, ...values])].slice(0, maximumValues));
  }

  /**
   * What a command that is a file (`./x`, or `isRun` by another: `sh x`) runs, where the program itself writes that file; only
   * tried against deny rules.
   */
  scriptFrom(words: readonly ShellWord[], isRun: boolean): readonly Inner[] {
    const path = this.#hasFiles ? (words[0]?.text ?? "") : "";
    const source = path.includes("/") || (isRun && path !== "") ? this.#textOfFile(plainPath(path)) : null;
    return source === null ? [] : [{ kind: "script", source, mode: "names", parameters: words }];
  }

  get #hasFiles(): boolean {
    return this.#files.size > 0 || (this.#outer !== null && this.#outer.#hasFiles);
  }

  #textOfFile(path: string): string | null {
    return this.#files.get(path) ?? (this.#outer === null ? null : this.#outer.#textOfFile(path));
  }

  /** Collects what `program` assigns, in order, so that a value may use an earlier one. */
  collect(program: ParsedScript): void {
    const functions = new Set<string>();
    const findFunctions = (node: SyntaxNode): void => {
      if (node.type === "Function") functions.add(node.name.value);
      forEachChild(node, findFunctions);
    };
    findFunctions(program);
    const visit = (node: SyntaxNode, given: string | null): void => {
      if (node.type === "Assignment") this.#addAssignment(node);
      if (node.type === "For" || node.type === "Select") {
        for (const word of node.wordlist ?? []) this.#assign(node.name.value, dequote(word, this));
      }
      if (node.type === "Command") this.#addBuiltin(node, given);
      if (node.type === "Command" && functions.has(node.name?.value ?? ""))
        this.#addParameters(node.args.flatMap((word) => (word.type === "Word" ? possibleTexts(dequote(word, this)).slice(0, 1) : [])));
      if (node.type === "Pipeline") {
        let text = given;
        for (const command of node.commands) {
          visit(command, text);
          text = nodeOutput(command, text, this);
        }
        return;
      }
      if (node.type === "Command" || node.type === "Redirected") this.#addFiles(node, given);
      const inside = node.type === "Redirected" ? (redirectedInput(node.redirects, this)?.text ?? given) : given;
      forEachChild(node, (child) => visit(child, inside));
    };
    visit(program, null);
    this.#settled = settledVariables(program);
  }

  /** Notes that the program gives a name another meaning. */
  defineCommand(): void {
    this.#hasOwnCommands = true;
  }

  #assign(name: string, word: ShellWord): void {
    const texts = possibleTexts(word);
    const isPlain = word.text === null ? texts.length === 0 && isNumeric(word) : /^[\w.+-]*$/.test(word.text);
    if (!isPlain) this.#suspects.add(name);
    this.add(name, texts);
  }

  /** `echo TEXT > FILE`, `cat > FILE << END`, `… | tee FILE`. */
  #addFiles(node: Command | Extract<SyntaxNode, { readonly type: "Redirected" }>, given: string | null): void {
    const isTee = node.type === "Command" && node.name?.value === "tee";
    if (this.#files.size >= maximumFiles || (node.redirects.length === 0 && !isTee)) return;
    const targets = node.redirects.flatMap((redirect) =>
      redirect.type === "Redirect" && redirect.operator.startsWith(">") && redirect.target !== undefined ? [redirect.target] : [],
    );
    if (isTee) targets.push(...node.args.flatMap((word) => (word.type === "Word" ? [word] : [])));
    if (targets.length === 0) return;
    const text = nodeOutput(node, given, this);
    if (text === null) return;
    for (const target of targets) {
      const path = plainPath(possibleTexts(dequote(target, this))[0] ?? "");
      if (path !== "") this.#files.set(path, (this.#files.get(path) ?? "") + text);
    }
  }

  /** `$1`, `$2`, `$@` of a function or after `set --`. */
  #addParameters(texts: readonly string[]): void {
    if (texts.length > 0) for (const parameter of ["@", "*"]) this.add(parameter, [texts.join(" ")]);
    for (const [index, text] of texts.entries()) this.add(String(index + 1), [text]);
  }

  /** `read`, `mapfile`, `printf -v` and `set --` give values too. */
  #addBuiltin(command: Command, piped: string | null): void {
    const name = command.name?.value;
    const words = command.args.flatMap((word) => (word.type === "Word" ? [dequote(word, this)] : []));
    if (name === "set") {
      const mark = words.findIndex(({ text }) => text === "--");
      const rest = mark === -1 ? [] : words.slice(mark + 1).flatMap((word) => possibleTexts(word).slice(0, 1));
      this.#addParameters(rest);
    }
    if (name === "printf" && words[0]?.text === "-v") {
      const variable = words[1]?.text ?? "";
      this.#suspects.add(variable);
      const texts = words.slice(2).map((word) => possibleTexts(word)[0]);
      const known = texts.filter((text) => text !== undefined);
      const printed = known.length === texts.length ? printfOutput(known) : null;
      this.add(variable, [...(printed === null ? [] : [printed]), ...words.slice(2).flatMap((word) => possibleTexts(word))]);
    }
    if (name !== "read" && name !== "mapfile" && name !== "readarray") return;
    const given = redirectedInput(command.redirects, this)?.text ?? piped ?? "";
    const lines = given.split("\n", maximumValues).filter((line) => line !== "");
    const names = words.flatMap(({ text }) => (text !== null && /^[A-Za-z_]\w*$/.test(text) ? [text] : []));
    for (const [index, variable] of names.entries()) {
      this.#suspects.add(variable);
      // Each of several names gets one field of the line, and the last the rest of it (bash(1), "read").
      const fields = lines
        .map((line) => line.trim().split(/\s+/))
        .map((each) => (index === names.length - 1 ? each.slice(index).join(" ") : (each[index] ?? "")));
      this.add(variable, names.length > 1 && name === "read" ? [...fields, ...lines] : lines);
      if (name === "read" && !words.some(({ text }) => text?.startsWith("-") === true && text.includes("a"))) continue;
      const elements = name === "read" ? lines.flatMap((line) => line.split(/\s+/)) : lines;
      this.add(`${variable}[]`, elements);
      this.add(`${variable}[@]`, [elements.join(" ")]);
    }
  }

  #addAssignment(assignment: Assignment): void {
    const { value, append, name } = assignment;
    if (value.type === "ArrayValue") {
      const elements = value.elements.map((element) => (possibleTexts(dequote(element, this))[0] ?? "").replace(/^\[[^\]]*\]=/, ""));
      this.add(name, [elements.join(" ")]);
      this.add(`${name}[@]`, [elements.join(" ")]);
      this.add(`${name}[]`, elements);
      return;
    }
    const word = dequote(value, this);
    const texts = possibleTexts(word);
    if (append === true)
      this.add(
        name,
        [...this.valuesOf(name), ...(this.valuesOf(name).length === 0 ? [""] : [])].flatMap((before) => texts.map((text) => before + text)),
      );
    else this.#assign(name, word);
  }
}

/** Files whose text is kept. */
const maximumFiles = 64;

function plainPath(path: string): string {
  return path.replace(/^(?:\.\/+)+/, "");
}

/** The texts a word may become, when every hole has values; at most 16. */
export function possibleTexts(word: { readonly pieces: readonly (string | { readonly values: readonly string[] })[] }): readonly string[] {
  let texts = [""];
  for (const piece of word.pieces) {
    const values = typeof piece === "string" ? [piece] : piece.values;
    texts = texts.flatMap((text) => values.map((value) => text + value)).slice(0, maximumValues);
  }
  return texts;
}

/** An arithmetic expansion alone gives a number. */
function isNumeric(word: ShellWord): boolean {
  return word.source.startsWith("$((") || /^\$\{?#/.test(word.source);
}
