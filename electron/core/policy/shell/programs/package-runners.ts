import type { Risk } from "#shared/contract/policy.ts";
import { type Finding, type Inner, type Input, inspection, type Inspection } from "../finding.ts";
import { optionTable, type Scan, scanOptions } from "../options.ts";
import { knownStart, literalWord, type ShellWord } from "../shell-word.ts";
import { scriptFromWord } from "./shells.ts";

const fetchRisks: readonly Risk[] = ["installs-packages", "network"];

/** Programs that fetch a package and run it: `npx CMD` (docs.npmjs.com/cli/commands/npx, and the others' manuals). */
const fetchers: Readonly<Record<string, { readonly verbs: readonly string[]; readonly scripts: readonly string[] }>> = {
  npx: { verbs: [], scripts: ["-c", "--call"] },
  bunx: { verbs: [], scripts: [] },
  pnpx: { verbs: [], scripts: [] },
  uvx: { verbs: [], scripts: [] },
  npm: { verbs: ["exec", "x"], scripts: ["-c", "--call"] },
  pnpm: { verbs: ["exec", "dlx"], scripts: [] },
  yarn: { verbs: ["exec", "dlx"], scripts: [] },
  bun: { verbs: ["x"], scripts: [] },
  pipx: { verbs: ["run"], scripts: [] },
  uv: { verbs: ["run"], scripts: [] },
  nix: { verbs: ["run", "shell", "develop"], scripts: ["-c", "--command"] },
  "nix-shell": { verbs: [], scripts: ["--run", "--command"] },
};

const fetchOptions = optionTable(
  "posix",
  "p: c: w: C: n:",
  "package= call= workspace= prefix= registry= with= from= python= cache= filter= spec= index-url= pip-args= run= command=",
);

/** Of pnpm `-c` and `-w` are switches: words are given to a shell, and where it works (pnpm.io/cli/exec, pnpm.io/pnpm-cli). */
const pnpmOptions = optionTable(
  "posix",
  "C: F:",
  "dir= filter= package= registry= workspace-concurrency= reporter= resume-from= cache= shell-mode recursive parallel",
);

/** Verbs that install (each manual); used for the risk words. */
const installers: readonly (readonly [RegExp, RegExp])[] = [
  [/^(npm|pnpm|yarn|bun)$/, /^(i|install|ci|add|update|up|upgrade|link|create|init|in|ins|isntall|install-test|it|cit|dlx)$/],
  [/^(pip[\d.]*|pipx|uv|poetry|pdm|rye|conda|mamba|pipenv)$/, /^(install|add|sync|update|upgrade|create|lock|pip|tool)$/],
  [
    /^(gem|bundle|cargo|go|brew|port|snap|flatpak|composer|nix-env|choco|winget|scoop|apk|opam|cabal|stack|luarocks|cpan|cpanm|nimble|dart|pub|mix|rustup)$/,
    /^(install|add|get|update|upgrade|require|i|-i|-iA|bundle|-S|sync|deps\.get|toolchain|component|target)$/,
  ],
  [
    /^(apt|apt-get|aptitude|dnf|yum|zypper|microdnf)$/,
    /^(install|upgrade|full-upgrade|dist-upgrade|update|reinstall|in|up|localinstall|build-dep)$/,
  ],
  [/^(pacman|yay|paru|rpm|dpkg|installer|msiexec)$/, /^(-S.*|-U.*|-i|--install|-ivh|-Uvh|-pkg|\/i)$/],
];

const publishers: readonly (readonly [RegExp, RegExp])[] = [
  [
    /^(npm|pnpm|yarn|bun|cargo|poetry|uv|hatch|flit|twine|gem|docker|podman|helm|vsce)$/,
    /^(publish|upload|push|unpublish|deprecate|owner|access|yank)$/,
  ],
];

/** Risk words that a package manager's verb brings. */
export function packageRisks(words: readonly ShellWord[], name: string): readonly Risk[] {
  const verbs = words.slice(1).flatMap(({ text }) => (text === null ? [] : [text]));
  const first = verbs.find((verb) => !verb.startsWith("-")) ?? verbs[0] ?? "";
  const matches = (table: readonly (readonly [RegExp, RegExp])[]) =>
    table.some(([program, verb]) => program.test(name) && (verb.test(first) || (verbs[0] !== undefined && verb.test(verbs[0]))));
  if (alwaysFetching.has(name) || (name === "yarn" && verbs.length === 0) || matches(installers)) return fetchRisks;
  return matches(publishers) ? ["network"] : [];
}

