import type { Risk } from "#shared/contract/policy.ts";
import { type Finding, type Inner, type Input, inspection, type Inspection } from "../finding.ts";
import { type OptionTable, optionTable, scanOptions } from "../options.ts";
import { printedText } from "../literal-output.ts";
import { literalWord, type ShellWord } from "../shell-word.ts";
import { possibleTexts } from "../values.ts";
import { isOpenFile } from "./shells.ts";

/** A language that runs code given in its words, a file, or its standard input. */
export interface Interpreter {
  readonly name: RegExp;
  readonly options: OptionTable;
  /** Options whose value is code. */
  readonly code: readonly string[];
  /** Options that load code or change how it is loaded. */
  readonly loads: readonly string[];
  /** Subcommands: `eval CODE`, `repl`. */
  readonly verbs: readonly string[];
  readonly source: string;
}

const interpreters: readonly Interpreter[] = [
  {
    name: /^(?:(python|pypy)[\d.]*w?|py)$/,
    options: optionTable("posix", "c: m: W: X: Q:", "check-hash-based-pycs="),
    code: ["-c"],
    loads: ["-i"],
    verbs: [],
    source: 'python(1); docs.python.org, "Python launcher for Windows"',
  },
  {
    name: /^node(js)?$/,
    options: optionTable(
      "exact",
      "e: p: r: C:",
      "eval= print= require= import= loader= experimental-loader= conditions= env-file= input-type= run= test-name-pattern= test-skip-pattern= test-reporter= test-reporter-destination= test-concurrency= test-timeout= test-shard= test-global-setup= title= inspect=? inspect-brk=? build-snapshot-config=",
    ),
    code: ["-e", "--eval", "-p", "--print", "-pe"],
    loads: [
      "-r",
      "--require",
      "--import",
      "--loader",
      "--experimental-loader",
      "--env-file",
      "--openssl-config",
      "--inspect",
      "--inspect-brk",
      "--run",
      "--snapshot-blob",
      "--test-global-setup",
      "--test-reporter-destination",
      "--watch-path",
    ],
    verbs: [],
    source: "node(1)",
  },
  {
    name: /^perl[\d.]*$/,
    options: optionTable("posix", "e: E: I: M: m: D? F: x? i? V? d?", ""),
    code: ["-e", "-E"],
    loads: ["-I", "-M", "-m", "-i", "-d", "-x", "-S"],
    verbs: [],
    source: "perlrun(1)",
  },
  {
    name: /^(j|t)?ruby[\d.]*$/,
    options: optionTable("posix", "e: r: I: C: E: F? x? i?", "enable= disable= encoding= external-encoding= internal-encoding="),
    code: ["-e"],
    loads: ["-r", "-I", "-C", "-x", "-i"],
    verbs: [],
    source: "ruby(1)",
  },
  {
    name: /^php[\d.]*$/,
    options: optionTable(
      "posix",
      "r: B: R: E: F: f: d: c: z: S: t:",
      "run= process-begin= process-code= process-end= process-file= file= define= php-ini= zend-extension= server= docroot=",
    ),
    code: ["-r", "-B", "-R", "-E", "--run", "--process-begin", "--process-code", "--process-end"],
    loads: ["-d", "-c", "-z", "-F", "-S", "--define", "--php-ini", "--zend-extension", "--process-file", "--server"],
    verbs: [],
    source: "php(1)",
  },
  {
    name: /^(lua|luajit)[\d.]*$/,
    options: optionTable("posix", "e: l: j? O? b?", ""),
    code: ["-e"],
    loads: ["-l", "-j"],
    verbs: [],
    source: "lua(1)",
  },
  {
    name: /^deno$/,
    options: optionTable("posix", "c: r? A?", "config= import-map= preload="),
    code: [],
    loads: ["-c", "--config", "--import-map", "--preload"],
    verbs: ["eval", "repl"],
    source: "docs.deno.com",
  },
  {
    name: /^guile[\d.]*$/,
    options: optionTable("posix", "c: l: L: s: e: x: C:", "debug no-debug auto-compile fresh-auto-compile listen=? use-srfi="),
    code: ["-c"],
    loads: ["-l", "-L", "-s", "--listen"],
    verbs: [],
    source: "guile(1)",
  },
  {
    name: /^erl$/,
    options: optionTable("single", "", "eval= run= s= config= boot= args_file= pa= pz= name= sname= setcookie="),
    code: ["-eval"],
    loads: ["-run", "-s", "-config", "-boot", "-args_file", "-pa", "-pz"],
    verbs: [],
    source: "erlang.org, erl",
  },
  {
    name: /^(ipython3?|bpython|ptpython)$/,
    options: optionTable("posix", "c: m: i?", "profile= ext= config= command="),
    code: ["-c"],
    loads: ["-i", "--config", "--ext"],
    verbs: [],
    source: "ipython.readthedocs.io, terminal IPython options",
  },
  {
    name: /^maxima$/,
    options: optionTable("posix", "b: r: l: p: i:", "batch-string= batch= run-string= init= preload-lisp= init-mac= userdir="),
    code: ["--batch-string", "-r", "--run-string"],
    loads: ["-b", "--batch", "-l", "-p", "--preload-lisp", "-i", "--init", "--init-mac"],
    verbs: [],
    source: "maxima(1)",
  },
  {
    name: /^(matlab)$/,
    options: optionTable("single", "", "batch= r= logfile= sd="),
    code: ["-batch", "-r"],
    loads: [],
    verbs: [],
    source: "mathworks.com/help/matlab/ref/matlablinux.html",
  },
  {
    name: /^(irb|pry|zx|coffee|bb|scala-cli|amm|ghci|utop|jshell|tsx|ts-node|ts-node-esm|vite-node|babel-node|jiti|Rscript|R|julia|ghc|runghc|ocaml|elixir|iex|racket|slsh|jrunscript|jjs|scheme|sbcl|clisp|crystal|swift|dart|nim|raku|perl6|octave|gnuplot|dc|m4)$/,
    options: optionTable("posix", "e: E: f: l: r:", "eval= print= execute= expression= load="),
    code: ["-e", "-E", "--eval", "--print", "--execute", "--expression"],
    loads: ["-l", "--load", "-r"],
    verbs: [],
    source: "each language's manual",
  },
];

