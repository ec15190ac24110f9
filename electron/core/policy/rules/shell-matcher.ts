import { parse, type Word } from "unbash";
import { dequote } from "../shell/shell-word.ts";
import type { ParsedMatcher } from "./rule-syntax.ts";

/** Commands by their words. */
export interface ShellMatcher {
  readonly tool: "shell";
  readonly kind: "any" | "prefix" | "exact";
  /** The words of a rule for one simple command, without quotes. */
  readonly words: readonly string[];
  /** The rule as shell source when it is more than one plain simple command; compared whole. */
  readonly program: string | null;
  readonly specificity: number;
}

export function parseShellMatcher(body: string): ParsedMatcher {
  const text = body.trim();
  if (text === "*" || text === ":*") return { ok: true, matcher: { tool: "shell", kind: "any", words: [], program: null, specificity: 0 } };
  const isPrefix = text.endsWith(":*") || text.endsWith(" *");
  const source = isPrefix ? text.slice(0, -2).trimEnd() : text;
  const script = parse(source);
  const problem = script.errors?.[0];
  if (problem !== undefined)
    return { ok: false, column: body.indexOf(source) + problem.pos + 1, problem: `This is no shell command: ${problem.message}.` };
  const [statement, ...others] = script.commands;
  const command = statement?.command;
  if (command === undefined) return { ok: false, column: 1, problem: "The rule names no command." };
  const kind = isPrefix ? "prefix" : "exact";
  if (
    others.length > 0 ||
    command.type !== "Command" ||
    command.redirects.length > 0 ||
    command.prefix.length > 0 ||
    command.name === undefined
  ) {
    return { ok: true, matcher: { tool: "shell", kind, words: [], program: source, specificity: 1_000 } };
  }
  const words = [command.name, ...command.args].map((word) => (word.type === "Word" ? ruleWord(word) : word.text));
  return { ok: true, matcher: { tool: "shell", kind, words, program: null, specificity: words.length * 2 + (isPrefix ? 0 : 1) } };
}

function ruleWord(word: Word): string {
  return dequote(word).text ?? word.value;
}
