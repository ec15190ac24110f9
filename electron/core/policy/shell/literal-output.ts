import type { Command, PipelineNode, Redirection, Script, Statement } from "unbash";
import { filteredText } from "./filtered-text.ts";
import type { Input } from "./finding.ts";
import { dequote } from "./shell-word.ts";
import { possibleTexts } from "./values.ts";
import type { Variables } from "./variables.ts";

/**
 * What a program prints, where that can be read off it: `echo`, `printf` and `cat` of literal text,
 * decoded by `base64 -d` or turned by `rev`. Null where it cannot. Used only to find what a deny
 * rule names behind a pipe or a substitution.
 */
export function outputOf(script: Pick<Script, "commands">, variables: Variables, input: string | null = null): string | null {
  // What stands on the input is taken by the first command that reads it.
  const outputs = script.commands.map((statement, index) => statementOutput(statement, index === 0 ? input : null, variables));
  return outputs.length > 0 ? joined(outputs, variables) : null;
}

/** Null where one of them is not known, or all of them are more than may be followed. */
function joined(texts: readonly (string | null)[], variables: Variables): string | null {
  const known = texts.flatMap((text) => text ?? []);
  if (known.length < texts.length) return null;
  const [only] = known;
  if (known.length === 1 && only !== undefined) return only;
  return variables.follow(known.reduce((sum, { length }) => sum + length, 0)) ? known.join("") : null;
}