const alwaysFetching = new Set(["npx", "bunx", "uvx", "pnpx"]);

/** Whether a program installs or publishes packages at all. */
export function hasPackageRisks(name: string): boolean {
  return alwaysFetching.has(name) || [...installers, ...publishers].some(([program]) => program.test(name));
}

/** Whether a program runs what it fetched behind one of its verbs. */
export function isPackageRunner(name: string): boolean {
  return Object.hasOwn(fetchers, name);
}

/** `npx …`, `npm exec …`: what they run; null when the program only has other verbs here. */
export function inspectPackageRunner(words: readonly ShellWord[], name: string, stdin: Input | null, start = 1): Inspection | null {
  const entry = Object.hasOwn(fetchers, name) ? fetchers[name] : undefined;
  if (entry === undefined) return null;
  let from = start;
  const options = name.startsWith("pn") ? pnpmOptions : fetchOptions;
  if (entry.verbs.length > 0) {
    const [verbAt] = scanOptions(words, start, options).operands;
    const verb = verbAt === undefined ? null : (words[verbAt]?.text ?? null);
    const further = verbAt === undefined ? null : behindScope(words, verbAt, name);
    if (further !== null && further > start) return inspectPackageRunner(words, name, stdin, further);
    if (verbAt !== undefined && scriptVerbs.has(verb ?? "") && !entry.verbs.includes(verb ?? ""))
      return inspectScriptVerb(words, verbAt, verb ?? "", name);
    if (verbAt !== undefined && starters.has(verb ?? "") && startsProjects.has(name)) return inspectStarter(words, verbAt);
    if (verbAt !== undefined && verb === "explore" && name === "npm") return inspectExplore(words, verbAt);
    if (verbAt !== undefined && binaryStarters.has(name) && verb !== null && !entry.verbs.includes(verb) && !ownVerbs.has(verb))
      return inspection({ inner: [{ kind: "command", words: words.slice(verbAt), at: null, mode: "names", stdin: null }] });
    if (verbAt === undefined || !entry.verbs.includes(verb ?? "")) return null;
    from = verbAt + 1;
  }
  const scan = scanOptions(words, from, options);
  const findings: Finding[] = [];
  const inner: Inner[] = [];
  for (const { names, value, until } of scan.options) {
    if (value !== null && names.some((option) => entry.scripts.includes(option))) {
      const read = scriptFromWord(value, until, []);
      findings.push(...read.findings);
      inner.push(...read.inner);
    }
  }
  // `nix shell PACKAGE… --command PROGRAM ARGUMENT…`: all behind the option (nix3-env-shell(1), nix3-develop(1)).
  const commandAt = name === "nix" ? words.findIndex(({ text }) => text === "-c" || text === "--command") : -1;
  if (commandAt !== -1) inner.push({ kind: "command", words: words.slice(commandAt + 1), at: null, mode: "names", stdin: null });
  const at = scan.operands.find((index) => words[index]?.text !== "--");
  if (at !== undefined && inner.length === 0) {
    const command = words.slice(at);
    inner.push({ kind: "command", words: command, at, mode: "runs", stdin });
    if (options === pnpmOptions && words.slice(1, at).some(({ text }) => /^(?:-\w*c\w*|--shell-mode)$/.test(text ?? ""))) {
      const read = scriptFromWord(literalJoin(command), "never", []);
      findings.push(...read.findings);
      inner.push(...read.inner);
    }
    // `yarn exec 'SCRIPT'` (yarnpkg.com/cli/exec), and what a `#` names of a flake: `nix run nixpkgs#NAME -- ARGUMENT…`.
    const [only, ...rest] = command;
    if (/\s/.test(only?.text ?? "")) inner.push({ kind: "script", source: only?.text ?? "", mode: "names", parameters: [] });
    // `npx NAME@VERSION` runs NAME (docs.npmjs.com/cli/commands/npx).
    const plain = /^(?:@[\w.-]+\/)?([\w.-]+)@[^@]*$/.exec(only?.text ?? "")?.[1];
    if (plain !== undefined) inner.push({ kind: "command", words: [literalWord(plain), ...rest], at: null, mode: "names", stdin: null });
    const named = name === "nix" ? /#(?:[\w-]+\.)*([\w-]+)$/.exec(only?.text ?? "")?.[1] : undefined;
    if (named !== undefined)
      inner.push({
        kind: "command",
        words: [literalWord(named), ...rest.filter(({ text }) => text !== "--")],
        at: null,
        mode: "names",
        stdin: null,
      });
    if (!isInstalled(name, words)) findings.push({ why: "It fetches a package and runs it.", risk: "installs-packages", at });
  }
  return inspection({ findings, inner, risks: isInstalled(name, words) ? [] : fetchRisks });
}

