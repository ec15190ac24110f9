import { type ChangedFile, type Finding, type Inner, inspection, type Inspection, type Input } from "../finding.ts";
import { optionTable, scanOptions } from "../options.ts";
import { couldBeOption, literalWord, type ShellWord, unknownWords, wordOf } from "../shell-word.ts";
import { changesPrograms } from "../assignments.ts";
import { joinedWords, scriptFromWord } from "./shells.ts";

const runs = new Set(["-exec", "-execdir", "-ok", "-okdir"]);
const writes = new Set(["-fprint", "-fprint0", "-fprintf", "-fls"]);

/** `find`: actions that run, delete or write (find(1), "ACTIONS"). */
export function inspectFind(words: readonly ShellWord[]): Inspection {
  const findings: Finding[] = [];
  const inner: Inner[] = [];
  const changes: ChangedFile[] = [];
  const roots = startingPoints(words);
  let risks: Inspection["risks"] = [];
  for (let at = 1; at < words.length; at += 1) {
    const word = words[at];
    if (word === undefined) break;
    if (word.text === null && couldBeOption(word) && !takesValue(words[at - 1]?.text ?? "")) {
      findings.push({ why: "A word that is computed when it runs could be an action of find.", risk: null, at: "never" });
    } else if (runs.has(word.text ?? "")) {
      const end = words.findIndex(
        (one, index) => index > at && (one.text === ";" || (one.text === "+" && words[index - 1]?.text === "{}")),
      );
      const command = words.slice(at + 1, end === -1 ? words.length : end);
      if (command.length > 0) inner.push(...foundCommands(command, at + 1, roots, end === -1));
      at = end === -1 ? words.length : end;
    } else if (word.text === "-delete") {
      findings.push({ why: "find -delete deletes what it finds.", risk: "deletes", at });
      risks = ["deletes"];
    } else if (writes.has(word.text ?? "")) {
      const file = words[at + 1];
      findings.push({ why: `find ${word.text ?? ""} writes a file.`, risk: "writes", at: at + 1 });
      if (file !== undefined) changes.push({ word: file, at: at + 1, isDeleted: false });
    }
  }
  return inspection({ findings, inner, changes, risks });
}

/** Tests whose next word is a value (find(1), "TESTS"). */
function takesValue(test: string): boolean {
  return /^-(?:i?name|i?path|i?wholename|i?regex|regextype|i?lname|type|xtype|size|[acm]time|[acm]min|newer.*|anewer|cnewer|maxdepth|mindepth|user|group|uid|gid|perm|fstype|inum|links|samefile|used|printf|context)$/.test(
    test,
  );
}

