import type { Risk } from "#shared/contract/policy.ts";
import { type Finding, type Inner, inspection, type Inspection, joinInspections } from "../finding.ts";
import { optionTable, scanOptions } from "../options.ts";
import { couldBeOption, knownStart, literalWord, type ShellWord } from "../shell-word.ts";
import { gitGlobalDangers, gitGlobalOptions, gitStrategies, gitSubcommands, harmlessGitSettings } from "./git-table.ts";
import { inspectByTable } from "./inspect-by-table.ts";
import { namedInCode } from "./interpreters.ts";
import { settingsOf } from "./settings-text.ts";
import { risksOfGit } from "./request-risks.ts";

const noOptions = optionTable("gnu", "", "");

/** Subcommands that talk to another repository. */
const network = new Set(["fetch", "pull", "push", "clone", "ls-remote", "send-pack", "fetch-pack", "archive"]);
const deleting = new Set(["clean", "rm", "prune", "gc", "filter-branch"]);

/** `git …`: global options, then the subcommand by its table. */
export function inspectGit(words: readonly ShellWord[]): Inspection {
  const start = scanOptions(words, 1, gitGlobalOptions);
  const found: Finding[] = [];
  const inner: Inner[] = [];
  const changes: Inspection["changes"][number][] = [];
  for (const option of start.options) {
    for (const name of option.names) {
      const why = gitGlobalDangers[name];
      if (why !== undefined && !(name === "-c" && setsHarmless(option.value))) found.push({ why, risk: null, at: option.until });
      if (name === "-C" && option.value !== null) changes.push({ word: option.value, at: option.until, isDeleted: false });
      if (name === "-c" && option.value?.content !== undefined) inner.push(...settingsOf(option.value.content));
      if (name === "-c" && option.value?.text?.includes("=") === true && !setsHarmless(option.value)) {
        const value = option.value.text.slice(option.value.text.indexOf("=") + 1).replace(/^!/, "");
        inner.push({ kind: "script", source: value, mode: "names", parameters: [] });
        if (option.value.text.toLowerCase().startsWith("alias."))
          inner.push(...aliased(option.value.text.slice(option.value.text.indexOf("=") + 1)));
      }
    }
  }
  const [at] = start.operands;
  const word = at === undefined ? undefined : words[at];
  if (at === undefined || word === undefined) return inspection({ findings: found, inner, changes });
  const own = inspection({ findings: found, inner, changes });
  if (word.text === null)
    return joinInspections([
      own,
      inspection({ findings: [{ why: "Which git command it is, is computed when it runs.", risk: null, at: "never" }] }),
    ]);
  return joinInspections([own, inspectSubcommand(words, at, word.text)]);
}

/** What an alias stands for, where it does not begin with `!`: another command of git (git-config(1), "alias.*"). */
function aliased(value: string): Inner[] {
  return value.startsWith("!") || value === "" ? [] : [{ kind: "script", source: `git ${value}`, mode: "names", parameters: [] }];
}

/** `-c color.ui=never`: a setting that changes how git speaks, and no more. */
function setsHarmless(value: ShellWord | null): boolean {
  const key = value?.text?.split("=", 1)[0];
  return key !== undefined && harmlessGitSettings.test(key);
}

function inspectSubcommand(words: readonly ShellWord[], at: number, name: string): Inspection {
  const entry = gitSubcommands.get(name);
  if (entry === undefined) {
    const finding: Finding = { why: `git has no command '${name}' of its own: it is an alias or another program.`, risk: null, at };
    // `git filter-repo --commit-callback CODE` (github.com/newren/git-filter-repo).
    const callbacks = words.flatMap(({ text }, index) =>
      /-callback(?:=|$)/.test(text ?? "") ? [text?.split("=", 2)[1] ?? words[index + 1]?.text ?? ""] : [],
    );
    return inspection({ findings: [finding], inner: callbacks.flatMap(namedInCode), risks: risksOfGit(name, words.slice(at + 1)) });
  }
  const risks: Risk[] = [...risksOfGit(name, words.slice(at + 1))];
  if (network.has(name)) risks.push("network");
  if (deleting.has(name)) risks.push("deletes");
  const byTable = inspectByTable(words, at, entry);
  const findings = byTable.findings.filter((finding) => !isBuiltInStrategy(words, finding));
  return joinInspections([
    { ...byTable, findings, risks: [...byTable.risks, ...risks] },
    inspectTransport(words, at),
    special(words, at, name),
  ]);
}

