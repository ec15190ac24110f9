import { type Finding, type Inner, type Input, inspection, type Inspection, joinInspections } from "../finding.ts";
import { couldBeOption, literalWord, type ShellWord } from "../shell-word.ts";
import { possibleTexts } from "../values.ts";

/** Shells whose language is the one that is parsed here (bash(1), dash(1), ksh(1)). */
const bourne = new Set(["sh", "bash", "dash", "ash", "ksh", "ksh93", "mksh", "rbash", "posh", "yash", "bash5", "busybox-sh", "sash"]);
/** Shells with another language: what they run cannot be judged (zshexpn(1), fish(1), tcsh(1)). */
const foreign = new Set([
  "zsh",
  "fish",
  "csh",
  "tcsh",
  "xonsh",
  "nu",
  "elvish",
  "pwsh",
  "powershell",
  "cmd",
  "rc",
  "es",
  "oil",
  "osh",
  "ysh",
]);

export function isShell(name: string): boolean {
  const plain = name.replace(/-?\d[\d.]*$/, "");
  return bourne.has(name) || foreign.has(name) || bourne.has(plain) || foreign.has(plain);
}

const unknownInput: Finding = { why: "A shell reads its commands from what is piped into it.", risk: null, at: "never" };

/** `/dev/stdin`, `/dev/fd/3`: what is open already, whose text stands in a redirection (bash(1), "REDIRECTION"). */
export function isOpenFile(path: string | null): boolean {
  return path !== null && /^\/(?:dev\/stdin|(?:dev|proc\/(?:self|\$\$|\d+))\/fd\/\d+)$/.test(path);
}

/** `sh -c SCRIPT`, `sh FILE`, or a shell that reads its standard input. */
export function inspectShell(words: readonly ShellWord[], name: string, stdin: Input | null): Inspection {
  const findings: Finding[] = [];
  if (foreign.has(name.replace(/-?\d[\d.]*$/, "")))
    findings.push({ why: `Gatehouse cannot read the language of ${name}.`, risk: "unparsable", at: words.length - 1 });
  const foreignScript = foreignCommand(words, name, stdin);
  if (foreignScript !== null) return inspection({ findings, inner: foreignScript });
  const { operandAt, isScript, isStdin, isOnlyRead } = readOptions(words, findings);
  const started = words
    .slice(1, operandAt)
    .flatMap(({ content }): Inner[] => (content === undefined ? [] : [{ kind: "script", source: content, mode: "names", parameters: [] }]));
  if (started.length > 0)
    return joinInspections([
      inspection({ inner: started }),
      inspectShell(
        words.filter(({ content }) => content === undefined),
        name,
        stdin,
      ),
    ]);
  const operand = words[operandAt];
  if (isOnlyRead) {
    const source = isScript ? operand?.text : stdin?.text;
    return inspection({ findings, inner: typeof source === "string" ? [{ kind: "script", source, mode: "names", parameters: [] }] : [] });
  }
  if (isScript && name.startsWith("zsh") && typeof operand?.text === "string") {
    const plain = withoutModifiers(operand.text);
    if (plain !== operand.text)
      return inspection({
        findings,
        inner: [{ kind: "script", source: plain, mode: "names", parameters: words.slice(operandAt + 1), stdin }],
      });
  }
  if (isScript) return joinScript(words, operandAt, findings, stdin);
  if (operand === undefined || isStdin || operand.text === "-" || isOpenFile(operand.text)) {
    if (words.some(({ text }) => text === "--version" || text === "--help")) return inspection({ findings });
    // With `-s` the operands are `$1` and so on, behind the shell's own name.
    const own = isStdin ? words.slice(0, 1) : [];
    return inspection(scriptFromInput(stdin, findings, operand === undefined ? [] : [...own, ...words.slice(operandAt)]));
  }
  if (operand.content !== undefined)
    return inspection(scriptFromInput({ text: operand.content, isExact: false }, findings, words.slice(operandAt)));
  if (couldBeOption(operand)) findings.push({ why: "What the shell runs is computed when it runs.", risk: null, at: "never" });
  return inspection({ findings, inner: [{ kind: "command", words: words.slice(operandAt), at: operandAt, mode: "runs", stdin: null }] });
}

/**
 * `fish --command=…`, `pwsh -Command …` and its shortened forms, `cmd /c …`: the text is in another language, and is only tried
 * against deny rules (fish(1); about_Pwsh, "-Command", "-EncodedCommand"; cmd /?). Null where there is no such option.
 */
