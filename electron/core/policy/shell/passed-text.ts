import { forEachChild, type Command, type PipelineNode, type Redirection, type SyntaxNode, type Word } from "unbash";
import type { Input } from "./finding.ts";
import { nodeOutput, redirectedInput } from "./literal-output.ts";
import { dequote, type ShellWord } from "./shell-word.ts";
import { possibleTexts } from "./values.ts";
import type { Variables } from "./variables.ts";

/**
 * Text on its way through a pipeline. `isWhole`: it is what stands there, as far as that can be read off. Otherwise it is what the
 * programs before may have passed on or put in: their input, and every text in their words.
 */
export interface PassedText {
  readonly text: string;
  readonly isWhole: boolean;
}

/** Longer texts are not followed whole, characters. */
const maximumPassed = 16_384;

/** Commands and functions whose words are gathered for one pipeline. */
const maximumGathered = 200;

/** Programs whose output is surely told: they print their words, or their input as it is or decoded. */
const sure = /^(?:\S*\/)?(?:echo|printf|cat|tee|yes|rev|base64|xxd|which|command|type)$/;

/** Whether what {@link nodeOutput} tells of a command is what it prints and nothing else. What a file or a filter gives is only likely. */
function isCertain(node: SyntaxNode): boolean {
  if (node.type === "Command") {
    const readsFile = node.redirects.some((redirect) => redirect.type === "Redirect" && redirect.operator.startsWith("<"));
    const isPlain = node.name?.type === "Word" && node.name.parts === undefined && sure.test(node.name.value);
    return isPlain && !readsFile && (!node.name.value.endsWith("cat") || node.args.every(({ text }) => text === "-"));
  }
  if (node.type === "Redirected" && node.redirects.some(({ type }) => type === "Redirect")) return false;
  let isSure = true;
  forEachChild(node, (child) => {
    if (isSure && child.type !== "Word") isSure = isCertain(child);
  });
  return isSure;
}

/** What a command prints, as far as that can be told at all. */
export function toldBy(node: PipelineNode, before: PassedText | null, variables: Variables): PassedText | null {
  const text = nodeOutput(node, before?.text ?? null, variables);
  return text === null ? null : { text, isWhole: before?.isWhole !== false && isCertain(node) };
}