/** `pnpm NAME`, `yarn NAME`, `bun NAME` run a program of the project where they have no such command (pnpm.io/pnpm-cli, yarnpkg.com/cli/run). */
const binaryStarters = new Set(["pnpm", "yarn", "bun"]);
const ownVerbs = new Set(
  "add install i ci remove rm uninstall un update up upgrade link ln unlink import rebuild rb prune fetch patch patch-commit patch-remove audit list ls ll la outdated why licenses start test t run exec dlx create publish pack deploy store config c get set env setup init cache root bin recursive multi m server doctor approve-builds self-update dedupe info view search login logout whoami owner tag version versions policies plugin constraints explain node npm rebuild stage unplug workspace workspaces global help check autoclean team access x build pm repl".split(
    " ",
  ),
);

/**
 * Where the words go on behind what only says in which packages they run: `yarn workspace NAME …`, `yarn workspaces foreach …`
 * (yarnpkg.com/cli), and `uv tool run …`, which is `uvx …` (docs.astral.sh/uv). Null where nothing does.
 */
function behindScope(words: readonly ShellWord[], verbAt: number, name: string): number | null {
  const verb = words[verbAt]?.text;
  if (name === "yarn" && verb === "workspace") return verbAt + 2;
  if (name === "yarn" && verb === "workspaces" && words[verbAt + 1]?.text === "foreach")
    return scanOptions(words, verbAt + 2, foreachOptions).operands[0] ?? null;
  return name === "uv" && verb === "tool" && words[verbAt + 1]?.text === "run" ? verbAt + 1 : null;
}

const foreachOptions = optionTable("posix", "j:", "include= exclude= from= since=? jobs=");

const scriptVerbs = new Set(["run", "config", "set", "pkg", "set-script"]);

/** Settings of npm, pnpm and yarn that name a program to run (docs.npmjs.com, "config"). */
const programSettings =
  /^(?:script-?shell|shell|yarn-?path|plugins|npm-?script|node-?options|git|editor|viewer|browser|init-?module|prefix|userconfig|globalconfig|onload-?script|(?:npm)?registry)/i;

/** `yarn run NAME` and `bun run NAME` run a program of that name where no script has it, npm and pnpm do not; `npm config set script-shell …` says what runs scripts. */
function inspectScriptVerb(words: readonly ShellWord[], verbAt: number, verb: string, name: string): Inspection {
  if (verb === "run") {
    if (name === "npm" || name === "pnpm") return inspection({});
    const at = scanOptions(words, verbAt + 1, fetchOptions).operands[0] ?? words.length;
    return inspection({ inner: at < words.length ? [{ kind: "command", words: words.slice(at), at, mode: "names", stdin: null }] : [] });
  }
  if (verb === "pkg") return inspectManifest(words, verbAt);
  if (verb === "set-script") return inspectSetScript(words, verbAt);
  const settings = words.slice(verbAt + 1).filter(({ text }) => text !== "set" && text !== "--location" && text !== "-g");
  const last = words.length - 1;
  const isOdd = settings.some(({ text }) => text === null || programSettings.test(text));
  const why = "It changes settings of the package manager that say what it runs.";
  return inspection({
    findings: isOdd || words.slice(verbAt).some(({ text }) => text === "edit") ? [{ why, risk: null, at: last }] : [],
    inner: settings.flatMap(({ text }): Inner[] =>
      text === null ? [] : [{ kind: "script", source: text.replace(/^[\w-]+=/, ""), mode: "names", parameters: [] }],
    ),
  });
}