function foreignCommand(words: readonly ShellWord[], name: string, stdin: Input | null): readonly Inner[] | null {
  const script = (source: string): Inner => ({ kind: "script", source, mode: "names", parameters: [] });
  const isPower = name.startsWith("pwsh") || name.startsWith("powershell");
  for (const [at, { text }] of words.entries()) {
    if (at === 0 || text === null || !/^[-/]/.test(text)) continue;
    const next = words[at + 1];
    const following = next === undefined ? "" : (next.text ?? next.source);
    if (isPower && /^[-/](?:e|ec|en|enc[a-z]*)$/i.test(text)) return [script(Buffer.from(following, "base64").toString("utf16le"))];
    if (isPower && /^[-/](?:c|com[a-z]*)$/i.test(text) && following === "-" && stdin !== null) return powerScripts(stdin.text);
    if (isPower ? /^[-/](?:c|com[a-z]*)$/i.test(text) : name === "cmd" && /^\/[ckr]$/i.test(text)) {
      const rest = words.slice(at + 1).map(({ text: word, source }) => word ?? source);
      return rest.length === 0 ? null : [...powerScripts(rest.join(" ")), script(following)];
    }
    if (name === "fish" && text === "-C") return [script(following), ...(foreignCommand(words.slice(at + 1), name, stdin) ?? [])];
    const long = /^--(?:init-)?commands?(?:=(.*))?$/s.exec(text);
    if (long !== null) return [long[1] ?? following, (long[1] ?? following).replaceAll(/(^|[\s;|({])\^/g, "$1")].map(script);
  }
  return null;
}

/**
 * A text of PowerShell as it stands, and without what only says that the rest is run: `Start-Process`, `Invoke-Expression`, `iex`
 * (learn.microsoft.com/powershell/module).
 */
function powerScripts(text: string): readonly Inner[] {
  const script = (source: string): Inner => ({ kind: "script", source, mode: "names", parameters: [] });
  const started = text
    .replaceAll(
      /(?<![\w-])(?:Start-Process|saps|start|Start-Job|Invoke-Command|icm|-FilePath|-ArgumentList|-ScriptBlock|-Args|-NoNewWindow|-Wait)(?![\w-])/gi,
      " ",
    )
    .replaceAll(/["',{}]/g, " ");
  const evaluated = [...text.matchAll(/\b(?:Invoke-Expression|iex)\s+(?:-Command\s+)?["']?([^"'\n]*)/gi)].map(([, source = ""]) => source);
  return [text, ...(started === text ? [] : [started.trim()]), ...evaluated].map(script);
}

/** What zsh does not take as a part of the command behind it: `noglob`, `-`, and `=` for "the path of" (zshmisc(1), zshexpn(1)). */
function withoutModifiers(source: string): string {
  return source.replaceAll(/(^|[;&|(\n]\s*)(?:=(?=\w)|(?:noglob|nocorrect|-)\s+)+/g, "$1");
}

/** A script on standard input: exact text is judged in full, other text only against deny rules. */
export function scriptFromInput(
  stdin: Input | null,
  findings: readonly Finding[],
  parameters: readonly ShellWord[],
): { readonly findings: readonly Finding[]; readonly inner: readonly Inner[] } {
  if (stdin === null) return { findings: [...findings, unknownInput], inner: [] };
  const inner: Inner = { kind: "script", source: stdin.text, mode: stdin.isExact ? "runs" : "names", parameters };
  return { findings: stdin.isExact ? findings : [...findings, unknownInput], inner: [inner] };
}

/** A script in one word: exact, or with computed parts that could say anything. */
export function scriptFromWord(
  word: ShellWord,
  at: number | "never",
  parameters: readonly ShellWord[],
): { readonly findings: readonly Finding[]; readonly inner: readonly Inner[] } {
  if (word.text !== null) return { findings: [], inner: [{ kind: "script", source: word.text, mode: "runs", parameters }] };
  const sources = [...possibleTexts(word), word.pieces.map((piece) => (typeof piece === "string" ? piece : '"$_"')).join("")];
  return {
    findings: [{ why: "A script that it runs is put together when it runs.", risk: null, at }],
    inner: sources.map((source) => ({ kind: "script", source, mode: "names", parameters })),
  };
}

/** Words that are joined with blanks and read again by a shell, as `eval` and `watch` do. */
export function joinedWords(words: readonly ShellWord[]): ShellWord {
  const pieces = words.flatMap((word, index) => (index === 0 ? word.pieces : [" ", ...word.pieces]));
  const text = words.every((word) => word.text !== null) ? words.map((word) => word.text).join(" ") : null;
  return { ...literalWord(""), pieces, text, source: words.map(({ source }) => source).join(" ") };
}

function joinScript(words: readonly ShellWord[], operandAt: number, findings: readonly Finding[], stdin: Input | null): Inspection {
  const script = words[operandAt];
  if (script === undefined) return inspection({ findings });
  const read = scriptFromWord(script, "never", words.slice(operandAt + 1));
  return inspection({ findings: [...findings, ...read.findings], inner: read.inner.map((one) => ({ ...one, stdin })) });
}

function readOptions(
  words: readonly ShellWord[],
  findings: Finding[],
): { readonly operandAt: number; readonly isScript: boolean; readonly isStdin: boolean; readonly isOnlyRead: boolean } {
  let isScript = false;
  let isStdin = false;
  let isOnlyRead = false;
  let isRun = false;
  let loginAt: number | null = null;
  let at = 1;
  for (; at < words.length; at += 1) {
    const text = words[at]?.text ?? null;
    if (text === null || !/^[-+]./.test(text)) break;
    if (text === "--") {
      at += 1;
      break;
    }
    if (/^--(rcfile|init-file)/.test(text)) {
      findings.push({ why: `The option ${text} reads settings that can run programs.`, risk: null, at });
      if (!text.includes("=")) at += 1;
    } else if (!text.startsWith("--")) {
      if (text.startsWith("-") && text.includes("c")) isScript = true;
      if (text.startsWith("-") && text.includes("s")) isStdin = true;
      // `-n` reads and runs nothing; an interactive shell ignores it (bash(1), "set -n").
      if (text.startsWith("-") && text.includes("n")) isOnlyRead = true;
      if (text.startsWith("+") || text.includes("i") || text.includes("o")) isRun = true;
      if (text.startsWith("-") && text.includes("i")) findings.push({ why: "It reads the start-up files of the shell.", risk: null, at });
      if (text.startsWith("-") && text.includes("l")) loginAt = at;
      if (/[oO]$/.test(text)) at += 1;
    }
  }
  // `bash -lc COMMAND` is how agents run commands: the start-up files lie in the home folder, and whoever changes them is asked there.
  if (loginAt !== null && !isScript) findings.push({ why: "It reads the start-up files of the shell.", risk: null, at: loginAt });
  return { operandAt: at, isScript, isStdin, isOnlyRead: isOnlyRead && !isRun };
}
