import { type Inner, type Input, inspection, type Inspection } from "./finding.ts";
import { scanOptions } from "./options.ts";
import { namedInWords } from "./programs/inspect-by-table.ts";
import { scriptFromWord } from "./programs/shells.ts";
import type { Runner } from "./runners.ts";
import { literalWord, type ShellWord } from "./shell-word.ts";

/** `poetry run COMMAND …`: what stands behind the verb of such a program. */
export function inspectRunner(words: readonly ShellWord[], runner: Runner, stdin: Input | null): Inspection {
  const own = inspectRun(words, runner, stdin);
  if (runner.scripts.length === 0) return own;
  const { options } = scanOptions(words, 1, { ...runner.options, style: "exact" });
  const scripts = options.flatMap(({ names, value }): Inner[] =>
    value !== null && names.some((option) => runner.scripts.includes(option))
      ? scriptFromWord(value, "never", []).inner.map((one) => ({ ...one, mode: "names" as const }))
      : [],
  );
  return { ...own, inner: [...own.inner, ...scripts] };
}

function inspectRun(words: readonly ShellWord[], runner: Runner, stdin: Input | null): Inspection {
  const mark = runner.behindMark ? words.findIndex(({ text }) => text === "--") : -1;
  if (mark !== -1 && words.length > mark + 1) {
    return inspection({ inner: [{ kind: "command", words: words.slice(mark + 1), at: mark + 1, mode: "runs", stdin }] });
  }
  if (runner.behindMark) return inspection({ inner: withoutMark(words, runner) });
  const [verbAt] = scanOptions(words, 1, runner.options).operands;
  const verb = verbAt === undefined ? undefined : words[verbAt];
  if (verbAt === undefined || verb === undefined) return inspection({});
  if (verb.text === null)
    return inspection({ findings: [{ why: "Which of its commands it runs is computed when it runs.", risk: null, at: "never" }] });
  if (!runner.verbs.includes(verb.text)) return inspection({ inner: behindVerb(words, verbAt, runner) });
  const rest = scanOptions(words, verbAt + 1, runner.options).operands;
  const behind = runner.skipsToMark ? words.findIndex(({ text }, index) => index > verbAt && text === "--") : -1;
  const begin = behind === -1 ? rest[runner.operands] : behind + 1;
  const at = begin !== undefined && words[begin]?.text === "--" ? begin + 1 : begin;
  const first = at === undefined ? undefined : words[at];
  if (at === undefined || first === undefined) return inspection({});
  const inner: Inner[] = [{ kind: "command", words: words.slice(at), at, mode: "runs", stdin }];
  // Some hand a single word to a shell (`lerna exec 'a b'`, `adb shell 'a b'`), or name an environment in front (`hatch run test:cmd`).
  const script = first.text?.replace(/^[\w.-]+:(?!\/)/, "") ?? "";
  if (/\s/.test(script)) inner.push({ kind: "script", source: script, mode: "names", parameters: [] });
  else if (script !== first.text && script !== "")
    inner.push({ kind: "command", words: [literalWord(script), ...words.slice(at + 1)], at: null, mode: "names", stdin: null });
  return inspection({ inner });
}

/** `lxc exec NAME COMMAND`, `fly machine exec ID COMMAND`: the mark may be left out; tried against deny rules only. */
function withoutMark(words: readonly ShellWord[], { verbs }: Runner): readonly Inner[] {
  const at = words.findIndex(
    ({ text }, index) =>
      index > 0 && index < 4 && /^(?:exec|ssh|shell|enter|asuser|bsexec)$/.test(text ?? "") && verbs.includes(text ?? ""),
  );
  return at === -1 ? [] : namedInWords(words.slice(at + 1));
}

/** An option in front that no table knows may have taken the first word: a verb further on is tried too, against deny rules. */
function behindVerb(words: readonly ShellWord[], from: number, { verbs }: Runner): readonly Inner[] {
  const at = words.findIndex(({ text }, index) => index > from && text !== null && verbs.includes(text));
  const start = at === -1 ? words.length : words[at + 1]?.text === "--" ? at + 2 : at + 1;
  if (start >= words.length || words[from - 1]?.text?.startsWith("-") !== true) return [];
  return [{ kind: "command", words: words.slice(start), at: null, mode: "names", stdin: null }];
}
