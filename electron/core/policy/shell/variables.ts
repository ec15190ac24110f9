import { forEachChild, type Assignment, type Command, type ParsedScript, type SyntaxNode, type Word } from "unbash";
import type { Inner } from "./finding.ts";
import { expandBraces } from "./brace-expansion.ts";
import { nodeOutput, printfOutput, redirectedInput } from "./literal-output.ts";
import { mayRunInput, type PassedText, passedOn, toldBy } from "./passed-text.ts";
import { ranFromFiles } from "./ran-files.ts";
import { type Settled, settledVariables } from "./settled-variables.ts";
import { dequote, type ShellWord } from "./shell-word.ts";
import { appendedTo, givesNumber, inPlace, isNumeric, maximumValues, possibleTexts, setBy } from "./values.ts";

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
  /** Offsets from which a function is certainly defined. */
  readonly #definedFrom = new Map<string, number>();
  readonly #bodies = new Map<string, SyntaxNode>();
  /** What else a name stands for: an alias, a path that `hash -p` gives, a link or a copy; another variable, for `declare -n`. */
  readonly #otherNames = new Map<string, string>();
  readonly #references = new Map<string, string>();
  /** Characters that the program splits its values at. */
  readonly #separators = new Set<string>();
  /** Variables that hold, somewhere in the program, what is no plain word or number. */
  readonly #suspects = new Set<string>();
  readonly #outer: Variables | null;
  readonly #following: { left: number };
  #settled: Settled | null = null;
  #hasOwnCommands = false;

  /** `following`: characters of output that may be followed through the program and all inside it. */
  constructor(
    known: Readonly<Record<string, readonly string[]>> = {},
    outer: Variables | null = null,
    following = Number.POSITIVE_INFINITY,
  ) {
    this.#outer = outer;
    this.#following = outer === null ? { left: following } : outer.#following;
    for (const [name, values] of Object.entries(known)) this.#values.set(name, values);
  }

  /** For a program inside this one: it may see what this one sets, but where is not known. */
  inner(): Variables {
    return new Variables({}, this);
  }

  /** Whether so many more characters of output may be followed: what filters make of each other grows without bounds. */
  follow(characters: number): boolean {
    this.#following.left -= characters;
    return this.#following.left >= 0;
  }

  valuesOf(name: string): readonly string[] {
    const target = this.#references.get(name);
    if (target !== undefined && target !== name) return this.#values.get(target) ?? this.#outer?.valuesOf(target) ?? [];
    return this.#values.get(name) ?? this.#outer?.valuesOf(name) ?? [];
  }

  /** Values of an unquoted expansion: where the program sets IFS, also with its characters as blanks. */
  asFields(values: readonly string[]): readonly string[] {
    if (this.#separators.size === 0) return this.#outer?.asFields(values) ?? values;
    return [...values, ...values.map((value) => Array.from(value, (one) => (this.#separators.has(one) ? " " : one)).join(""))];
  }

  /** All values that the variable can have at this offset of the program; null when not certain. */
  settled(name: string, offset: number): readonly string[] | null {
    return this.#settled?.valuesAt(name, offset) ?? null;
  }

  /** Whether it holds the name of a file that begins neither with a dash nor with a slash. */
  isFileName(name: string, offset: number): boolean {
    return this.#settled?.isFileName(name, offset) === true;
  }

  /** Whether it can only hold a number: one word, and no option. */
  isNumber(name: string, offset: number): boolean {
    return this.#settled?.isNumber(name, offset) === true;
  }

  /** A call of a function that the program surely defined before, so that the name means nothing else. */
  callsFunction(name: string, offset: number): boolean {
    const from = this.#definedFrom.get(name);
    return from !== undefined && from <= offset;
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
    const path = words[0]?.text ?? "";
    const other = this.#otherName(path);
    // An alias that ends in a blank has the next word looked up too (bash(1), "ALIASES").
    const next = other?.endsWith(" ") === true ? this.#otherName(words[1]?.text ?? "") : null;
    if (next !== null) return [{ kind: "script", source: `${other} ${next}`, mode: "names", parameters: [] }];
    if (other !== null)
      return [{ kind: "script", source: [other, ...words.slice(1).map(({ source }) => source)].join(" "), mode: "names", parameters: [] }];
    if (!this.hasFiles) return [];
    const source = path.includes("/") || (isRun && path !== "") ? this.textOf(path) : null;
    return [
      ...(source === null ? [] : [{ kind: "script", source, mode: "names", parameters: words } as const]),
      ...ranFromFiles(words, this),
    ];
  }

  #otherName(name: string): string | null {
    return this.#otherNames.get(name) ?? (this.#outer === null ? null : this.#outer.#otherName(name));
  }

  /** Whether the program wrote any text to a file. */
  get hasFiles(): boolean {
    return this.#files.size > 0 || (this.#outer !== null && this.#outer.hasFiles);
  }

  /** The text that the program itself wrote to a file; null where it wrote none, or none that is known. */
  textOf(path: string): string | null {
    return this.#files.get(plainPath(path)) ?? this.#outer?.textOf(path) ?? null;
  }

  /** The files it wrote. */
  paths(): readonly string[] {
    return [...(this.#outer?.paths() ?? []), ...this.#files.keys()];
  }

  /** The body of a function that the program defines somewhere. */
  bodyOf(name: string): SyntaxNode | null {
    return this.#bodies.get(name) ?? this.#outer?.bodyOf(name) ?? null;
  }

  /** Collects what `program` assigns, in order, so that a value may use an earlier one. */
  collect(program: ParsedScript): void {
    const functions = new Set<string>();
    const findFunctions = (node: SyntaxNode): void => {
      if (node.type === "Function") {
        functions.add(node.name.value);
        if (this.#bodies.size < maximumFiles) this.#bodies.set(node.name.value, node.body);
      }
      forEachChild(node, findFunctions);
    };
    findFunctions(program);
    for (const { command, background } of program.commands)
      if (command.type === "Function" && background !== true && /^[A-Za-z_]\w*$/.test(command.name.value))
        this.#definedFrom.set(command.name.value, Math.min(command.end, this.#definedFrom.get(command.name.value) ?? command.end));
    const called = new Set<string>();
    const visit = (node: SyntaxNode, given: string | null): void => {
      if (node.type === "Assignment") this.#addAssignment(node);
      if (node.type === "ParameterExpansion" && node.operation?.type === "Default" && node.operation.operator.endsWith("="))
        this.#assign(node.parameter, dequote(node.operation.operand, this));
      if (node.type === "For" || node.type === "Select") {
        for (const word of node.wordlist ?? []) this.#assignEach(node.name.value, word);
        if (node.type === "For" && (node.wordlist ?? []).length === 0) this.add(node.name.value, this.valuesOf("@[]"));
        const all = (node.wordlist ?? []).slice(0, maximumElements).map(({ value }) => value);
        for (const name of appendedTo(node, node.name.value)) this.add(name, [all.join("")]);
      }
      if (node.type === "Command") this.#addBuiltin(node, given);
      if (node.type === "Command" && node.args.length > 0 && functions.has(node.name?.value ?? "")) {
        called.add(node.name?.value ?? "");
        this.#addParameters(node.args.flatMap((word) => (word.type === "Word" ? possibleTexts(dequote(word, this)).slice(0, 1) : [])));
      }
      if (node.type === "Pipeline") {
        let passed: PassedText | null = given === null ? null : { text: given, isWhole: true };
        const isKept = node.commands.slice(1).some((command) => mayRunInput(command, this));
        for (const command of node.commands) {
          visit(command, passed?.text ?? null);
          passed = isKept ? passedOn(command, passed, this) : toldBy(command, passed, this);
        }
        return;
      }
      if (node.type === "Command" || node.type === "Redirected") this.#addFiles(node, given);
      const inside = node.type === "Redirected" ? (redirectedInput(node.redirects, this)?.text ?? given) : given;
      forEachChild(node, (child) => visit(child, inside));
    };
    visit(program, null);
    // A function is defined before it is called: only then its parameters have values.
    for (const name of called) {
      const body = this.#bodies.get(name);
      if (body !== undefined && body.end - body.pos <= maximumBody && this.follow(body.end - body.pos)) visit(body, null);
    }
    this.#settled = settledVariables(program);
  }

  /** Notes that the program gives a name another meaning. */
  defineCommand(): void {
    this.#hasOwnCommands = true;
  }

  /** What a loop gives its variable: a word with braces is several. */
  #assignEach(name: string, word: Word): void {
    const words = word.parts?.some(({ type }) => type === "BraceExpansion") === true ? (expandBraces(word.text) ?? []) : [];
    this.add(name, words.filter((text) => /^[\w.:/@+-]*$/.test(text)).slice(0, maximumValues));
    this.#assign(name, dequote(word, this));
  }

  #assign(name: string, word: ShellWord, isNumber = false): void {
    const texts = possibleTexts(word);
    const isPlain = isNumber || (word.text === null ? texts.length === 0 && isNumeric(word) : /^[\w.+-]*$/.test(word.text));
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
    if (node.type === "Command") this.#addProgram(node, targets);
    const text = nodeOutput(node, given, this) ?? passedOn(node, given === null ? null : { text: given, isWhole: false }, this)?.text;
    if (text === undefined) return;
    for (const target of targets) {
      const path = plainPath(possibleTexts(dequote(target, this))[0] ?? "");
      if (path !== "") this.#files.set(path, (this.#files.get(path) ?? "") + text);
    }
  }

  /** `cat /bin/x > y`: a program under another name. */
  #addProgram({ name, args }: Command, targets: readonly Word[]): void {
    const [path = "", ...more] = name?.value === "cat" ? args.map(({ text }) => text) : [];
    if (!/^[\w./-]*\/s?bin\/[\w.-]+$/.test(path) || more.length > 0) return;
    for (const target of targets) for (const to of [target.value, `./${target.value}`]) this.#rename(to, path);
  }

  /** `$1`, `$2`, `$@` of a function or after `set --`. */
  #addParameters(texts: readonly string[]): void {
    if (texts.length > 0) for (const parameter of ["@", "*"]) this.add(parameter, [texts.join(" ")]);
    if (texts.length > 0) this.add("@[]", texts);
    for (const [index, text] of texts.entries()) this.add(String(index + 1), [text]);
  }

  /** `read`, `mapfile`, `printf -v` and `set --` give values too. */
  #addBuiltin(command: Command, piped: string | null): void {
    const name = command.name?.value;
    const words = command.args.flatMap((word) => (word.type === "Word" ? [dequote(word, this)] : []));
    if (name === "set") {
      const mark = words.findIndex(({ text }) => text === "--");
      const isPlain = mark === -1 && /^[^-+]/.test(words[0]?.text ?? "");
      const rest = isPlain ? words : mark === -1 ? [] : words.slice(mark + 1);
      this.#addParameters(rest.flatMap((word) => possibleTexts(word).slice(0, 1)));
      // What the separators of the program make of a value.
      for (const text of rest
        .flatMap((word) => possibleTexts(word))
        .filter((one) => /\s/.test(one))
        .slice(0, 4))
        this.#addParameters(text.trim().split(/\s+/));
    }
    for (const [variable, value] of setBy(name, words)) {
      this.#suspects.add(variable);
      this.add(variable, [value]);
    }
    if (name === "shift") this.#addParameters(this.valuesOf("@[]").slice(Number(words[0]?.text ?? 1) || 1));
    if (name === "printf" && words[0]?.text === "-v") {
      const variable = words[1]?.text ?? "";
      this.#suspects.add(variable);
      const texts = words.slice(2).flatMap((word): readonly (string | undefined)[] => this.#elementsIn(word) ?? [possibleTexts(word)[0]]);
      const known = texts.filter((text) => text !== undefined);
      const printed = known.length === texts.length ? printfOutput(known) : null;
      this.add(variable, [...(printed === null ? [] : [printed]), ...words.slice(2).flatMap((word) => possibleTexts(word))]);
    }
    if (name === "alias")
      for (const item of command.args) {
        const value = item.type === "Word" ? item : item.value.type === "Word" ? item.value : null;
        const text = value === null ? "" : (possibleTexts(dequote(value, this))[0] ?? "");
        const match = /^([\w.-]+)=(\S.*)$/s.exec(item.type === "Word" ? text : `${item.name}=${text}`);
        if (match !== null) this.#rename(match[1] ?? "", match[2] ?? "");
      }
    if (name === "hash" && words[0]?.text === "-p") this.#rename(words[2]?.text ?? "", words[1]?.text ?? "");
    if (name === "declare" || name === "typeset" || name === "local") this.#addReferences(command.args.map(({ text }) => text));
    if (name === "cp" || name === "mv" || name === "ln" || name === "install") this.#addCopy(words);
    if (name !== "read" && name !== "mapfile" && name !== "readarray") return;
    const given = redirectedInput(command.redirects, this)?.text ?? piped ?? "";
    const lines = given.split("\n", maximumValues).filter((line) => line !== "");
    const splitAt = command.prefix.find((item) => item.type === "Assignment" && item.name === "IFS");
    const marks = splitAt?.type === "Assignment" && splitAt.value.type === "Word" ? splitAt.value.value : "";
    const separator = /^[,:;|/=.@-]$/.test(marks) ? marks : /\s+/;
    const names = words.flatMap(({ text }) => (text !== null && /^[A-Za-z_]\w*$/.test(text) ? [text] : []));
    for (const [index, variable] of names.entries()) {
      this.#suspects.add(variable);
      // Each of several names gets one field of the line, and the last the rest of it (bash(1), "read").
      const fields = lines
        .map((line) => line.trim().split(separator))
        .map((each) => (index === names.length - 1 ? each.slice(index).join(" ") : (each[index] ?? "")));
      this.add(variable, names.length > 1 && name === "read" ? [...fields, ...lines] : lines);
      if (name === "read" && !words.some(({ text }) => text?.startsWith("-") === true && text.includes("a"))) continue;
      const elements = name === "read" ? lines.flatMap((line) => line.split(/\s+/)) : lines;
      this.add(`${variable}[]`, elements);
      this.add(`${variable}[@]`, [elements.join(" ")]);
    }
  }

  /** `"${n[@]}"`: one word for each element. */
  #elementsIn({ source }: ShellWord): readonly string[] | null {
    const name = /^"?\$\{([A-Za-z_]\w*)\[[@*]\]\}"?$/.exec(source)?.[1];
    const elements = name === undefined ? [] : this.valuesOf(`${name}[]`);
    return elements.length === 0 ? null : elements;
  }

  #addAssignment(assignment: Assignment): void {
    const { value, append, name, index } = assignment;
    if (value.type === "ArrayValue") {
      const own = value.elements.map((element) => possibleTexts(dequote(element, this))[0] ?? "");
      const elements = [...(append === true ? this.valuesOf(`${name}[]`) : []), ...inPlace(own)].slice(0, maximumElements);
      this.add(name, [elements.join(" ")]);
      this.add(`${name}[@]`, [elements.join(" ")]);
      this.add(`${name}[]`, elements);
      return;
    }
    const word = dequote(value, this);
    const texts = possibleTexts(word);
    if (name === "IFS") for (const text of texts) for (const one of text) if (/[^\sA-Za-z0-9]/.test(one)) this.#separators.add(one);
    if (index !== undefined) this.#addElement(name, texts);
    if (append === true)
      this.add(
        name,
        [...this.valuesOf(name), ...(this.valuesOf(name).length === 0 ? [""] : [])].flatMap((before) => texts.map((text) => before + text)),
      );
    else this.#assign(name, word, givesNumber(value) && !this.hasOwnCommands);
  }

  #rename(name: string, other: string): void {
    if (name !== "" && name !== other.split(/\s/)[0] && this.#otherNames.size < maximumFiles) this.#otherNames.set(name, other);
  }

  /** `declare -n r=c`: what is asked of `r` is asked of `c`. */
  #addReferences(words: readonly string[]): void {
    if (!words.some((word) => /^-\w*n/.test(word))) return;
    for (const word of words) {
      const match = /^([A-Za-z_]\w*)=([A-Za-z_]\w*)$/.exec(word);
      if (match !== null && this.#references.size < maximumFiles) this.#references.set(match[1] ?? "", match[2] ?? "");
    }
  }

  /** `a[0]=x; a[1]=y`: one element after another. */
  #addElement(name: string, texts: readonly string[]): void {
    const before = this.valuesOf(`${name}[]`);
    const elements = [...before, ...texts].slice(0, maximumValues);
    this.#values.set(`${name}[]`, elements);
    this.#values.set(`${name}[@]`, [elements.join(" ")]);
  }

  /** A file that the program wrote has its text under its new name too. */
  #addCopy(words: readonly ShellWord[]): void {
    const paths = words.flatMap((word) => {
      const [text] = possibleTexts(word);
      return text === undefined || text.startsWith("-") ? [] : [text];
    });
    const [from = "", to = ""] = paths.slice(-2);
    const isProgram = /\/s?bin\/[^/]+$/.test(from) || words.some(({ text, pieces }) => text === null && pieces.length === 1);
    if (isProgram && paths.length === 2) for (const path of [to, `./${to}`]) this.#rename(path, from);
    const text = paths.length < 2 || !this.hasFiles ? null : this.textOf(from);
    if (text === null || this.#files.size >= maximumFiles) return;
    this.#files.set(plainPath(to), text);
    this.#files.set(plainPath(`${to.replace(/\/+$/, "")}/${from.slice(from.lastIndexOf("/") + 1)}`), text);
  }
}

/** Longer functions are not read a second time for what their parameters give, characters. */
const maximumBody = 2_048;

/** Elements of an array that are kept. */
const maximumElements = 64;

/** Files whose text is kept. */
const maximumFiles = 64;

function plainPath(path: string): string {
  return path.replace(/^(?:\.\/+)+/, "");
}