/** Modules of Python that run code or serve files from their own words (docs.python.org, "Command line"). */
const busyModules = /^(timeit|pdb|code|cProfile|profile|trace|http\.server|ptpython|IPython|idlelib|pty|webbrowser|zipapp)$/;

/** The interpreter of this name. */
export function interpreterNamed(name: string): Interpreter | null {
  return interpreters.find((one) => one.name.test(name)) ?? null;
}

/** `python -c CODE`, `node FILE`, `perl` that reads its program from a pipe. */
export function inspectInterpreter(words: readonly ShellWord[], name: string, entry: Interpreter, stdin: Input | null): Inspection {
  const scan = scanOptions(words, 1, { ...entry.options, style: entry.options.style === "gnu" ? "posix" : entry.options.style });
  const findings: Finding[] = [];
  const inner: Inner[] = [];
  const risks: Risk[] = [];
  let hasCode = false;
  for (const { names, value, until } of scan.options) {
    const [option = ""] = names;
    if (entry.code.includes(option)) {
      hasCode = true;
      findings.push({ why: `It runs ${name} code that is given in its words.`, risk: null, at: until });
      // `-pe CODE` is one option of its own: its code is the next word.
      const isBoth = words[until]?.text === "-pe";
      const code = isBoth ? words[until + 1] : value;
      if (code !== undefined && code !== null) inner.push(...namedInCode(code.text ?? possibleTexts(code)[0] ?? code.source));
      // Code that reads its input may run it.
      if (stdin !== null && /stdin|input\(|\$<|<>|\$_|\bgets\b|ARGF|file_get_contents|read_line/i.test(code?.text ?? ""))
        inner.push(
          ...stdin.text.split("\n", maximumStrings).map((source): Inner => ({ kind: "script", source, mode: "names", parameters: [] })),
        );
    } else if (entry.loads.includes(option)) {
      findings.push({ why: `The option ${option} of ${name} loads or changes code.`, risk: null, at: until });
      // `--import data:text/javascript,CODE` (nodejs.org/api/esm.html, "data: imports").
      if (value?.text?.startsWith("data:") === true) inner.push(...namedInCode(unescapedUrl(value.text)));
      if (value?.content !== undefined) inner.push(...namedInCode(value.content));
    } else if (option === "-m" && name.startsWith("py")) {
      hasCode = true;
      if (value?.text === null || busyModules.test(value?.text ?? ""))
        findings.push({ why: "It runs a module that runs code or serves files.", risk: null, at: until });
      if (busyModules.test(value?.text ?? ""))
        inner.push(...[...words.slice(until + 1).map(({ text }) => text ?? ""), stdin?.text ?? ""].flatMap(namedInCode));
      if (value !== null) inner.push({ kind: "command", words: [value, ...words.slice(until + 1)], at: until, mode: "names", stdin: null });
      if (/^(?:pip|pipx|ensurepip)$/.test(value?.text ?? "")) risks.push("installs-packages", "network");
    }
  }
  if (hasCode) return inspection({ findings, inner, risks });
  if (
    scan.options.some(({ names }) => names.some((option) => /^(-V|-v|-h|--version|--help|--test|--v8-options)$/.test(option))) &&
    scan.operands.length === 0
  )
    return inspection({ findings });
  const [at] = scan.operands;
  const operand = at === undefined ? undefined : words[at];
  if (at === undefined || operand === undefined || operand.text === "-" || isOpenFile(operand.text) || operand.content !== undefined) {
    const text = operand?.content ?? stdin?.text ?? "";
    return inspection({
      findings: [...findings, { why: `It runs ${name} code from its standard input.`, risk: null, at: "never" }],
      inner: namedInCode(text),
    });
  }
  // An expression in place of a file (babashka's manual, "Command line arguments").
  if (operand.text?.startsWith("(") === true)
    return inspection({
      findings: [...findings, { why: `It runs ${name} code that is given in its words.`, risk: null, at: words.length - 1 }],
      inner: namedInCode(operand.text),
    });
  if (entry.verbs.includes(operand.text ?? "")) {
    findings.push({ why: `It runs ${name} code that is given in its words.`, risk: null, at: words.length - 1 });
    return inspection({ findings, inner: words.slice(at + 1).flatMap((word) => namedInCode(word.text ?? "")) });
  }
  const isTested = scan.options.some(({ names }) => names.includes("--test"));
  if (operand.text === null && !(isTested && isBelow(operand)))
    findings.push({ why: `Which file ${name} runs is computed when it runs.`, risk: null, at: "never" });
  return inspection({ findings, inner: [...inner, { kind: "command", words: words.slice(at), at, mode: "names", stdin }] });
}

/** `test/*.test.js`: files below the folder, whichever they are. */
function isBelow({ pieces }: ShellWord): boolean {
  const [first] = pieces;
  const isPlain = pieces.every((piece) => (typeof piece === "string" ? !piece.includes("..") : piece.hole === "glob"));
  return isPlain && typeof first === "string" && /^[\w.@]/.test(first);
}

function unescapedUrl(url: string): string {
  return url.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** `python -m MODULE …`: what is known of the program of that name holds for the module (docs.python.org, "-m"). */
export function inspectModule(
  words: readonly ShellWord[],
  inspect: (words: readonly ShellWord[]) => Inspection,
  verb: string | null = null,
): Inspection {
  const at = words.findIndex(({ text }) => text === "-m");
  const isOption = words
    .slice(1, Math.max(at, 1))
    .every(({ text }) => text === verb || (text?.startsWith("-") === true && !/^-\w*c/.test(text)));
  if (at < 1 || at + 1 >= words.length || !isOption) return inspection({});
  const { findings } = inspect(words.slice(at + 1));
  return inspection({
    findings: findings.map((finding) => (typeof finding.at === "number" ? { ...finding, at: finding.at + at + 1 } : finding)),
  });
}

/** Longer texts put together from strings are no commands. */
const maximumJoined = 4_096;

/** Most strings of one piece of code that are looked at together as an argument list. */
const maximumStrings = 500;

/** String literals of the languages: quotes, the q// and %x() forms of Perl and Ruby, the long brackets of Lua. */
const literals =
  /"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|`((?:[^`\\]|\\.)*)`|(?:\bq[qwx]?|%[wWqQxi]?)\s*(?:\(([^)]*)\)|\{([^}]*)\}|\[([^\]]*)\]|<([^>]*)>|([|!/])(.*?)\8)|\[\[([^\]]*)\]\]/gs;

/**
 * Commands that code in another language names: each string literal as a command line, and
 * neighbouring literals as an argument list (`["rm", "-rf", "/"]`). Only tried against deny rules.
 */
export function namedInCode(code: string): Inner[] {
  if (printedText(code) !== null) return [];
  let rest = "";
  const strings: { readonly text: string; readonly end: number; readonly start: number }[] = [];
  for (const match of code.matchAll(literals)) {
    const text = (match.slice(1).find((group) => group !== undefined && group !== match[8]) ?? "").replaceAll(/\\(.)/gs, "$1");
    if (text !== "") strings.push({ text, start: match.index, end: match.index + match[0].length });
    if (strings.length < maximumStrings) continue;
    rest = code.slice(match.index + match[0].length);
    break;
  }
  const inner: Inner[] = strings.map(({ text }) => ({ kind: "script", source: text, mode: "names", parameters: [] }));
  let run: typeof strings = [];
  const flush = () => {
    const joined = run.map(({ text }) => text).join("");
    if (run.length > 1 && joined.length < maximumJoined) inner.push({ kind: "script", source: joined, mode: "names", parameters: [] });
    if (run.length > 1)
      inner.push({ kind: "command", words: run.map(({ text }) => literalWord(text)), at: null, mode: "names", stdin: null });
    // `execlp("rm", "rm", "-rf")`: the program's own name stands behind its path (execvp(3)).
    if (run.length > 2 && run[0]?.text.endsWith(run[1]?.text ?? "/") === true)
      inner.push({ kind: "command", words: run.slice(1).map(({ text }) => literalWord(text)), at: null, mode: "names", stdin: null });
    run = [];
  };
  for (const one of strings) {
    const last = run.at(-1);
    if (last !== undefined && !/^(?:[\s,[\]()+.]|\bnil\b|\bt\b|\bnull\b|\bNone\b|\{\s*args\s*:)*$/.test(code.slice(last.end, one.start)))
      flush();
    run.push(one);
  }
  flush();
  if (rest !== "") inner.push({ kind: "script", source: asLines(rest), mode: "names", parameters: [] });
  return inner;
}

/** What stands in place of a character where each call of a piece of code is to have its own line, by its code. */
const lineMarks: (string | undefined)[] = [];
for (const [characters, mark] of [
  ["\"'`", ""],
  [",", " "],
  ["()[]{};|&<>$\\!#", "\n"],
] as const)
  for (const character of characters) lineMarks[character.charCodeAt(0)] = mark;

/** Code that is too long to be looked at string by string: quotes dropped, one call a line. */
function asLines(code: string): string {
  let lines = "";
  let kept = 0;
  for (let at = 0; at < code.length; at += 1) {
    const mark = lineMarks[code.charCodeAt(at)];
    if (mark === undefined) continue;
    lines += code.slice(kept, at) + mark;
    kept = at + 1;
  }
  return lines + code.slice(kept);
}
