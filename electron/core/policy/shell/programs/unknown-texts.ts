import type { Inner, Input } from "../finding.ts";
import type { ShellWord } from "../shell-word.ts";
import { carriesCommands } from "./carriers.ts";
import { namedInFile } from "./inspect-by-table.ts";
import { namedByEscapes, namedByOptions, namedInCalls, namedInValue, saidByName } from "./named-options.ts";

/** Commands that a program which no table knows may run: in its options, its texts and its input, behind it as behind a wrapper. */
export function namedInUnknown(words: readonly ShellWord[], name: string, stdin: Input | null): Inner[] {
  const isCarrier = carriesCommands(name);
  const inner = [...namedByOptions(words, false), ...namedInTexts(words, isCarrier), ...wrapped(words)];
  if (stdin !== null) inner.push(...namedByEscapes(stdin.text), ...namedInCalls(stdin.text));
  if (isCarrier) for (const { content } of words) if (content !== undefined) inner.push(...namedInFile(content));
  return inner;
}

/** Words of an unknown program that are looked at as texts, and wrappers among them. */
const maximumTexts = 64;
const maximumWrapped = 4;

/** Programs that run the rest of their words, and whose names are no verbs of others. */
const plainWrappers = new Set(
  `sh bash dash zsh ksh fish env sudo doas nohup nice ionice timeout stdbuf setsid xargs find parallel busybox toybox flock chroot unshare
  nsenter strace su runuser python python3 node perl ruby php npx uvx pipx`.split(/\s+/),
);

/** Wrappers behind another program: `somewrapper bash -c …`. */
function wrapped(words: readonly ShellWord[]): readonly Inner[] {
  const inner: Inner[] = [];
  for (let at = 1; at < words.length - 1 && at < maximumTexts && inner.length < maximumWrapped; at += 1) {
    const text = words[at]?.text ?? "";
    if (plainWrappers.has(text.slice(text.lastIndexOf("/") + 1)))
      inner.push({ kind: "command", words: words.slice(at), at: null, mode: "names", stdin: null });
  }
  return inner;
}

/** Operands by which a program says that the text behind them is a command line. */
const runsText = /^(?:[\w-]+[:.])?(?:exec|execute|run|do|spawn|launch|start|shell|sh|bash|call|invoke|cmd|every|--)$/;

/** Commands in the texts among the words: code that runs programs, escapes of programs with a prompt, command lines where words say so. */
function namedInTexts(words: readonly ShellWord[], isCarrier: boolean): readonly Inner[] {
  const inner: Inner[] = [];
  let isSaid = isCarrier;
  for (let at = 1; at < words.length && at < maximumTexts; at += 1) {
    const text = words[at]?.text;
    if (typeof text !== "string") continue;
    if (runsText.test(text)) isSaid = true;
    if (!/\s/.test(text) || isText(words[at - 1]?.text ?? "") || isText(text)) continue;
    inner.push(...namedByEscapes(text), ...namedInCalls(text));
    if (isSaid && !text.startsWith("-")) inner.push(...namedInValue(text, false));
  }
  return inner;
}

/** Whether an option says that its value is a text. */
function isText(word: string): boolean {
  return word.startsWith("-") && saidByName(word.replace(/=.*$/s, "")) === "a text";
}
