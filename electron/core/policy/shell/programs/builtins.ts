import { changesPrograms } from "../assignments.ts";
import { type Finding, type Inner, type Input, inspection, type Inspection } from "../finding.ts";
import { knownStart, type ShellWord } from "../shell-word.ts";
import { isOpenFile, joinedWords, scriptFromInput, scriptFromWord } from "./shells.ts";

/**
 * Builtins that change the state of the shell, so that the commands after them are no longer what
 * they look like (bash(1), "SHELL BUILTIN COMMANDS").
 */
const stateful: Readonly<Record<string, string>> = {
  export: "It changes the environment of the commands after it.",
  alias: "It gives a command another meaning.",
  unalias: "It gives a command another meaning.",
  hash: "It says where a command is run from.",
  enable: "It switches builtins of the shell or loads new ones.",
  set: "It changes how the shell works.",
  shopt: "It changes how the shell works.",
  unset: "It takes away a variable or function.",
  bind: "It binds keys to commands.",
  complete: "It sets commands for completion.",
  compopt: "It sets commands for completion.",
  compgen: "It can run commands for completion.",
  fc: "It runs earlier commands again.",
  history: "It reads or writes the history file.",
  ulimit: "It changes limits of the commands after it.",
};

const declaring = new Set(["declare", "typeset", "local", "readonly", "export"]);
/** Builtins that take names of variables; a subscript in a name is evaluated. */
const naming = new Set([
  "read",
  "mapfile",
  "readarray",
  "unset",
  "printf",
  "let",
  "declare",
  "typeset",
  "local",
  "readonly",
  "export",
  "getopts",
  "wait",
  "test",
  "[",
]);

/** Of these, the ones that set the variables of these names to what they read or print. */
const assigning = new Set(["read", "mapfile", "readarray", "printf", "getopts"]);

const running = new Set(["eval", "source", ".", "trap", "alias"]);

/** Whether a name is that of a builtin that changes or runs something. */
export function hasState(name: string): boolean {
  return running.has(name) || naming.has(name) || declaring.has(name) || Object.hasOwn(stateful, name);
}

/** What a builtin does beyond an ordinary command; null when the name is no such builtin. */
export function inspectBuiltin(words: readonly ShellWord[], name: string, stdin: Input | null): Inspection | null {
  const end = words.length - 1;
  switch (name) {
    case "eval": {
      const read = scriptFromWord(joinedWords(skipDashes(words, 1)), "never", []);
      return inspection(words.length === 1 ? {} : read);
    }
    case "source":
    case ".":
      return inspectSource(words, stdin);
    case "trap":
      return inspectTrap(words);
    case "alias":
      return inspection({ findings: words.length === 1 ? [] : [state(name, end)], inner: words.slice(1).flatMap(assignedScript) });
    default:
      break;
  }
  const findings: Finding[] = [];
  if (Object.hasOwn(stateful, name) && !isOnlyShown(name, words)) findings.push(state(name, end));
  if (naming.has(name)) findings.push(...inspectNames(words, name));
  const callbacks = name === "mapfile" || name === "readarray" ? words.slice(1).flatMap(calledBack) : [];
  if (name === "hash")
    return inspection({
      findings,
      inner: words
        .slice(1)
        .map((_, index): Inner => ({ kind: "command", words: words.slice(index + 1), at: null, mode: "names", stdin: null })),
    });
  const texts = runsTexts.has(name) && !onlyLists(name, words) ? words.slice(1).flatMap(textScript) : [];
  const inner = [
    ...(declaring.has(name) ? words.slice(1).flatMap(assignedScript) : callbacks),
    ...texts,
    ...words.slice(1).flatMap(subscript),
  ];
  return findings.length === 0 && inner.length === 0 ? null : inspection({ findings, inner });
}

function state(name: string, at: number): Finding {
  return { why: stateful[name] ?? "It changes the state of the shell.", risk: null, at };
}

/** `export -p`, `set` and `shopt` alone only print; `set -e` only makes the shell stop sooner. */
function isOnlyShown(name: string, words: readonly ShellWord[]): boolean {
  if (name === "unset" || name === "fc") return false;
  if (name === "set" && words.length > 1 && words.slice(1).every(({ text }, index) => isStrictness(text, words[index]?.text))) return true;
  return words.length === 1 || words.slice(1).every(({ text }) => text === "-p");
}

/** `set -euo pipefail`: says when the shell stops and what it prints, and nothing of what commands mean (bash(1), "set"). */
function isStrictness(text: string | null, before: string | null | undefined): boolean {
  if (text === null) return false;
  return (
    /^[-+][euvxEo]+$/.test(text) || (/^(?:errexit|nounset|pipefail|xtrace|verbose|errtrace)$/.test(text) && /^[-+]\w*o$/.test(before ?? ""))
  );
}

function skipDashes(words: readonly ShellWord[], from: number): readonly ShellWord[] {
  return words[from]?.text === "--" ? words.slice(from + 1) : words.slice(from);
}

