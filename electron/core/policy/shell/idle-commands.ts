import type { Holds, ShellRules } from "../rules/shell-rules.ts";
import type { Inner } from "./finding.ts";
import { literalWord, type ShellWord } from "./shell-word.ts";

/**
 * Builtins that only give a status, end a list, or say where the shell is: POSIX XCU 2.14 "Special Built-In Utilities" and
 * true(1), false(1), pwd(1), wait(1). Anything else about them (redirections, assignments, functions of their name) is found apart.
 */
const idle: Readonly<Record<string, RegExp>> = {
  exit: /^\d{0,3}$/,
  return: /^\d{0,3}$/,
  break: /^\d{0,3}$/,
  continue: /^\d{0,3}$/,
  pwd: /^(?:-[LP])?$/,
  wait: /^$/,
  exec: /^$/,
};

/** Programs that say for how long, how urgently, and with which buffers the command in their words runs (timeout(1), nice(1), time(1), stdbuf(1)). */
const carriers = new Set(["timeout", "gtimeout", "nice", "time", "stdbuf"]);

/**
 * Whether a command does nothing but run the one in its words, in the same place, as the same user and with the same environment: no
 * rule has to allow it beside that one. Nothing else may have been found of it.
 */
export function onlyCarries([name]: readonly ShellWord[], inner: readonly Inner[]): boolean {
  const [only, ...others] = inner;
  if (name?.text === null || name === undefined || name.source !== name.text || !carriers.has(name.text)) return false;
  return others.length === 0 && only?.kind === "command" && only.mode === "runs" && only.at !== null;
}

/** Whether a command does nothing by itself, so that no rule has to allow it. Its name is written plainly, without a path. */
export function isIdle(words: readonly ShellWord[]): boolean {
  const [name, ...rest] = words;
  if (name?.text === "[" || name?.text === "test") return name.source === name.text && isPlainTest(name.text, rest);
  // These take words and do nothing with them (true(1); bash(1), ":"): what computes a word is found apart.
  if (name?.text === ":" || name?.text === "true" || name?.text === "false")
    return name.source === name.text && rest.every(({ pieces }) => pieces.every((piece) => typeof piece === "string"));
  if (name?.text === "set" && name.source === "set") return rest.length > 0 && rest.every(({ text }) => text !== null);
  if (name !== undefined && declaring.test(name.text ?? "") && name.source === name.text) return rest.every(isPlainDeclaration);
  if (name?.text === "read" && name.source === "read") return isPlainRead(rest);
  if (name?.text === null || name === undefined || rest.length > 1 || name.source !== name.text) return false;
  const pattern = Object.hasOwn(idle, name.text) ? idle[name.text] : undefined;
  const argument = rest.length === 0 ? "" : rest[0]?.text;
  return pattern !== undefined && typeof argument === "string" && pattern.test(argument);
}

const declaring = /^(?:local|declare|typeset)$/;

/** `local x=…`, `declare -A m`: sets variables as an assignment does; with `-i` it calculates, with `-n` and `-x` it does more (bash(1), "declare"). */
function isPlainDeclaration({ pieces }: ShellWord): boolean {
  const [start] = pieces;
  return typeof start === "string" && /^(?:-[aArlu]+$|[A-Za-z_]\w*(?:=|$))/.test(start);
}

const unary = new Set("-b -c -d -e -f -g -h -k -L -n -p -r -s -S -t -u -w -x -z -O -G -N".split(" "));
const binary = new Set("= == != < > -eq -ne -lt -le -gt -ge -nt -ot -ef".split(" "));

/**
 * `[ -d x ]`, `test "$a" = b`: a test of one or two operands, in which only an operand is computed, and is one word (POSIX
 * XCU, "test"). `-v`, whose operand may run something, is none of these.
 */
function isPlainTest(name: string, rest: readonly ShellWord[]): boolean {
  if (name === "[" && rest.at(-1)?.text !== "]") return false;
  const inside = name === "[" ? rest.slice(0, -1) : rest;
  const words = inside[0]?.text === "!" ? inside.slice(1) : inside;
  if (!words.every(({ pieces }) => pieces.every((piece) => typeof piece === "string" || piece.hole === "value" || piece.isTame === true)))
    return false;
  const [first, second] = words;
  if (words.length === 1) return true;
  if (words.length === 2) return unary.has(first?.text ?? "");
  return words.length === 3 && binary.has(second?.text ?? "");
}

/** `read -r line`: sets variables of the shell, as an assignment does. Names that change what programs run are found apart. */
function isPlainRead(rest: readonly ShellWord[]): boolean {
  return rest.every(({ text }) => text !== null && /^(?:-[rs]|-ra|-a|[A-Za-z_]\w*)$/.test(text));
}

/** `read x < FILE` needs what `cat FILE` needs: what it read, an `echo` shows. */
export function mayRead(
  reads: readonly ShellWord[],
  rules: ShellRules,
  cwd: string,
  holdsFor: (words: readonly ShellWord[]) => Holds,
): boolean {
  return reads.every((word) => {
    const shown = [literalWord("cat"), word];
    return rules.allows(shown, holdsFor(shown)) !== null && rules.asks(shown, "cat", cwd, holdsFor(shown)) === null;
  });
}
