import {
  forEachChild,
  parse,
  type Assignment,
  type Command,
  type CommandNode,
  type ParsedScript,
  type Redirection,
  type SyntaxNode,
  type Word,
} from "unbash";
import type { Risk } from "#shared/contract/policy.ts";
import { arithmeticDoubt, takesSubscript } from "./arithmetic.ts";
import { carriedCommands, changesPrograms, changesProgramsBy } from "./assignments.ts";
import { expandBraces } from "./brace-expansion.ts";
import { hasInside, isSameEverywhere, isValueOf, takesOtherInput } from "./command-shape.ts";
import { type Effort, spendOn, TooLong } from "./effort.ts";
import type { Finding, Inner, Input } from "./finding.ts";
import { redirectedInput } from "./literal-output.ts";
import { efforts, outline } from "./outline.ts";
import { inputFrom, mayRunInput, type PassedText, passedOn, toldBy } from "./passed-text.ts";
import { inspectRedirection, readTarget } from "./redirections.ts";
import { isOdd, isRefused, swallows } from "./refused-syntax.ts";
import { dequote, literalWord, type ShellWord, sideBySide, wordOf } from "./shell-word.ts";
import { OpenInputs } from "./open-inputs.ts";
import type { Variables } from "./variables.ts";

/** One simple command of a program, or a redirection or assignment that stands alone. */
export interface SimpleCommand {
  /** Dequoted words; empty when it only assigns or redirects. */
  readonly words: readonly ShellWord[];
  readonly findings: readonly Finding[];
  /** What its assignments carry; tried against deny rules. */
  readonly inner: readonly Inner[];
  /** Files its redirections write, where known. */
  readonly written: readonly ShellWord[];
  /** Files its redirections read; for `read`, also those of what encloses it. */
  readonly reads: readonly ShellWord[];
  readonly text: string;
  readonly span: readonly [number, number] | null;
  /** Null where its standard input is not known. */
  readonly stdin: Input | null;
  /** It calls a function that the program defined before, and whose body is judged where it stands. */
  readonly isCall?: boolean;
}

/** Something about the program as a whole that keeps it from being allowed. */
export interface Doubt {
  readonly why: string;
  readonly risk: Risk | null;
  readonly text: string;
  readonly span: readonly [number, number] | null;
}

export interface Program {
  readonly commands: readonly SimpleCommand[];
  readonly doubts: readonly Doubt[];
  /** The parser did not understand all of it; `commands` may miss some. */
  readonly isBroken: boolean;
  /** It holds a `[[ … ]]` that only compares texts or looks at files: a command without words. */
  readonly isTest: boolean;
  readonly script: ParsedScript;
}

/** Stages of one pipeline whose words are gathered; those behind pass on what they may have read. */
const maximumStages = 24;

/** Shorter source is parsed without a look at how much it is; characters. */
const shortSource = 1_024;

/**
 * Parses shell source and lists every simple command in it, wherever it stands. {@link TooLong} where that takes more effort
 * than is left.
 */
export function readProgram(
  source: string,
  variables: Variables,
  options: { readonly hasSpans: boolean; readonly stdin: Input | null; readonly effort: Effort },
): Program {
  const { effort } = options;
  const known = source.length > shortSource ? outline(source) : null;
  if (known !== null && known.weight > effort.left) throw new TooLong(known);
  const script = parse(source);
  spendOn(script, effort);
  if (definesCommands.test(source)) variables.defineCommand();
  if (assigns.test(source)) variables.collect(script);
  const reader = new Reader(variables, effort);
  reader.visit(script, {
    source,
    hasSpans: options.hasSpans,
    stdin: options.stdin,
    printed: null,
    reads: [],
    functions: [],
    isQuoted: false,
  });
  return { commands: reader.commands, doubts: reader.doubts, isBroken: reader.isBroken, isTest: reader.isTest, script };
}

/** Texts without any of these give no variable a value and no file a text. */
const assigns = /[=>]|\btee\b|\(\s*\)|\b(?:for|select|read|mapfile|readarray|printf|set|function|alias|hash|cp|mv|ln|install|shift)\b/;

/** Roughly: a function, an alias, or another way to give a name a meaning. Too many is safe. */
const definesCommands = /\(\s*\)|\b(?:function|alias|hash|enable|eval|source)\b|(?:^|[;&|\s])\.\s/;

interface Place {
  readonly source: string;
  readonly hasSpans: boolean;
  readonly stdin: Input | null;
  /** What the command around this place prints. */
  readonly printed: Input | null;
  /** Files that redirections around this place read. */
  readonly reads: readonly ShellWord[];
  /** Names of the functions whose bodies enclose this place. */
  readonly functions: readonly string[];
  /** Inside double quotes or a here-document, where single quotes quote nothing. */
  readonly isQuoted: boolean;
}