function isBuiltInStrategy(words: readonly ShellWord[], finding: Finding): boolean {
  if (typeof finding.at !== "number" || !/(^|\s)(-s|--strategy) /.test(`${finding.why} `)) return false;
  const text = words[finding.at]?.text ?? "";
  return gitStrategies.has(text.replace(/^(-s|--strategy=)/, ""));
}

/** `ext::` and `fd::` addresses run a program (git-remote-ext(1)). */
function inspectTransport(words: readonly ShellWord[], from: number): Inspection {
  const findings: Finding[] = [];
  const inner: Inner[] = [];
  for (let at = from + 1; at < words.length; at += 1) {
    const word = words[at];
    const text = word === undefined ? "" : knownStart(word);
    const match = /^(?:--[a-z-]+=)?([a-z0-9+.-]+)::(.*)$/is.exec(text);
    if (match === null) continue;
    findings.push({ why: `The address ${match[1] ?? ""}:: is a transport that can run another program.`, risk: null, at });
    // `% ` is a blank in what it runs (git-remote-ext(1)).
    const address = match[2] ?? "";
    inner.push({ kind: "script", source: address, mode: "names", parameters: [] });
    if (!address.includes("% ")) continue;
    const parts = address
      .split(/(?<!%) +/)
      .map((part) => literalWord(part.replaceAll(/%(.)/g, (_, sign: string) => (/[ %]/.test(sign) ? sign : ""))));
    inner.push({ kind: "command", words: parts, at: null, mode: "names", stdin: null });
  }
  return inspection({ findings, inner });
}

function special(words: readonly ShellWord[], at: number, name: string): Inspection {
  switch (name) {
    case "config":
      return inspectConfig(words, at);
    case "submodule":
      return inspectSubmodule(words, at);
    case "bisect":
      return inspectBisect(words, at);
    case "filter-branch":
      return inspection({
        inner: words
          .slice(at + 1)
          .flatMap((word): Inner[] =>
            word.text === null ? [] : [{ kind: "script", source: word.text.replace(/^--[a-z-]+=/, ""), mode: "names", parameters: [] }],
          ),
      });
    case "for-each-repo": {
      const first = words.findIndex((word, index) => index > at && word.text?.startsWith("-") !== true);
      const command = first === -1 ? [] : [literalWord("git"), ...words.slice(first)];
      return inspection({ inner: command.length === 0 ? [] : [{ kind: "command", words: command, at: null, mode: "names", stdin: null }] });
    }
    case "maintenance":
      return verbFinding(words, at, ["start", "register", "stop", "unregister"], "It changes scheduled jobs and global configuration.");
    case "worktree":
      return changedOperand(words, at, ["add", "move"]);
    case "mv":
      return inspection({
        changes: scanOptions(words, at + 1, noOptions).operands.flatMap((index) =>
          words[index] === undefined ? [] : [{ word: words[index], at: index, isDeleted: false }],
        ),
      });
    case "clone":
    case "init":
      return lastOperand(words, at, name === "clone" ? 2 : 1);
    case "branch":
      return words.slice(at + 1).some(({ text }) => text === "-D" || text === "-d" || text === "--delete")
        ? inspection({ risks: ["deletes"] })
        : inspection({});
    default:
      return inspection({});
  }
}

function inspectConfig(words: readonly ShellWord[], at: number): Inspection {
  const rest = words.slice(at + 1);
  const isAlias = rest.some(({ text }) => text?.toLowerCase().startsWith("alias.") === true);
  const values = rest.flatMap((word) => [...valueScript(word), ...(isAlias ? aliased(word.text ?? "") : [])]);
  const never = (why: string): Inspection =>
    inspection({ findings: [{ why, risk: "git-hooks-or-ci", at: words.length - 1 }], inner: values });
  if (rest.some((word) => word.text === null && couldBeOption(word)))
    return never("What it sets or reads in git's configuration is computed when it runs.");
  const flags = rest.flatMap(({ text }) => (text?.startsWith("-") === true ? [text.replace(/=.*/, "")] : []));
  const operands = rest.filter(({ text }) => text === null || !text.startsWith("-"));
  if (flags.some((flag) => /^(-e|--edit|--edi|--ed)$/.test(flag))) return never("It opens an editor.");
  if (
    flags.some((flag) => /^(-l|--l(i(s(t)?)?)?|--get.*|--show-.*|--name-only|-z|--null|--type|--bool|--int|--path)$/.test(flag)) &&
    !flags.some((flag) => /^--(add|unset|replace|rename|remove)/.test(flag))
  ) {
    if (flags.some((flag) => /^(-l|--l|--get)/.test(flag))) return inspection({});
  }
  const verb = operands[0]?.text ?? "";
  if (["get", "list", "get-all", "get-regexp", "get-urlmatch"].includes(verb) && !verb.includes(".")) return inspection({});
  const [key, ...given] = ["set", "unset", "add", "rename-section", "remove-section", "edit"].includes(verb) ? operands.slice(1) : operands;
  const isSet = key !== operands[0];
  if (verb === "edit") return never("It opens an editor.");
  if (flags.some((flag) => /^(--global|--system|--worktree|--file|-f|--blob|--local)$/.test(flag) && flag !== "--local")) {
    if (given.length === 0 && !isSet && !flags.some((flag) => /^--(add|unset|replace|rename|remove)/.test(flag))) return inspection({});
    return never("It changes git's configuration outside this repository.");
  }
  if (!isSet && given.length === 0 && !flags.some((flag) => /^--(add|unset|replace|rename|remove)/.test(flag))) return inspection({});
  if (key?.text !== null && key !== undefined && harmlessGitSettings.test(key.text)) return inspection({});
  return never("It changes git's configuration, which can run other programs.");
}

