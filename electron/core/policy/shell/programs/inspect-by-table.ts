import { type ChangedFile, type Finding, type GivenPath, type Inner, inspection, type Inspection } from "../finding.ts";
import { scanOptions } from "../options.ts";
import { literalWord, type ShellWord } from "../shell-word.ts";
import { namedInCode } from "./interpreters.ts";
import { type Effect, effectRisks, effectWords, type Program } from "./program.ts";

/** Inspects a command by its program's table row; its name stands at index `at`. */
export function inspectByTable(words: readonly ShellWord[], at: number, entry: Program): Inspection {
  const name = words[at]?.text ?? "";
  const scan = scanOptions(words, at + 1, entry.options);
  const findings: Finding[] = [];
  const inner: Inner[] = [];
  const changes: ChangedFile[] = [];
  const given: GivenPath[] = [];
  if (entry.always !== null) findings.push({ why: entry.always, risk: entry.risks[0] ?? null, at: entry.isOpaque ? words.length - 1 : at });
  if (entry.runsWords && !speaksPlainly(words, at + 1, entry))
    inner.push(...namedInWords(words.slice(at)), ...words.flatMap(({ content }) => (content === undefined ? [] : namedInFile(content))));
  for (const { names, value, until } of scan.options) {
    const option = names.find((one) => entry.dangers.has(one));
    const effect = option === undefined ? undefined : entry.dangers.get(option);
    if (
      option !== undefined &&
      effect !== undefined &&
      !isHarmless(effect, value) &&
      !isPlain(names, value, entry) &&
      !(Object.hasOwn(entry.harmless, option) && entry.harmless[option]?.test(value?.text ?? "") === true) &&
      !entry.folders.includes(option)
    ) {
      findings.push({ why: `The option ${option} of ${name} ${effectWords[effect]}.`, risk: effectRisks[effect], at: until });
      const given = value ?? following(words, until);
      if (given !== null && telling.has(effect)) {
        if (given.content !== undefined) inner.push(...namedInFile(given.content));
        else if (given.text !== null) inner.push(...namedInValue(given.text, effect));
      }
    }
    if (option !== undefined && entry.folders.includes(option)) given.push({ word: value ?? literalWord("/"), at: until });
    if (value !== null && names.some((one) => entry.targets.includes(one))) changes.push({ word: value, at: until, isDeleted: false });
  }
  const [, second] = scan.operands;
  if (entry.operands === "writes-second" && second !== undefined && words[second]?.text !== "-")
    findings.push({ why: `The second file that ${name} is given is written.`, risk: "writes", at: second });
  const uncertain = entry.dangers.size > 0 ? scan.uncertain[0] : undefined;
  if (uncertain !== undefined) {
    findings.push({ why: `A word that is computed when it runs could be an option of ${name} that does more.`, risk: null, at: "never" });
  }
  return inspection({
    findings,
    inner,
    changes: [...changes, ...changedOperands(words, scan.operands, entry, changes.length > 0)],
    given,
    risks: entry.risks,
  });
}

