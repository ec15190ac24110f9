import { type Finding, type Inner, type Input, inspection, type Inspection } from "../finding.ts";
import { optionTable, scanOptions } from "../options.ts";
import type { ShellWord } from "../shell-word.ts";
import { namedInCode } from "./interpreters.ts";
import { readSedScript } from "./sed-script.ts";

const sedOptions = optionTable(
  "gnu",
  "e: f: l: i?",
  "expression= file= line-length= in-place=? quiet silent regexp-extended separate unbuffered null-data zero-terminated follow-symlinks posix debug sandbox binary",
);

/** `sed`: its script may run commands and write files; `-i` changes files in place (sed(1)). */
export function inspectSed(words: readonly ShellWord[], stdin: Input | null): Inspection {
  const scan = scanOptions(words, 1, sedOptions);
  const findings: Finding[] = [];
  const inner: Inner[] = [];
  const scripts: number[] = [];
  let isInPlace = false;
  let isSandboxed = false;
  for (const { names, value, until } of scan.options) {
    if (names.includes("--sandbox") && names.length === 1) isSandboxed = true;
    const isFile = names.includes("-f") || names.includes("--file");
    const file = !isFile ? undefined : value?.text === "-" || value?.text === "/dev/stdin" ? stdin?.text : value?.content;
    if (file !== undefined) inner.push(...readSedScript(file).commands.map(asScript));
    if (names.includes("-e") || names.includes("--expression")) scripts.push(until);
    else if (names.includes("-f") || names.includes("--file"))
      findings.push({ why: "sed runs a script from a file.", risk: null, at: until });
    else if (names.includes("-i") || names.includes("--in-place")) {
      isInPlace = true;
      findings.push({ why: "sed -i changes files in place.", risk: "writes", at: until });
    }
  }
  const hasScript = scan.options.some(({ names }) => names.some((name) => /^(-e|--expression|-f|--file)$/.test(name)));
  const operands = hasScript ? scan.operands : scan.operands.slice(1);
  if (!hasScript && scan.operands[0] !== undefined) scripts.unshift(scan.operands[0]);
  const uncertain = scan.uncertain.find((at) => !scripts.includes(at));
  if (uncertain !== undefined)
    findings.push({ why: "A word that is computed when it runs could be an option of sed that does more.", risk: null, at: "never" });
  for (const at of scripts) {
    const word = words[at];
    const known = word?.text ?? null;
    if (known === null) findings.push({ why: "The sed script is put together when it runs.", risk: null, at: "never" });
    else addSedScript(known.replace(/^(--expression=|-e)(?=.)/, ""), at, isSandboxed, findings, inner);
  }
  // `s/.*/&/e` runs what it made of a line (GNU sed manual, "The s Command").
  if (stdin !== null && findings.some(({ why }) => why === "The sed script runs commands.")) inner.push(asScript(stdin.text));
  const changes = isInPlace ? operands.flatMap((at) => (words[at] === undefined ? [] : [{ word: words[at], at, isDeleted: false }])) : [];
  return inspection({ findings, inner, changes });
}

function addSedScript(script: string, at: number, isSandboxed: boolean, findings: Finding[], inner: Inner[]): void {
  const effects = readSedScript(script);
  if (effects.isUnclear) findings.push({ why: "The sed script could not be read completely.", risk: "unparsable", at });
  if (isSandboxed) return;
  if (effects.writes) findings.push({ why: "The sed script writes a file.", risk: "writes", at });
  if (effects.commands.length > 0) findings.push({ why: "The sed script runs commands.", risk: null, at });
  inner.push(...effects.commands.map(asScript));
}

function asScript(source: string): Inner {
  return { kind: "script", source, mode: "names", parameters: [] };
}

const awkOptions = optionTable(
  "gnu",
  "f: F: v: e: E: i: l: L? o? d? D? p?",
  "file= field-separator= assign= source= exec= include= load= lint=? pretty-print=? dump-variables=? debug=? profile=? sandbox traditional posix re-interval bignum optimize characters-as-bytes non-decimal-data use-lc-numeric",
);