function inspectSource(words: readonly ShellWord[], stdin: Input | null): Inspection {
  const at = words[1]?.text === "--" ? 2 : 1;
  const file = words[at];
  if (file === undefined) return inspection({});
  const finding: Finding = { why: "It runs a file in this shell, which can change everything after it.", risk: null, at };
  if (file.content !== undefined) return inspection(scriptFromInput({ text: file.content, isExact: false }, [finding], words.slice(at)));
  if (isOpenFile(file.text)) return inspection(scriptFromInput(stdin, [finding], words.slice(at)));
  return inspection({ findings: [finding], inner: [{ kind: "command", words: words.slice(at), at, mode: "runs", stdin: null }] });
}

function inspectTrap(words: readonly ShellWord[]): Inspection {
  const rest = skipDashes(words, 1);
  const [action] = rest;
  if (action === undefined || rest.length < 2 || action.text === "-" || action.text === "" || /^-[lp]+$/.test(action.text ?? ""))
    return inspection({});
  return inspection(scriptFromWord(action, "never", []));
}

/** The value in `NAME=value`, which an alias, a prompt or a pager runs later. */
function assignedScript(word: ShellWord): Inner[] {
  const { text } = word;
  const equals = text?.indexOf("=") ?? -1;
  if (text === null || equals < 1) return [];
  return [{ kind: "script", source: text.slice(equals + 1), mode: "names", parameters: [] }];
}

/** Builtins whose words are run later or expanded: completion, key bindings, history (bash(1), "SHELL BUILTIN COMMANDS"). */
const runsTexts = new Set(["complete", "compgen", "bind", "history", "fc"]);

/** `complete -p NAME` prints; of `compgen` only `-C`, `-F` and `-W` run or expand anything. */
function onlyLists(name: string, words: readonly ShellWord[]): boolean {
  if (name === "complete") return words[1]?.text === "-p";
  return name === "compgen" && words.every(({ text }, at) => at === 0 || (text !== null && !/^-\w*[CFW]|[$`]/.test(text)));
}

function textScript({ text }: ShellWord): Inner[] {
  return text === null ? [] : [{ kind: "script", source: text.replace(/^"[^"]*":\s*/, ""), mode: "names", parameters: [] }];
}

/** The subscript in `a[$(…)]`, which naming builtins evaluate. */
function subscript({ text }: ShellWord): Inner[] {
  const inside = /^(?:[A-Za-z_]\w*[-+*/%]?=)?[A-Za-z_]\w*\[(.*)\]/s.exec(text?.replace(/^-v/, "") ?? "")?.[1];
  return inside === undefined || !/\$\(|`/.test(inside) ? [] : [{ kind: "script", source: `: ${inside}`, mode: "names", parameters: [] }];
}

/** Any word of `mapfile -C CALLBACK`: which one is the callback does not matter to a deny. */
function calledBack({ text }: ShellWord): Inner[] {
  return text === null ? [] : [{ kind: "script", source: text.replace(/^-C/, ""), mode: "names", parameters: [] }];
}

function inspectNames(words: readonly ShellWord[], name: string): Finding[] {
  const findings: Finding[] = [];
  const isTest = name === "test" || name === "[";
  for (const [index, word] of words.entries()) {
    if (index === 0) continue;
    const before = words[index - 1]?.text ?? "";
    if (isTest && before !== "-v" && before !== "-R") continue;
    const isAttached = name === "printf" && /^-v./.test(knownStart(word));
    if (name === "printf" && before !== "-v" && !isAttached) continue;
    const start = isAttached ? knownStart(word).slice(2) : knownStart(word);
    if (declaring.has(name) && /^[-+]\w*n/.test(start)) {
      findings.push({ why: "It gives a variable a second name, through which any other can be set.", risk: null, at: "never" });
      continue;
    }
    if (word.text === null && start === "" && assigning.has(name))
      findings.push({ why: "Which variable it sets is computed when it runs.", risk: null, at: "never" });
    const variable = /^[A-Za-z_]\w*/.exec(start)?.[0] ?? "";
    if (/^[A-Za-z_]\w*\[/.test(start) && !/^[A-Za-z_]\w*\[(?:\d+|@|\*|[A-Za-z_]\w*)\]/.test(start)) {
      findings.push({ why: "It evaluates a subscript that may run a command.", risk: null, at: "never" });
    } else if (name === "let" && (word.text === null || start.includes("["))) {
      findings.push({ why: "It evaluates arithmetic that may run a command.", risk: null, at: "never" });
    } else if (!isTest && variable !== "" && changesPrograms(variable) && (name !== "let" || start.includes("="))) {
      findings.push({ why: `It sets ${variable}, which changes what programs run or load.`, risk: null, at: "never" });
    }
    if ((name === "mapfile" || name === "readarray") && word.text?.startsWith("-C") === true)
      findings.push({ why: "It runs a command for lines it reads.", risk: null, at: "never" });
  }
  return findings;
}
