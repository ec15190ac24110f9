import { parse, type Statement } from "unbash";
import { dequote, type ShellWord } from "../shell/shell-word.ts";
import { Variables } from "../shell/variables.ts";
import { Glob } from "./glob.ts";
import type { ParsedMatcher } from "./rule-syntax.ts";

/** One word of a rule: a text, or a pattern where `*` stood unquoted in it. */
export interface RuleWord {
  readonly text: string;
  readonly glob: Glob | null;
}

/** Commands by their words. */
export interface ShellMatcher {
  readonly tool: "shell";
  readonly kind: "any" | "prefix" | "exact";
  /** The simple commands of the rule, in order; one for nearly every rule. */
  readonly commands: readonly (readonly RuleWord[])[];
  /** What stands between them: `&&`, `||`, `|`, `|&`, `;`, `&`. */
  readonly joints: readonly string[];
  readonly specificity: number;
}

/** Reads `git:*`, `git status`, `npm ci && npm test:*`. The words are read as the shell reads them. */
export function parseShellMatcher(body: string): ParsedMatcher {
  const text = body.trim();
  if (text === "*" || text === ":*") return { ok: true, matcher: { tool: "shell", kind: "any", commands: [], joints: [], specificity: 0 } };
  const isPrefix = text.endsWith(":*") || text.endsWith(" *");
  const written = (isPrefix ? text.slice(0, -2).trimEnd() : text).replaceAll(/:\*(?=\s*[|&;])/g, "");
  const source = written.replace(keyword, "$1");
  const column = body.indexOf(source) + 1;
  const script = parse(reserved.test(source) ? `\\${source}` : source);
  const problem = script.errors?.[0];
  if (problem !== undefined) return { ok: false, column: column + problem.pos, problem: `This is no shell command: ${problem.message}.` };
  const shape = shapeOf(script.commands, source);
  if (shape === null)
    return {
      ok: false,
      column,
      problem: "A rule names plain commands, alone or joined by && || | or ;, without redirections, assignments or blocks.",
    };
  const commands: RuleWord[][] = [];
  for (const { words } of shape.commands) {
    const computed = words.find((word) => word.text === null && !isPattern(word));
    if (computed !== undefined)
      return {
        ok: false,
        column: column + source.indexOf(computed.source),
        problem: `'${computed.source}' is computed when a command runs; a rule needs its text.`,
      };
    commands.push(words.map(ruleWord));
  }
  const count = commands.reduce((sum, words) => sum + words.length, 0);
  if (count === 0) return { ok: false, column, problem: "The rule names no command." };
  return {
    ok: true,
    matcher: {
      tool: "shell",
      kind: isPrefix ? "prefix" : "exact",
      commands,
      joints: shape.joints,
      specificity: count * 2 + (isPrefix ? 0 : 1),
    },
  };
}

/** `time` is a word of the shell, not a program: in front of a command it changes nothing about it; alone it is read as a name. */
const keyword = /^(?:time\s+(?:-p\s+)?(?=\S)|(time)$)/;

/** Words of the shell's grammar (bash(1), "RESERVED WORDS"): in a rule they can only be meant as names. */
const reserved = /^(?:time|coproc|select|function|if|then|elif|else|fi|for|in|while|until|do|done|case|esac)(?=\s|$)/;

/** A program that is nothing but plain simple commands in a row. */
export interface Shape {
  readonly commands: readonly { readonly words: readonly ShellWord[] }[];
  readonly joints: readonly string[];
}

const noVariables = new Variables();

/** The shape of a program; null when it is more than plain commands. */
export function shapeOf(statements: readonly Statement[], source: string): Shape | null {
  const commands: { words: readonly ShellWord[] }[] = [];
  const joints: string[] = [];
  for (const [index, statement] of statements.entries()) {
    if (index > 0) joints.push(statements[index - 1]?.background === true ? "&" : ";");
    const lists = statement.command.type === "AndOr" ? statement.command : { commands: [statement.command], operators: [] };
    for (const [place, item] of lists.commands.entries()) {
      if (place > 0) joints.push(lists.operators[place - 1] ?? "");
      const pipes = item.type === "Pipeline" ? item : { commands: [item], operators: [], prefixes: [] };
      if (pipes.prefixes.length > 0) return null;
      for (const [stage, command] of pipes.commands.entries()) {
        if (stage > 0) joints.push(pipes.operators[stage - 1] ?? "");
        if (command.type !== "Command" || command.name === undefined || command.prefix.length > 0 || command.redirects.length > 0)
          return null;
        const words = [command.name, ...command.args].map((word) =>
          word.type === "Word"
            ? dequote(word, noVariables)
            : { pieces: [word.text], text: word.text, source: word.text, tilde: "none" as const },
        );
        commands.push({ words });
      }
    }
  }
  if (statements.at(-1)?.background === true || source.trim() === "")
    return source.trim() === "" ? null : { commands, joints: [...joints, "&"] };
  return { commands, joints };
}

function isPattern(word: ShellWord): boolean {
  return word.pieces.every((piece) => typeof piece === "string" || piece.hole === "glob");
}

function ruleWord(word: ShellWord): RuleWord {
  if (word.text !== null) return { text: word.text, glob: null };
  return { text: word.source, glob: new Glob(word.source, { crossesSlash: true }) };
}