/** `awk`: its program may run commands and write files (gawk(1), POSIX awk). */
export function inspectAwk(words: readonly ShellWord[], stdin: Input | null): Inspection {
  const scan = scanOptions(words, 1, { ...awkOptions, style: "posix" });
  const findings: Finding[] = [];
  const programs: { readonly text: string | null; readonly at: number }[] = [];
  const given: Inner[] = [];
  const assigned = scan.options
    .flatMap(({ names, value }) =>
      names.includes("-v") || names.includes("--assign") ? [value?.text?.match(/^(\w+)=(.*)$/s) ?? null] : [],
    )
    .filter((match) => match !== null);
  const values = assigned.map(([, , value = ""]) => value);
  let hasFile = false;
  let isSandboxed = false;
  for (const { names, value, until } of scan.options) {
    if (names.length === 1 && names[0] === "--sandbox") isSandboxed = true;
    else if (names.some((name) => /^(-e|--source)$/.test(name))) programs.push({ text: value?.text ?? null, at: until });
    else if (names.some((name) => /^(-f|--file|-E|--exec)$/.test(name))) {
      hasFile = true;
      findings.push({ why: "awk runs a program from a file.", risk: null, at: until });
      const text = value?.text === "-" || value?.text === "/dev/stdin" ? stdin?.text : value?.content;
      if (text !== undefined) given.push(...namedInCode(text));
    } else if (names.some((name) => /^(-i|--include|-l|--load)$/.test(name)))
      findings.push({ why: "awk loads code.", risk: null, at: until });
    else if (names.some((name) => /^(-o|--pretty-print|-d|--dump-variables|-p|--profile)$/.test(name)))
      findings.push({ why: "awk writes a file.", risk: "writes", at: until });
  }
  const [first] = scan.operands;
  if (programs.length === 0 && !hasFile && first !== undefined) programs.push({ text: words[first]?.text ?? null, at: first });
  const inner: Inner[] = [...given];
  for (const { text, at } of programs) {
    if (text === null) {
      findings.push({ why: "The awk program is put together when it runs.", risk: null, at: "never" });
      inner.push(...namedInCode(words[at]?.source ?? ""));
      continue;
    }
    const why = isSandboxed ? null : awkEffect(text);
    if (why?.includes("runs") === true) {
      inner.push(...namedInCode(text));
      if (assigned.length > 0) inner.push(...namedInCode(withValues(text, assigned)));
      // What it runs may come from its variables, its words or a line of its input (POSIX awk, "Input/Output and General Functions").
      const lines = stdin?.text.split("\n", maximumLines) ?? [];
      const operands = scan.operands.flatMap((index) => words[index]?.text ?? []).filter((word) => word !== text);
      inner.push(...[...values, ...operands, ...lines].filter((line) => /\S\s+\S/.test(line)).map(asScript));
    }
    if (why !== null) findings.push({ why, risk: why.includes("writes") ? "writes" : null, at });
  }
  return inspection({ findings, inner });
}

/** A program with what `-v` gives its variables in their places. */
function withValues(program: string, assigned: readonly RegExpMatchArray[]): string {
  let text = program;
  for (const [, name = "", value = ""] of assigned.slice(0, 8)) {
    if (text.length > maximumProgram || value.length > maximumProgram || /["\\]/.test(value)) break;
    text = text.replaceAll(new RegExp(`\\b${name}\\b`, "g"), () => `"${value}"`);
  }
  return text;
}

/** Longer programs and values are not put together, characters. */
const maximumProgram = 1_024;

/** Lines of input that an awk program may run. */
const maximumLines = 200;

/** Why an awk program is not only reading; comments, strings and patterns are taken out first. */
function awkEffect(program: string): string | null {
  const bare = bareAwk(program);
  if (/\bsystem\s*\(/.test(bare)) return "The awk program runs commands.";
  if (bare.replaceAll("||", "").includes("|")) return "The awk program runs commands.";
  if (/@(load|include)\b|@\w+\s*\(/.test(bare)) return "The awk program loads code.";
  if (/\b(print|printf)\b[^;}\n]*>/.test(withoutGroups(bare))) return "The awk program writes a file.";
  if (/\bgetline\b/.test(bare) && program.includes("/inet")) return "The awk program opens a connection.";
  return null;
}

/** Inside of parentheses `>` compares (POSIX awk, "Output Statements"). */
function withoutGroups(program: string): string {
  let text = program;
  for (let round = 0; round < 8 && text.includes("("); round += 1) text = text.replaceAll(/\([^()]*\)/g, "0");
  return text;
}

/** A slash after one of these begins a pattern; anywhere else it is taken for a division, whose text is kept. */
const beforePattern = new Set(["", "~", "!", "(", ",", "{", "}", ";", "&", "|", "\n"]);

function bareAwk(program: string): string {
  let bare = "";
  let before = "";
  for (let at = 0; at < program.length; at += 1) {
    const character = program.charAt(at);
    if (character === "#") {
      const end = program.indexOf("\n", at);
      at = end === -1 ? program.length : end - 1;
    } else if (character === '"') {
      at = closing(program, at, '"');
      bare += '""';
      before = '"';
    } else if (character === "/" && beforePattern.has(before)) {
      at = closing(program, at, "/");
      bare += "//";
      before = "/";
    } else {
      bare += character;
      if (!/[ \t\r]/.test(character)) before = character;
    }
  }
  return bare;
}

/** The index of the closing mark; a line end closes too, as awk itself would refuse it. */
function closing(program: string, start: number, mark: string): number {
  let at = start + 1;
  while (at < program.length && program[at] !== mark && program[at] !== "\n") at += program[at] === "\\" ? 2 : 1;
  return at;
}