function startingPoints(words: readonly ShellWord[]): readonly ShellWord[] {
  const end = words.findIndex((word, index) => index > 0 && /^[-(!]/.test(word.text ?? "") && !/^-([HLP]|O\d|D.*)$/.test(word.text ?? ""));
  const roots = words.slice(1, end === -1 ? words.length : end).filter(({ text }) => text?.startsWith("-") !== true);
  return roots.length === 0 ? [literalWord(".")] : roots;
}

/** The command with `{}` replaced by a path below each starting point, as far as it is known. */
function foundCommands(command: readonly ShellWord[], at: number, roots: readonly ShellWord[], isOpen: boolean): Inner[] {
  const hasPlace = command.some(({ text }) => text?.includes("{}") === true);
  const some = hasPlace ? roots.slice(0, 32) : roots.slice(0, 1);
  return some.map((root, index): Inner => {
    const words = command.map((word) => (word.text?.includes("{}") === true ? placed(word.text, root) : word));
    return { kind: "command", words: isOpen ? [...words, unknownWords()] : words, at, mode: index === 0 ? "runs" : "names", stdin: null };
  });
}

function placed(text: string, root: ShellWord): ShellWord {
  const pieces = text
    .split("{}")
    .flatMap((part, index) => (index === 0 ? [part] : [...root.pieces, { hole: "value" as const, values: [""] }, part]));
  return wordOf(
    pieces.filter((piece) => piece !== ""),
    text,
  );
}

const fdOptions = optionTable(
  "exact",
  "d: t: e: E: S: c: j: o: x: X:",
  "max-depth= min-depth= exact-depth= type= extension= exclude= size= color= threads= owner= changed-within= changed-before= search-path= base-directory= ignore-file= max-results= path-separator= format= batch-size= exec exec-batch",
);

/** `fd -x`, `fd -X`: everything after them is a command (fd(1)). */
export function inspectFd(words: readonly ShellWord[]): Inspection {
  const at = words.findIndex(({ text }) => /^(-[a-zA-Z]*[xX]|--exec|--exec-batch|--exec=.*|--exec-batch=.*)$/.test(text ?? ""));
  const scan = scanOptions(words, 1, fdOptions);
  const findings: Finding[] =
    scan.uncertain.length > 0
      ? [{ why: "A word that is computed when it runs could be an option of fd that runs a command.", risk: null, at: "never" }]
      : [];
  if (at === -1 || words.length === at + 1) return inspection({ findings });
  const command = words
    .slice(at + 1)
    .map((word) =>
      word.text?.includes("{") === true ? placed(word.text.replaceAll(/\{(?:\/|\.|\/\/|\/\.)\}/g, "{}"), literalWord("./")) : word,
    );
  return inspection({ findings, inner: [{ kind: "command", words: [...command, unknownWords()], at: at + 1, mode: "runs", stdin: null }] });
}

const xargsOptions = optionTable(
  "posix",
  "a: d: E: e? I: i? L: l? n: P: s: R: S: J:",
  "arg-file= delimiter= eof=? replace=? max-lines=? max-args= max-procs= max-chars= process-slot-var= null interactive no-run-if-empty exit verbose open-tty show-limits",
);

/** `xargs`: its words, then words from its input that are not known (xargs(1)). */
export function inspectXargs(words: readonly ShellWord[], stdin: Input | null): Inspection {
  const scan = scanOptions(words, 1, xargsOptions);
  const [at] = scan.operands;
  if (at === undefined) return inspection({});
  const slot = scan.options.find(({ names }) => names.includes("--process-slot-var"))?.value?.text ?? null;
  const findings: Finding[] =
    slot !== null && changesPrograms(slot)
      ? [{ why: `It sets ${slot}, which changes what programs run or load.`, risk: null, at: "never" }]
      : [];
  const command = words.slice(at);
  // `xargs -a <(…)` reads that, and not its standard input.
  const file = scan.options.find(({ names }) => names.includes("-a") || names.includes("--arg-file"));
  const text = file === undefined ? stdin?.text : file.value?.content;
  const given = text?.split(/\s+/).filter((word) => word !== "") ?? [];
  const replace = scan.options.find(({ names }) => names.some((name) => /^(-I|-i|--replace|-J)$/.test(name)));
  if (replace === undefined) {
    const inner: Inner[] = [{ kind: "command", words: [...command, unknownWords()], at, mode: "runs", stdin: null }];
    if (given.length > 0)
      inner.push({ kind: "command", words: [...command, ...given.map(literalWord)], at: null, mode: "names", stdin: null });
    // With `-0`, `-d` or `-L` a word may hold blanks.
    const lines = text?.split(/[\n\0]/).filter((line) => /\S\s+\S/.test(line)) ?? [];
    for (const one of [...given.slice(0, 64), ...lines.slice(0, 64)])
      inner.push({ kind: "command", words: [...command, literalWord(one)], at: null, mode: "names", stdin: null });
    return inspection({ findings, inner });
  }
  const mark = replace.value?.text ?? "{}";
  const lines = text?.split("\n").filter((line) => line !== "") ?? [];
  const fill = (pieces: readonly string[] | null) =>
    command.map((word) => (word.text?.includes(mark) === true ? filled(word.text, mark, pieces) : word));
  return inspection({
    findings,
    inner: [
      { kind: "command", words: fill(null), at, mode: "runs", stdin: null },
      ...lines.slice(0, 64).map((line): Inner => ({ kind: "command", words: fill([line]), at: null, mode: "names", stdin: null })),
    ],
  });
}

function filled(text: string, mark: string, values: readonly string[] | null): ShellWord {
  const [value] = values ?? [];
  const pieces = text
    .split(mark)
    .flatMap((part, index) => (index === 0 ? [part] : [value ?? { hole: "value" as const, values: [] }, part]));
  return wordOf(
    pieces.filter((piece) => piece !== ""),
    text,
  );
}

/** `parallel … :::: <(…)`. */
function listed(command: readonly ShellWord[]): string | undefined {
  return command.find(({ content }) => content !== undefined)?.content;
}

/** How much text of repeated commands is tried value by value; beyond it all values are tried together. */
const maximumTried = 50_000;

/** `parallel`: its words and its input are joined and given to a shell (parallel(1)). */
export function inspectParallel(words: readonly ShellWord[], stdin: Input | null): Inspection {
  const scan = scanOptions(
    words,
    1,
    optionTable(
      "posix",
      "a: d: E: I: j: L: N: n: P: S: s: i? l? U: C: X? m?",
      "arg-file= jobs= sshlogin= sshloginfile= results= joblog= workdir= tmpdir= colsep= delay= retries= timeout= load= memfree= nice= halt= profile= max-args= max-lines= max-procs= max-replace-args= replace= shellquote tag progress bar eta keep-order dry-run pipe block= recstart= recend= ungroup line-buffer verbose will-cite citation",
    ),
  );
  const [at] = scan.operands;
  const finding: Finding = { why: "parallel gives its words and its input to a shell.", risk: null, at: words.length - 1 };
  const command = at === undefined ? [] : words.slice(at);
  const mark = command.findIndex(({ text }) => /^:::\+?$/.test(text ?? ""));
  const fileAt = command.findIndex(({ text }) => /^::::\+?$/.test(text ?? ""));
  const own = mark === -1 ? command.slice(0, fileAt === -1 ? command.length : fileAt) : command.slice(0, mark);
  const values =
    mark === -1
      ? ((stdin?.text ?? listed(command))?.split("\n").filter((line) => line !== "") ?? [])
      : command.slice(mark + 1).flatMap(({ text }) => (text === null ? [] : [text]));
  if (own.length === 0) {
    const scripts = values.map((source): Inner => ({ kind: "script", source, mode: "names", parameters: [] }));
    return inspection({ findings: [finding], inner: scripts });
  }
  const text = own.map((word) => word.text ?? word.source).join(" ");
  const some = values.slice(0, Math.min(64, Math.ceil(maximumTried / (text.length + 1))));
  const tried = [...some, values.join(" ")].map((value): Inner => {
    return {
      kind: "script",
      source: /\{.{0,3}\}/.test(text) ? text.replaceAll(/\{.{0,3}\}/g, value) : `${text} ${value}`,
      mode: "names",
      parameters: [],
    };
  });
  return inspection({ findings: [finding], inner: [...scriptFromWord(joinedWords(own), "never", []).inner, ...tried] });
}