/** `npm set-script NAME COMMAND` of npm 7 and 8 (docs.npmjs.com/cli/v8/commands/npm-set-script). */
function inspectSetScript(words: readonly ShellWord[], verbAt: number): Inspection {
  return inspection({
    findings: [{ why: "It changes the scripts of the package.", risk: null, at: words.length - 1 }],
    inner: words
      .slice(verbAt + 2)
      .flatMap(({ text }): Inner[] => (text === null ? [] : [{ kind: "script", source: text, mode: "names", parameters: [] }])),
  });
}

/** `npm pkg set scripts.NAME=COMMAND` says what `npm run NAME` runs (docs.npmjs.com/cli/commands/npm-pkg). */
function inspectManifest(words: readonly ShellWord[], verbAt: number): Inspection {
  const [action, ...fields] = words.slice(verbAt + 1).filter(({ text }) => text?.startsWith("-") !== true);
  if (action?.text !== "set" && action?.text !== null) return inspection({});
  const isScript = fields.some((word) => word.text === null || /^(?:scripts|bin|gypfile|config|publishConfig)\b/.test(word.text));
  return inspection({
    findings: isScript ? [{ why: "It changes the scripts of the package.", risk: null, at: words.length - 1 }] : [],
    inner: fields.flatMap(({ text }): Inner[] =>
      text === null ? [] : [{ kind: "script", source: text.slice(text.indexOf("=") + 1), mode: "names", parameters: [] }],
    ),
  });
}

/** Verbs that fetch `create-NAME` and run it (docs.npmjs.com/cli/commands/npm-init, yarnpkg.com/cli/create, pnpm.io/cli/create). */
const starters = new Set(["init", "create", "innit"]);
const startsProjects = new Set(["npm", "pnpm", "yarn", "bun"]);

function inspectStarter(words: readonly ShellWord[], verbAt: number): Inspection {
  const [at] = scanOptions(words, verbAt + 1, fetchOptions).operands;
  if (at === undefined) return inspection({});
  return inspection({ findings: [{ why: "It fetches a package and runs it.", risk: "installs-packages", at }], risks: fetchRisks });
}

/** `npm explore PACKAGE -- COMMAND`: the words are given to a shell in the package's folder (docs.npmjs.com/cli/commands/npm-explore). */
function inspectExplore(words: readonly ShellWord[], verbAt: number): Inspection {
  const [, first, ...more] = scanOptions(words, verbAt, fetchOptions).operands;
  if (first === undefined) return inspection({});
  const command = more.map((at) => words[at]).filter((word) => word !== undefined && word.text !== "--");
  if (command.length === 0) {
    return inspection({ findings: [{ why: "It opens a shell in the folder of a package.", risk: null, at: words.length - 1 }] });
  }
  const read = scriptFromWord(literalJoin(command.filter((word) => word !== undefined)), "never", []);
  return inspection({
    findings: [...read.findings, { why: "It runs in the folder of a package.", risk: null, at: first }],
    inner: read.inner,
  });
}

/** `npx --no-install`, `pnpm exec`, `yarn exec`, `uv run`: only what is there already. */
function isInstalled(name: string, words: readonly ShellWord[]): boolean {
  if (words.some(({ text }) => text === "--no-install" || text === "--no")) return true;
  return (name === "pnpm" || name === "yarn" || name === "uv") && !words.slice(1, 4).some(({ text }) => text === "dlx" || text === "tool");
}

/** `make VAR=value`: a variable whose value could be a command (GNU make manual, "Overriding Variables"). */
export function inspectMake(words: readonly ShellWord[], stdin: Input | null): Inspection {
  const findings: Finding[] = [];
  const inner: Inner[] = words.flatMap(({ text }) => (text === null ? [] : makeShell(text)));
  if (stdin !== null) inner.push(...recipes(stdin.text));
  // `--eval=TEXT` and `-E TEXT` are read as a makefile (GNU make manual, "Options Summary").
  for (const [at, { text }] of words.entries()) {
    const value = /^(?:--eval|-E)(?:=(.*))?$/s.exec(text ?? "");
    if (value !== null) inner.push(...recipes(value[1] ?? words[at + 1]?.text ?? ""));
  }
  for (const [at, word] of words.entries()) {
    const match = at === 0 ? null : /^([A-Za-z_.][\w.]*)(?:\+|:|\?|::|!)?=(.*)$/s.exec(word.text ?? knownStart(word));
    if (match === null) continue;
    const [, name = "", value = ""] = match;
    if (
      word.text !== null &&
      /^[\w.,/:@%+-]*$/.test(value) &&
      !/^(SHELL|\.SHELLFLAGS|MAKE|CC|CXX|LD|AR|RM|INSTALL|.*(?:CMD|COMMAND|SHELL|EDITOR|FLAGS))$/.test(name)
    )
      continue;
    findings.push({ why: `It sets the make variable ${name}, which recipes run or use.`, risk: null, at });
    inner.push({ kind: "script", source: value, mode: "names", parameters: [] });
  }
  return inspection({ findings, inner });
}