/** What a command passes on when `before` is on its standard input; null where nothing at all is known. */
export function passedOn(node: PipelineNode, before: PassedText | null, variables: Variables): PassedText | null {
  const told = nodeOutput(node, before?.isWhole === true ? before.text : null, variables);
  if (told !== null) return { text: told, isWhole: isCertain(node) };
  const made = before === null ? null : nodeOutput(node, before.text, variables);
  const gathered = new Gathering(variables);
  gathered.add(node);
  const given = before?.text.slice(0, maximumPassed) ?? "";
  if (!variables.follow(given.length)) return null;
  // What a filter may take out of its input: fields, strings of JSON, what stands behind a mark.
  const taken = given.split(/["'`{}[\],:;|\t]+/);
  const text = [...new Set([before?.text ?? "", made ?? "", ...gathered.texts, ...taken])].filter((one) => one !== "").join("\n");
  return text === "" ? null : { text: text.slice(0, maximumPassed), isWhole: false };
}

/** As the standard input of `command`, or of any that may run it. */
export function inputFrom(passed: PassedText | null, command: PipelineNode | null, variables: Variables): Input | null {
  if (passed === null) return null;
  if (passed.isWhole) return { text: passed.text, isExact: false };
  const isRun = command === null || mayRunInput(command, variables);
  return { text: isRun ? withTails(passed.text.slice(0, maximumPassed), variables) : passed.text, isExact: false, isPart: true };
}

/** Programs that run what they read, or hand it to one that does; a computed name may be any. */
const runsInput =
  /^(?:(?:ba|da|z|k|a|mk|fi|c|tc)?sh[\d.]*|py|python[\d.]*|pypy[\d.]*|node|nodejs|deno|bun|ruby|perl|php|lua|tsx|xargs|parallel|sem|ssh|docker|podman|nerdctl|kubectl|oc|sudo|doas|su|env|exec|command|builtin|eval|source|\.|nohup|nice|timeout|setsid|stdbuf|unbuffer|busybox|toybox|nsenter|chroot|unshare|script|at|batch|crontab|psql|mysql|mariadb|sqlite3|duckdb|make|gmake|sed|gsed|socat|wsl|read|mapfile|readarray|tee|gh|uv|npx|poetry|osascript|pwsh|powershell|tclsh|expect|ed|ex|m4|dc|ftp|jshell|R|Rscript|julia|ocaml|elixir|guile|sbcl)$/;

/** Whether a later stage of a pipeline may run what it reads, or keep it. */
export function mayRunInput(node: PipelineNode, variables: Variables): boolean {
  if (node.type !== "Command") return true;
  const { name } = node;
  if (name === undefined) return false;
  if (name.type !== "Word" || name.parts !== undefined) return true;
  const plain = name.value.slice(name.value.lastIndexOf("/") + 1);
  return runsInput.test(plain) || writesFile(node.redirects) || variables.bodyOf(plain) !== null;
}

function writesFile(redirects: readonly Redirection[]): boolean {
  return redirects.some((redirect) => redirect.type === "Redirect" && redirect.operator.startsWith(">"));
}

/** Every line, and what stands in it behind each of its first words: any of them could be where a command begins. */
function withTails(text: string, variables: Variables): string {
  const lines = new Set<string>();
  for (const line of text.split("\n", maximumLines)) {
    lines.add(line);
    if (/["'`\\$(){}<>|;&]/.test(line)) continue;
    const firstWords = /\s*\S+\s+(?=\S)/y;
    for (let count = 0; count < maximumTails && firstWords.test(line); count += 1) {
      if (!variables.follow(line.length - firstWords.lastIndex)) return [...lines].join("\n");
      lines.add(line.slice(firstWords.lastIndex));
    }
  }
  return [...lines].join("\n");
}

const maximumLines = 400;
const maximumTails = 12;

/** Gathers the texts in the words of commands, however deep they stand in compound ones. */
class Gathering {
  readonly texts: string[] = [];
  readonly #variables: Variables;
  readonly #functions = new Set<string>();
  #left = maximumGathered;

  constructor(variables: Variables) {
    this.#variables = variables;
  }

  add(node: SyntaxNode): void {
    if (this.#left <= 0 || !this.#variables.follow(0)) return;
    switch (node.type) {
      case "Command":
        this.#left -= 1;
        this.#addCommand(node);
        return;
      case "Pipeline":
        this.#addPipeline(node.commands);
        return;
      case "Word":
      case "Assignment":
      case "Function":
        return;
      default:
        forEachChild(node, (child) => this.add(child));
    }
  }

  #addCommand(command: Command): void {
    const told = nodeOutput(command, null, this.#variables);
    if (told !== null) {
      this.texts.push(told);
      return;
    }
    const input = redirectedInput(command.redirects, this.#variables);
    if (input !== null) this.texts.push(input.text);
    this.#addBody(command.name?.value ?? "");
    const name = command.name === undefined ? "" : this.#shown(command.name);
    const from = this.texts.length;
    const words = command.args.flatMap((word) => (word.type === "Word" ? [this.#shown(word)] : []));
    // `paste <(…) <(…)` puts its lines beside each other (paste(1)).
    if (/^(?:\S*\/)?(?:paste|join|pr)$/.test(name)) this.texts.push(this.texts.slice(from).join(" ").replaceAll("\n", " "));
    for (const word of words) this.texts.push(word, ...word.split(/[/|,:;#"'`(){}=+]+/).filter((part) => part !== word));
    const all = [name, ...words];
    const printing = all.findIndex((word) => /^(?:\S*\/)?(?:echo|printf|print|yes)$/.test(word));
    if (printing !== -1) this.texts.push(all.slice(printing + 1).join(" "));
  }

  #addPipeline(commands: readonly PipelineNode[]): void {
    let text: string | null = null;
    for (const command of commands) {
      if (!this.#variables.follow(0)) return;
      const told = nodeOutput(command, text, this.#variables);
      if (told === null) this.add(command);
      else text = told;
    }
    if (text !== null) this.texts.push(text);
  }

  /** What a function of the program prints; once, however often it is called. */
  #addBody(name: string): void {
    if (this.#functions.has(name)) return;
    this.#functions.add(name);
    const body = this.#variables.bodyOf(name);
    if (body !== null) this.add(body);
  }

  #shown(word: Word): string {
    for (const part of word.parts ?? [])
      if (part.type === "ProcessSubstitution" && part.operator === "<" && part.script !== undefined)
        for (const statement of part.script.commands) this.add(statement);
    return shownText(dequote(word, this.#variables));
  }
}

/** A word with something in place of what is not known of it. */
function shownText(word: ShellWord): string {
  return word.text ?? possibleTexts(word)[0] ?? word.pieces.map((piece) => (typeof piece === "string" ? piece : "x")).join("");
}