class Reader {
  readonly commands: SimpleCommand[] = [];
  readonly doubts: Doubt[] = [];
  isBroken = false;
  isTest = false;
  #variables: Variables;
  /** Texts that were read under the same variables: a repetition of one says nothing new. */
  readonly #seen = new WeakMap<Variables, Set<string>>();
  readonly #known = new WeakMap<Variables, Map<string, readonly ShellWord[]>>();

  readonly #effort: Effort;
  readonly #open = new OpenInputs();

  constructor(variables: Variables, effort: Effort) {
    this.#variables = variables;
    this.#effort = effort;
  }

  visit(node: SyntaxNode, place: Place): void {
    if (isRefused(node, place)) {
      this.isBroken = true;
      this.doubts.push({ why: "An expansion in it could not be read completely.", risk: "unparsable", ...this.#where(node, place) });
    }
    if (node.type === "Pipeline" && node.commands.length === 0)
      this.doubts.push({ why: "A command is missing in it.", risk: "unparsable", ...this.#where(node, place) });
    const doubt = arithmeticDoubt(node, this.#variables);
    if (doubt !== null) this.doubts.push({ why: doubt, risk: null, ...this.#where(node, place) });
    if (node.type === "TestUnary" && takesSubscript(node)) this.#addSubscript(node, place);
    if (node.type === "TestCommand" && !calculates.test(place.source.slice(node.pos, node.end))) this.isTest = true;
    switch (node.type) {
      case "Script":
        this.#visitScript(node, place);
        return;
      case "Command":
        this.#visitCommand(node, place);
        return;
      case "Pipeline": {
        this.#visitPipeline(node.commands, place);
        return;
      }
      case "Redirected": {
        const stdin = redirectedInput(node.redirects, this.#variables) ?? place.stdin;
        const reads = this.#addRedirections(node.redirects, place);
        this.visit(node.command, { ...place, stdin, reads: [...place.reads, ...reads] });
        const printed = this.#printed(node, place.stdin, place);
        for (const redirect of node.redirects) this.visit(redirect, { ...place, printed });
        return;
      }
      case "For":
      case "Select":
        if (changesPrograms(node.name.value))
          this.doubts.push({
            why: `It sets ${node.name.value}, which changes what programs run or load.`,
            risk: null,
            ...this.#where(node, place),
          });
        forEachChild(node, (child) => this.visit(child, place));
        return;
      case "Function":
        this.visit(node.body, { ...place, functions: [...place.functions, node.name.value] });
        return;
      case "ProcessSubstitution":
        // What stands behind `>(` reads what the command around it prints.
        forEachChild(node, (child) => this.visit(child, { ...place, stdin: node.operator === ">" ? place.printed : null }));
        return;
      case "CommandExpansion":
        if (this.#isRepeated(`${place.isQuoted ? '"' : ""}${place.functions.join(" ")}${node.text}`)) return;
        forEachChild(node, (child) => this.visit(child, place));
        return;
      case "HereDoc":
        forEachChild(node.body, (child) => this.visit(child, { ...place, isQuoted: true }));
        return;
      case "DoubleQuoted":
      case "LocaleString":
        for (const child of node.parts) if (child.type !== "Literal") this.visit(child, { ...place, isQuoted: true });
        return;
      default:
        forEachChild(node, (child) => this.visit(child, place));
    }
  }

  /** Each command reads what those before it print, as far as that is known; what a shell reads, as far as it may be. */
  #visitPipeline(commands: readonly CommandNode[], place: Place): void {
    const isRun = commands.slice(1).some((command) => mayRunInput(command, this.#variables));
    let passed: PassedText | null = place.stdin === null ? null : { text: place.stdin.text, isWhole: place.stdin.isExact };
    for (const [index, command] of commands.entries()) {
      this.visit(command, index === 0 ? place : { ...place, stdin: inputFrom(passed, command, this.#variables) });
      if (!isRun) passed = toldBy(command, passed, this.#variables);
      else if (index < maximumStages) passed = passedOn(command, passed, this.#variables);
      else if (passed !== null) passed = { text: passed.text, isWhole: false };
    }
  }

  #visitScript(script: ParsedScript, place: Place): void {
    const own = "source" in script && script.source !== undefined;
    const inside: Place = own ? { ...place, isQuoted: false, source: script.source ?? "", hasSpans: false } : { ...place, isQuoted: false };
    const [error] = script.errors ?? [];
    if (error !== undefined) {
      this.isBroken = true;
      this.doubts.push({ why: `The shell would not understand it: ${error.message}.`, risk: "unparsable", ...this.#where(script, inside) });
    }
    const variables = this.#variables;
    if (own) this.#variables = variables.inner();
    forEachChild(script, (child) => this.visit(child, inside));
    this.#variables = variables;
  }

  #visitCommand(command: Command, place: Place): void {
    if (swallows(command, place.source) || isOdd(command.name) || command.prefix.some(isOdd) || command.suffix.some(isOdd)) {
      this.isBroken = true;
      this.doubts.push({ why: "A character in it was not understood.", risk: "unparsable", ...this.#where(command, place) });
    }
    if (command.name === undefined && command.suffix.length === 0 && this.#isRepeated(place.source.slice(command.pos, command.end))) return;
    const words: ShellWord[] = [];
    const isValue = isValueOf(command.prefix.at(-1), command.name);
    if (command.name !== undefined && !isValue) this.#addWord(words, command.name);
    const assignments: Assignment[] = [];
    const redirects: Redirection[] = [];
    for (const item of command.prefix) {
      if (item.type === "Assignment") assignments.push(item);
      else redirects.push(item);
    }
    for (const [at, item] of command.suffix.entries()) {
      const before = words.at(-1);
      // The parser takes `x=<(…)` for two words.
      if (item.type === "Word" && before !== undefined && command.suffix[at - 1]?.end === item.pos && /^[<>]\(/.test(item.text))
        words[words.length - 1] = sideBySide(before, dequote(item, this.#variables));
      else if (item.type === "Word" || item.type === "Assignment") this.#addWord(words, item);
      else redirects.push(item);
    }
    const findings: Finding[] = [];
    for (const assignment of assignments) findings.push(...this.#assignmentFindings(assignment, words[0]?.text ?? null));
    const written: ShellWord[] = [];
    const reads: ShellWord[] = [];
    for (const redirect of redirects) {
      const read = readTarget(redirect, this.#variables);
      if (read !== null) reads.push(read);
      const finding = inspectRedirection(redirect, this.#variables);
      if (finding === null) continue;
      findings.push(finding);
      if (finding.path !== null) written.push(finding.path);
    }
    const name = words[0]?.text ?? null;
    if (name !== null && place.functions.includes(name))
      findings.push({ why: "It is a function that calls itself.", risk: null, at: "beside" });
    if (name === "read" && !takesOtherInput(redirects)) reads.push(...place.reads);
    // `$(< FILE)` is `$(cat FILE)` (bash(1), "Command Substitution").
    if (words.length === 0 && assignments.length === 0 && reads.length > 0) words.push(literalWord("cat"), ...reads);
    if (words.length > 0 || assignments.length > 0 || findings.length > 0) {
      const own = redirectedInput(redirects, this.#variables);
      const stdin = own ?? this.#open.inputFor(words, redirects) ?? (takesOtherInput(redirects) ? null : place.stdin);
      if (own !== null) this.#open.note(words, redirects, own);
      this.commands.push({
        words,
        findings,
        written,
        reads,
        stdin,
        isCall: name !== null && this.#variables.callsFunction(name, command.pos),
        inner: [
          ...assignments.flatMap((one) => this.#carried(one)),
          ...(isValue && command.name !== undefined ? carriedCommands(dequote(command.name, this.#variables).content ?? "") : []),
        ],
        ...this.#where(command, place),
      });
    }
    if (!hasInside(command)) return;
    const printed = this.#printed(command, place.stdin, place);
    forEachChild(command, (child) => this.visit(child, { ...place, printed }));
  }

  /** What a command gives to the `>(…)` in its words and redirections. */
  #printed(node: Extract<SyntaxNode, { readonly type: "Command" | "Redirected" }>, stdin: Input | null, place: Place): Input | null {
    if (!place.source.slice(node.pos, node.end).includes(">(")) return null;
    const before = stdin === null ? null : { text: stdin.text, isWhole: stdin.isPart !== true };
    return inputFrom(passedOn(node, before, this.#variables), null, this.#variables);
  }

  /** What a subscript in quotes would run when it is expanded a second time; only tried against deny rules. */
  #addSubscript(node: { readonly operand: Word; readonly pos: number; readonly end: number }, place: Place): void {
    const { text } = dequote(node.operand, this.#variables);
    if (text === null || !/\$\(|`/.test(text)) return;
    const inner: Inner[] = [{ kind: "script", source: `: "${text.replaceAll('"', '\\"')}"`, mode: "names", parameters: [] }];
    const findings: Finding[] = [{ why: "It evaluates a subscript or number that may run a command.", risk: null, at: "never" }];
    this.commands.push({ words: [], findings, written: [], reads: [], stdin: null, inner, ...this.#where(node, place) });
  }

  /** The files that they read. */
  #addRedirections(redirects: readonly Redirection[], place: Place): readonly ShellWord[] {
    const reads = redirects.flatMap((redirect) => readTarget(redirect, this.#variables) ?? []);
    const [first] = redirects;
    if (reads.length > 0 && first !== undefined)
      this.commands.push({ words: [], findings: [], inner: [], written: [], reads, stdin: null, ...this.#where(first, place) });
    for (const redirect of redirects) {
      const finding = inspectRedirection(redirect, this.#variables);
      if (finding === null) continue;
      const written = finding.path === null ? [] : [finding.path];
      this.commands.push({ words: [], findings: [finding], inner: [], written, reads: [], stdin: null, ...this.#where(redirect, place) });
    }
    return reads;
  }

  #addWord(words: ShellWord[], word: Word | Assignment): void {
    if (word.type === "Word" && word.parts === undefined) words.push(dequote(word, this.#variables));
    else if (word.type === "Word" && isSameEverywhere(word)) words.push(...this.#remembered(word));
    else words.push(...this.#words(word));
  }

  #remembered(word: Word): readonly ShellWord[] {
    const known = this.#known.get(this.#variables) ?? new Map<string, readonly ShellWord[]>();
    this.#known.set(this.#variables, known);
    const before = known.get(word.text);
    if (before !== undefined) this.#effort.spend(before.length * efforts.word);
    if (before !== undefined) return before;
    const read = this.#words(word);
    known.set(word.text, read);
    return read;
  }

  #isRepeated(text: string): boolean {
    const seen = this.#seen.get(this.#variables) ?? new Set<string>();
    this.#seen.set(this.#variables, seen);
    if (seen.has(text)) return true;
    seen.add(text);
    return false;
  }

  #words(word: Word | Assignment): readonly ShellWord[] {
    if (word.type === "Assignment") {
      const value = word.value.type === "Word" ? dequote(word.value, this.#variables).pieces : [{ hole: "value" as const, values: [] }];
      return [wordOf([`${word.name}${word.append === true ? "+" : ""}=`, ...value], word.text)];
    }
    if (word.parts?.some(({ type }) => type === "BraceExpansion") !== true) return [dequote(word, this.#variables)];
    const sources = expandBraces(word.text);
    if (sources === null) return [dequote(word, this.#variables)];
    this.#effort.spend(sources.length * efforts.substitution * 0.1);
    return sources.filter((source) => source !== "").flatMap((source) => this.#reread(source));
  }

  /** A word that brace expansion made, read again; one that braces still stand in stays computed. */
  #reread(source: string): ShellWord[] {
    const [statement] = parse(`: ${source.startsWith("#") ? "\\" : ""}${source}`).commands;
    if (statement?.command.type !== "Command") return [wordOf([{ hole: "fields", values: [] }], source)];
    return statement.command.args.map((word) => (word.type === "Word" ? dequote(word, this.#variables) : wordOf([word.text], word.text)));
  }

  #assignmentFindings({ name, value, append }: Assignment, command: string | null): Finding[] {
    if (!changesPrograms(name)) return [];
    // `IFS= read -r line` says how that one `read` splits its line (bash(1), "read").
    if (name === "IFS" && command !== null && splitting.has(command)) return [];
    const text = value.type === "Word" && append !== true ? dequote(value, this.#variables).text : null;
    if (!changesProgramsBy(name, text)) return [];
    return [{ why: `It sets ${name}, which changes what programs run or load.`, risk: null, at: "beside" }];
  }

  /** Command text inside an assigned value: run later by `eval`, a prompt, a pager or an editor. */
  #carried(assignment: Assignment): readonly Inner[] {
    if (assignment.value.type !== "Word") return [];
    const { text: written, content } = dequote(assignment.value, this.#variables);
    const text = written ?? (changesPrograms(assignment.name) ? (content ?? null) : null);
    if (text === null || text === "") return [];
    if (changesPrograms(assignment.name)) return carriedCommands(text, assignment.name);
    return /\$\(|`/.test(text) ? [{ kind: "script", source: `: "${text.replaceAll('"', '\\"')}"`, mode: "names", parameters: [] }] : [];
  }

  #where(
    node: { readonly pos: number; readonly end: number },
    place: Place,
  ): { readonly text: string; readonly span: readonly [number, number] | null } {
    return { text: place.source.slice(node.pos, node.end), span: place.hasSpans ? [node.pos, node.end] : null };
  }
}

/** Builtins whose own splitting an assignment in front changes. */
const splitting = new Set(["read", "mapfile", "readarray"]);

/** Tests that evaluate arithmetic, in which a value could run a command (bash(1), "CONDITIONAL EXPRESSIONS"). */
const calculates = /\s-(?:eq|ne|lt|le|gt|ge|v|R|t|o)\s/;