/** The text that redirections put on standard input; null where none does or it is not literal. */
export function redirectedInput(redirects: readonly Redirection[], variables: Variables): Input | null {
  let input: Input | null = null;
  for (const redirect of redirects) {
    if (redirect.type === "HereDoc") {
      const { text, parts } = redirect.body;
      const isQuoted = redirect.delimiter?.quoted === true;
      const given = isQuoted ? text : text.replaceAll("\\\n", "").replaceAll(/\\([$`\\])/g, "$1");
      input = { text: given, isExact: isQuoted || (parts ?? []).every((part) => part.type === "Literal") };
    } else if (redirect.type === "HereString" && redirect.target !== undefined) {
      const word = dequote(redirect.target, variables);
      const text = possibleTexts(word)[0];
      input = text === undefined ? null : { text: `${text}\n`, isExact: word.text !== null };
    } else if (redirect.type === "Redirect" && redirect.operator === "<" && redirect.target !== undefined) {
      const [part] = redirect.target.parts ?? [];
      const text = part?.type === "ProcessSubstitution" && part.script !== undefined ? outputOf(part.script, variables) : null;
      const written =
        text === null && variables.hasFiles ? variables.textOf(possibleTexts(dequote(redirect.target, variables))[0] ?? "") : null;
      // The file may hold something else by then.
      if (written !== null) input = { text: written, isExact: false, isPart: true };
      else input = text === null ? null : { text, isExact: false };
    }
  }
  return input;
}

function statementOutput(statement: Statement, input: string | null, variables: Variables): string | null {
  const { command } = statement;
  if (command.type === "AndOr") {
    const outputs = command.commands.map((node, index) => nodeOutput(node, index === 0 ? input : null, variables));
    return joined(outputs, variables);
  }
  return nodeOutput(command, input, variables);
}

/** What one command prints when `input` is on its standard input. */
export function nodeOutput(node: PipelineNode, input: string | null, variables: Variables): string | null {
  if (node.type === "Pipeline")
    return node.commands.reduce<string | null>((before, command) => nodeOutput(command, before, variables), null);
  if (node.type === "BraceGroup" || node.type === "Subshell") return outputOf(node.body, variables, input);
  if (node.type === "Redirected" && (node.command.type === "BraceGroup" || node.command.type === "Subshell"))
    return outputOf(node.command.body, variables, redirectedInput(node.redirects, variables)?.text ?? input);
  return node.type === "Command" ? commandOutput(node, input, variables) : null;
}

/** Following one command counts as so many characters of its output. */
const commandWeight = 24;

function commandOutput(command: Command, input: string | null, variables: Variables): string | null {
  if (!variables.follow(commandWeight)) return null;
  const words: string[] = [];
  for (const word of [command.name, ...command.args]) {
    if (word === undefined) continue;
    const text = word.type === "Word" ? possibleTexts(dequote(word, variables))[0] : word.text;
    if (text === undefined) return null;
    words.push(text);
  }
  return wordsOutput(words, redirectedInput(command.redirects, variables)?.text ?? input, variables);
}

function wordsOutput(words: readonly string[], given: string | null, variables: Variables): string | null {
  const [path = "", ...rest] = words;
  const name = path.slice(path.lastIndexOf("/") + 1);
  const behind = wrapped(name, rest);
  if (behind !== null) return wordsOutput(behind, given, variables);
  switch (name) {
    // `$(< FILE)` is `$(cat FILE)`.
    case "":
      return given;
    case "echo":
      return echoOutput(rest);
    case "printf":
      return printfOutput(rest);
    case "cat":
      return concatenated(rest, given, variables);
    case "tee":
      return given;
    // Where a program lies does not matter to a rule, its name does (which(1); bash(1), "command").
    case "which":
      return rest.find((word) => !word.startsWith("-")) ?? null;
    case "command":
    case "type":
      return /^-[vpP]$/.test(rest[0] ?? "") ? (rest[1] ?? null) : null;
    // `ls FILE`, `readlink -f FILE`, `realpath FILE` print its path.
    case "ls":
    case "readlink":
    case "realpath":
      return /^\/[\w./-]+$/.test(rest.at(-1) ?? "") && rest.slice(0, -1).every((word) => word.startsWith("-"))
        ? `${rest.at(-1) ?? ""}\n`
        : null;
    case "basename":
      return rest.length === 1 && rest[0]?.startsWith("-") !== true
        ? `${rest[0]?.replace(/\/+$/, "").replace(/^.*\//s, "") ?? ""}\n`
        : null;
    case "yes":
      return `${rest.join(" ") || "y"}\n`;
    case "seq":
      return numbersTo(rest);
    case "python":
    case "python3":
    case "node":
    case "perl":
    case "ruby":
    case "php":
      return /^-[cepEr]$/.test(rest[0] ?? "") && rest.length === 2 ? printedText(rest[1] ?? "") : null;
    default:
      return given !== null && variables.follow(given.length) ? madeOf(given, name, rest) : null;
  }
}

/** What a program makes of the text on its input. */
function madeOf(given: string, name: string, rest: readonly string[]): string | null {
  switch (name) {
    case "rev":
      return given
        .split("\n")
        .map((line) => Array.from(line).toReversed().join(""))
        .join("\n");
    case "base64":
      if (rest.some((word) => /^(-d|-D|-di|--d.*)$/.test(word))) return Buffer.from(given, "base64").toString("utf8");
      return rest.length === 0 ? `${Buffer.from(given).toString("base64")}\n` : null;
    case "openssl":
      return /^(?:base64|enc -base64)(?: -A)? -d/.test(rest.join(" ")) ? Buffer.from(given, "base64").toString("utf8") : null;
    case "xxd":
      return rest.includes("-r") && rest.some((word) => word.includes("p"))
        ? Buffer.from(given.replaceAll(/\s/g, ""), "hex").toString("utf8")
        : null;
    default:
      return filteredText(name, rest, given);
  }
}

/** What a plain wrapper runs: `env cat`, `command echo x`, `timeout 5 cat` (bash(1), env(1), timeout(1)). */
function wrapped(name: string, rest: readonly string[]): readonly string[] | null {
  const [first = ""] = rest;
  if (rest.length === 0 || first.startsWith("-") || first.includes("=")) return null;
  if (/^(?:env|command|builtin|exec|nohup|nice|sudo)$/.test(name)) return rest;
  return name === "timeout" && rest.length > 1 ? rest.slice(1) : null;
}

/** Files that the program itself wrote, and `-` for what stands on the input. */
function concatenated(files: readonly string[], given: string | null, variables: Variables): string | null {
  if (files.length === 0) return given;
  const texts = files.map((file) => (file === "-" ? given : variables.hasFiles ? variables.textOf(file) : null));
  return joined(texts, variables);
}

/** `print("…")`, `console.log('…')`, `puts "…"`: code that prints one plain text and does nothing else. */
export function printedText(code: string): string | null {
  const match = /^\s*(?:print|console\.log|puts|echo|say)\s*(\(?)\s*("[^"\\$@#`{%\n]*"|'[^'\\$@#`{%\n]*')\s*(\)?)\s*;?\s*$/.exec(code);
  if (match === null || (match[1] === "(") !== (match[3] === ")")) return null;
  return `${(match[2] ?? "").slice(1, -1)}\n`;
}

function numbersTo(words: readonly string[]): string | null {
  const [first = 1, last = Number.NaN] = words.length === 1 ? [1, Number(words[0])] : words.map(Number);
  if (words.length > 2 || !Number.isInteger(first) || !Number.isInteger(last)) return null;
  const count = Math.max(0, Math.min(last - first + 1, maximumNumbers));
  return Array.from({ length: count }, (_, index) => `${first + index}\n`).join("");
}

const maximumNumbers = 64;

function echoOutput(words: readonly string[]): string {
  let from = 0;
  let isEscaped = false;
  for (; /^-[neE]+$/.test(words[from] ?? ""); from += 1) isEscaped ||= words[from]?.includes("e") === true;
  const text = words.slice(from).join(" ");
  return `${isEscaped ? unescape(text) : text}\n`;
}

export function printfOutput(words: readonly string[]): string | null {
  const [format, ...values] = words[0] === "--" ? words.slice(1) : words;
  if (format === undefined || format.startsWith("-")) return null;
  const queue = [...values];
  let output = "";
  do {
    const before = queue.length;
    output += unescape(format).replaceAll(/%(%|[-+ #0]*\d*(?:\.\d+)?[a-zA-Z])/g, (_, directive: string) => {
      if (directive === "%") return "%";
      const value = queue.shift() ?? "";
      return directive.endsWith("b") ? unescape(value) : value;
    });
    if (queue.length === before) break;
  } while (queue.length > 0 && output.length < maximumOutput);
  return output;
}

/** Longer output is not followed further, characters. */
const maximumOutput = 1_000_000;

function unescape(text: string): string {
  return text.replaceAll(/\\(?:x([0-9a-fA-F]{1,2})|0?([0-7]{1,3})|u([0-9a-fA-F]{1,4})|(.))/g, (_, hex, octal, unicode, letter) => {
    const code = hex ?? unicode;
    if (code !== undefined) return String.fromCodePoint(Number.parseInt(String(code), 16));
    if (octal !== undefined) return String.fromCodePoint(Number.parseInt(String(octal), 8));
    return { n: "\n", t: "\t", r: "\r", e: "\u001b", a: "\u0007", b: "\b", f: "\f", v: "\v" }[String(letter)] ?? String(letter);
  });
}