/** Whether the words are those of a verb that only shows or names (`tmux rename-window NAME`). */
function speaksPlainly(words: readonly ShellWord[], at: number, { plainVerbs }: Program): boolean {
  return (
    plainVerbs !== null && plainVerbs.test(words[at]?.text ?? "") && !words.some(({ text }) => text === null || /[#;&|]|^eval$/i.test(text))
  );
}

/** The word behind an option whose value may stand there, although the table does not say so; only tried against deny rules. */
function following(words: readonly ShellWord[], until: number): ShellWord | null {
  const next = words[until + 1];
  return next === undefined || next.text?.startsWith("-") === true ? null : next;
}

/** A file that the program itself writes in the command line (`--config <(…)`): as a script, its lines, and the strings of its code. */
export function namedInFile(text: string): Inner[] {
  const lines = text.split("\n", maximumStarts).map((line) => line.replace(/^[\s@+-]*(?:\w+:\s+)?/, ""));
  return [...lines.flatMap(namedInText), { kind: "script", source: text, mode: "names", parameters: [] }, ...namedInCode(text)];
}

/** Effects by which a value can name a command. */
const telling: ReadonlySet<Effect> = new Set<Effect>(["runs", "executes", "configures", "loads"]);

/**
 * Commands in the value of such an option: the value itself, the strings in it where it is code (`--eval '(shell "…")'`), what it
 * sets where it is a setting (`key=…`), and its words where commas join them (`-wrapper a,b`). Only tried against deny rules.
 */
function namedInValue(text: string, effect: Effect): Inner[] {
  const script = (source: string): Inner => ({ kind: "script", source, mode: "names", parameters: [] });
  const isCommand = effect === "runs" || effect === "executes";
  const set = /^[\w.:+-]+=+\s*!?(.*)$/s.exec(text)?.[1];
  return [
    ...(isCommand
      ? [script(text.replace(/^(?:\d+=)?exec=/, "")), ...(/^(?:shell|run|!)\s/.test(text) ? [script(text.replace(/^\S+\s+/, ""))] : [])]
      : []),
    ...(isCommand || !/\s/.test(text) ? [] : [script(text)]),
    ...(set === undefined || set === "" ? [] : [script(set)]),
    ...[...text.matchAll(/\(([^()]+)\)/g)].slice(0, maximumStarts).map(([, inside = ""]) => script(inside)),
    ...(isCommand && /^[^\s,]+(?:,[^\s,]+)+$/.test(text) ? [script(text.replaceAll(",", " "))] : []),
    ...(/["'`(]/.test(text) ? namedInCode(text) : []),
  ];
}

/** Most words of such a command that are tried as the beginning of another. */
const maximumStarts = 32;

/** Every place in the words where a command could begin, and every word as a script: only tried against deny rules. */
export function namedInWords(words: readonly ShellWord[]): Inner[] {
  return words
    .slice(1, maximumStarts)
    .flatMap((word, index): Inner[] => [
      { kind: "command", words: words.slice(index + 1), at: null, mode: "names", stdin: null },
      ...namedInText(word.text?.replace(/^[+:\\]*(?:[\d$.%,;'<>]*!)?\s*/, "") ?? ""),
      ...(/\[\s*["']/.test(word.text ?? "") ? namedInCode(word.text ?? "") : []),
    ]);
}

/** A text as a script, and every place in it where a command could begin. */
export function namedInText(text: string): Inner[] {
  const words = text.split(/\s+/).filter((word) => word !== "");
  if (words.length < 2) return [];
  const starts = words.slice(0, maximumStarts).map((_, index): Inner => {
    const [first = "", ...rest] = words.slice(index);
    const bare = [first.replace(/^[!:\\"'`]+/, ""), ...rest.map((word) => word.replace(/["'`)\];,]+$/, ""))];
    return { kind: "command", words: bare.map(literalWord), at: null, mode: "names", stdin: null };
  });
  return [{ kind: "script", source: text, mode: "names", parameters: [] }, ...starts];
}

function isPlain(names: readonly string[], value: ShellWord | null, entry: Program): boolean {
  return entry.plain.some((option) => names.includes(option)) && /^[a-z][\w-]*$/.test(value?.text ?? "");
}

function isHarmless(effect: string, value: ShellWord | null): boolean {
  return effect === "writes" && (value?.text === "-" || value?.text === "/dev/null" || value?.text === "/dev/stdout");
}

function changedOperands(words: readonly ShellWord[], operands: readonly number[], entry: Program, hasTarget: boolean): ChangedFile[] {
  const chosen = {
    none: [],
    writes: operands,
    deletes: operands,
    "writes-last": hasTarget ? [] : operands.slice(-1),
    "writes-second": operands.slice(1, 2),
  }[entry.operands];
  return chosen.flatMap((at) => {
    const word = words[at];
    return word === undefined ? [] : [{ word, at, isDeleted: entry.operands === "deletes" }];
  });
}