/** Recipe lines of a makefile on standard input, as `make -f -` reads it (GNU make manual, "Recipe Syntax"). */
function recipes(makefile: string): readonly Inner[] {
  const lines = [...makefile.matchAll(/(?:^\t|;)[ \t]*[@+-]*(.*)$/gm)];
  const inner = lines.map(([, source = ""]): Inner => ({ kind: "script", source, mode: "names", parameters: [] }));
  return [...inner, ...makeShell(makefile)];
}

/** What `$(shell …)` in text that make reads would run (GNU make manual, "The shell Function"). */
function makeShell(text: string): readonly Inner[] {
  return [...text.matchAll(/\$[({]shell\s+([^)}]*)/g)].map(([, source = ""]) => ({
    kind: "script",
    source,
    mode: "names",
    parameters: [],
  }));
}

/** `ssh HOST CMD`: the words after the host are joined and run there (ssh(1)). */
export function inspectSsh(words: readonly ShellWord[], stdin: Input | null, name = "ssh"): Inspection {
  // autossh(1) takes a monitoring port by its own -M.
  const options = optionTable(
    "posix",
    `${name === "autossh" ? "M: " : ""}B: b: c: D: E: e: F: I: i: J: L: l: m: O: o: P: p: Q: R: S: W: w:`,
    "",
  );
  const scan = scanOptions(words, 1, options);
  const inner = [...sshSettings(scan)];
  const [, second] = scan.operands;
  const first = second !== undefined && words[second]?.text === "--" ? second + 1 : second;
  if (first !== undefined && first < words.length) {
    const read = scriptFromWord({ ...literalJoin(words.slice(first)) }, "never", []);
    return inspection({ findings: read.findings, inner: [...inner, ...read.inner.map((one) => ({ ...one, stdin }))] });
  }
  if (stdin !== null) inner.push({ kind: "script", source: stdin.text, mode: "names", parameters: [] });
  const hostless = scan.operands.length === 0;
  return inspection({
    inner,
    findings: hostless ? [] : [{ why: "It opens a shell on another machine.", risk: "network", at: words.length - 1 }],
  });
}

/** `scp`, `sftp`: their settings run programs as those of ssh do (scp(1), sftp(1)). */
export function inspectCopy(words: readonly ShellWord[]): Inspection {
  const options = optionTable("gnu", "B: b: c: D: F: i: J: l: o: P: R: S: s: X:", "");
  // `sftp -b <(…)`: `!COMMAND` in a batch runs here (sftp(1), "INTERACTIVE COMMANDS").
  const batches = words.flatMap(({ content }) => (content ?? "").split("\n"));
  const escapes = batches.flatMap((line): Inner[] =>
    line.trim().startsWith("!") ? [{ kind: "script", source: line.replace(/^\s*!/, ""), mode: "names", parameters: [] }] : [],
  );
  return inspection({ inner: [...sshSettings(scanOptions(words, 1, options)), ...escapes] });
}

/** Commands in `-o ProxyCommand=…` and its like (ssh_config(5)); only tried against deny rules. */
function sshSettings({ options }: Scan): readonly Inner[] {
  return options.flatMap(({ names, value }): Inner[] => {
    const command = /^(?:ProxyCommand|LocalCommand|RemoteCommand|KnownHostsCommand|Match)\s*[= ]\s*(.*)$/is.exec(value?.text ?? "")?.[1];
    return names.includes("-o") && command !== undefined ? [{ kind: "script", source: command, mode: "names", parameters: [] }] : [];
  });
}

function literalJoin(words: readonly ShellWord[]): ShellWord {
  const text = words.every((word) => word.text !== null) ? words.map((word) => word.text).join(" ") : null;
  const pieces = words.flatMap((word, index) => (index === 0 ? word.pieces : [" ", ...word.pieces]));
  return { pieces, text, source: words.map(({ source }) => source).join(" "), tilde: "none" };
}
