import { type Inner, inspection, type Inspection } from "../finding.ts";
import type { ShellWord } from "../shell-word.ts";

/** Options that, in program after program, hold a command: what stands in them is tried against deny rules even where no table knows the program. */
const holdsCommand = /^--?(?:c|e|x|exec|execute|cmd|command|run|wrap|eval|shell|hook|on-[a-z-]+)(?:=(.*))?$/s;

/** A program that no table knows: a command behind `--`, or in an option that holds one by its name, is what a wrapper would run. */
export function inspectUnknown(words: readonly ShellWord[]): Inspection {
  const inner: Inner[] = [];
  const mark = words.findIndex(({ text }) => text === "--");
  if (mark !== -1 && mark + 1 < words.length)
    inner.push({ kind: "command", words: words.slice(mark + 1), at: null, mode: "names", stdin: null });
  for (const [at, { text }] of words.entries()) {
    const option = at === 0 ? null : holdsCommand.exec(text ?? "");
    const source = option === null ? null : (option[1] ?? words[at + 1]?.text ?? null);
    if (source !== null && /\S\s+\S/.test(source)) inner.push({ kind: "script", source, mode: "names", parameters: [] });
  }
  return inspection({ inner });
}