function valueScript(word: ShellWord): Inner[] {
  return word.text === null || word.text === ""
    ? []
    : [{ kind: "script", source: word.text.replace(/^!/, ""), mode: "names", parameters: [] }];
}

function inspectSubmodule(words: readonly ShellWord[], at: number): Inspection {
  const operandAt = words.findIndex((word, index) => index > at && word.text?.startsWith("-") !== true);
  if (operandAt === -1) return inspection({});
  const verb = words[operandAt]?.text ?? null;
  if (verb === null)
    return inspection({ findings: [{ why: "What it does with submodules is computed when it runs.", risk: null, at: "never" }] });
  if (verb !== "foreach") return inspection({ risks: verb === "update" || verb === "add" ? ["network"] : [] });
  const rest = words.slice(operandAt + 1).filter(({ text }) => text !== "--recursive" && text !== "--quiet" && text !== "-q");
  const source = rest.map((word) => word.text ?? word.source).join(" ");
  return inspection({
    findings: [{ why: "It runs a command in every submodule.", risk: null, at: words.length - 1 }],
    inner: source === "" ? [] : [{ kind: "script", source, mode: "runs", parameters: [] }],
  });
}

function inspectBisect(words: readonly ShellWord[], at: number): Inspection {
  const verb = words[at + 1]?.text ?? null;
  if (verb === "visualize" || verb === "view")
    return inspection({ findings: [{ why: "It starts another program.", risk: null, at: at + 1 }] });
  if (verb === null && at + 1 < words.length)
    return inspection({ findings: [{ why: "What git bisect does is computed when it runs.", risk: null, at: "never" }] });
  if (verb !== "run") return inspection({});
  return inspection({
    findings: [{ why: "It runs a command on every commit it tries.", risk: null, at: words.length - 1 }],
    inner: [{ kind: "command", words: words.slice(at + 2), at: at + 2, mode: "runs", stdin: null }],
  });
}

function verbFinding(words: readonly ShellWord[], at: number, verbs: readonly string[], why: string): Inspection {
  const verb = words[at + 1]?.text ?? "";
  return verbs.includes(verb) ? inspection({ findings: [{ why, risk: null, at: at + 1 }] }) : inspection({});
}

function changedOperand(words: readonly ShellWord[], at: number, verbs: readonly string[]): Inspection {
  if (!verbs.includes(words[at + 1]?.text ?? "")) return inspection({});
  const index = words.findIndex(
    (word, place) => place > at + 1 && word.text?.startsWith("-") !== true && !["-b", "-B"].includes(words[place - 1]?.text ?? ""),
  );
  const word = words[index];
  return word === undefined ? inspection({}) : inspection({ changes: [{ word, at: index, isDeleted: false }] });
}

/** The folder that `git clone` or `git init` makes, when it is named. */
function lastOperand(words: readonly ShellWord[], at: number, atLeast: number): Inspection {
  const entry = gitSubcommands.get(words[at]?.text ?? "");
  if (entry === undefined) return inspection({});
  const { operands } = scanOptions(words, at + 1, entry.options);
  const last = operands.length >= atLeast ? operands.at(-1) : undefined;
  const word = last === undefined ? undefined : words[last];
  return last === undefined || word === undefined ? inspection({}) : inspection({ changes: [{ word, at: last, isDeleted: false }] });
}
