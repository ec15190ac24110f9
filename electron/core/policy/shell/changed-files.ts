import type { Risk } from "#shared/contract/policy.ts";
import { isWithin, resolvePath, withHome } from "../paths.ts";
import { type FilesystemAction, namesBelow, pathMayMatch } from "../rules/filesystem-matcher.ts";
import type { Rule } from "../rules/rule-syntax.ts";
import { sensitiveChange } from "#shared/domain/sensitive-paths.ts";
import type { ChangedFile, Finding, GivenPath } from "./finding.ts";
import { literalWord, type ShellWord } from "./shell-word.ts";

/** Devices that keep nothing (null(4), tty(4)). */
const devices = /^\/dev\/(null|zero|full|tty|stdin|stdout|stderr|fd\/\d+)$/;

interface Places {
  readonly worktree: string;
  readonly home: string;
}

/** Files that a command changes: outside the worktree, unknown, or ones that make programs do something, are asked about. */
export function judgeChanges(
  changes: readonly ChangedFile[],
  folders: readonly (string | null)[],
  context: Places,
  risks: Set<Risk>,
): readonly Finding[] {
  const seen = new Set<string>();
  return changes.flatMap((change) => {
    const key = `${change.at} ${change.word.source}`;
    if (seen.has(key)) return [];
    seen.add(key);
    if (change.word.text === "" || change.word.text === "-" || devices.test(change.word.text ?? "")) return [];
    risks.add(change.isDeleted ? "deletes" : "writes");
    return folders.flatMap((folder) => judgeOne(change, folder, context, risks)).slice(0, 1);
  });
}

function judgeOne({ word, at }: ChangedFile, folder: string | null, context: Places, risks: Set<Risk>): Finding[] {
  const path = targetOf(word, folder, context.home);
  if (path === null) return [{ why: "Which file it changes is computed when it runs.", risk: null, at }];
  const isInside = isWithin(path, context.worktree);
  const sensitive = sensitiveChange(isInside ? path.slice(context.worktree.replace(/\/+$/, "").length) : path);
  if (sensitive !== null) risks.add(sensitive.risk);
  if (!isInside) return [{ why: `It changes ${path}, which is outside the worktree.`, risk: "outside-worktree", at }];
  return sensitive === null ? [] : [{ why: `It changes ${sensitive.what}.`, risk: sensitive.risk, at }];
}

/** What a command is given to work with stands outside the worktree: its settings or code are not those of the project. */
export function judgeGiven(given: readonly GivenPath[], folders: readonly (string | null)[], context: Places): readonly Finding[] {
  return given.flatMap(({ word, at }): Finding[] => {
    if (devices.test(word.text ?? "")) return [];
    const paths = folders.map((folder) => targetOf(word, folder, context.home));
    const outside = paths.find((path) => path === null || !isWithin(path, context.worktree));
    if (outside === undefined) return [];
    const why = `It is given ${outside ?? "a path"} to work with, which is ${outside === null ? "not known" : "outside the worktree"}.`;
    return [{ why, risk: null, at }];
  });
}

/** The path a word names; a glob stands for files in the folder before it. Null when it is not known. */
function targetOf(word: ShellWord, folder: string | null, home: string): string | null {
  if (word.tilde === "other") return null;
  const isGlob =
    word.text === null && word.pieces.every((piece) => typeof piece === "string" || (piece.hole === "glob" && piece.values.length === 0));
  const text = word.text ?? (isGlob ? word.pieces.map((piece) => (typeof piece === "string" ? piece : "*")).join("") : null);
  if (text === null) return null;
  if (word.tilde === "home") return resolvePath(withHome(text, home), "/");
  if (folder === null && !text.startsWith("/")) return null;
  return resolvePath(text, folder ?? "/");
}

type Folders = readonly (string | null)[];

/** The filesystem rule that denies changing one of these files. */
export function deniedChange(changes: readonly ChangedFile[], rules: readonly Rule[], folders: Folders, context: Places): Rule | null {
  for (const { word, isDeleted } of changes) {
    const action = isDeleted ? "delete" : "write";
    for (const folder of folders) {
      const path = targetOf(word, folder, context.home);
      const rule = path === null ? undefined : rules.find((rule) => deniesPath(rule, path, [action, "write"], context));
      if (rule !== undefined) return rule;
    }
  }
  return null;
}

/** A word that names a path which a filesystem rule denies: what the command does with it is not known. */
export function namedPath(
  { words, command }: { readonly words: readonly ShellWord[]; readonly command: readonly ShellWord[] },
  rules: readonly Rule[],
  folders: Folders,
  context: Places,
  onlyReads: boolean,
): readonly Finding[] {
  const actions: readonly FilesystemAction[] = onlyReads ? ["read", "list"] : ["read", "list", "write", "delete"];
  const patterns = rules.filter(({ matcher }) => matcher.tool === "filesystem" && matcher.pattern !== null);
  if (patterns.length === 0) return [];
  for (const word of words) {
    const written = word.text === null ? [] : [word.text.startsWith("-") ? word.text.slice(word.text.indexOf("=") + 1) : word.text];
    const texts = written.map((text) => text.replace(/^file:\/\/(?:localhost)?(?=\/)/i, ""));
    for (const text of texts) {
      for (const folder of folders) {
        const path = targetOf({ ...word, pieces: [text], text }, folder, context.home);
        const rule = path === null ? undefined : patterns.find((rule) => deniesPath(rule, path, actions, context));
        if (rule !== undefined) return [{ why: `It names ${path}, which the rule ${rule.text} denies.`, risk: null, at: "never" }];
      }
    }
  }
  return readsBelow(command, patterns, folders, context);
}

/** A folder that is searched or copied as a whole, and surely holds what a rule denies to read. */
function readsBelow(words: readonly ShellWord[], rules: readonly Rule[], folders: Folders, context: Places): readonly Finding[] {
  const operands = foldersRead(words);
  if (operands === null) return [];
  for (const word of operands.length === 0 ? [literalWord(".")] : operands)
    for (const folder of folders) {
      const path = targetOf(word, folder, context.home);
      const rule = path === null ? undefined : rules.find(({ matcher }) => isRead(matcher) && namesBelow(matcher.pattern, path, context));
      if (rule !== undefined)
        return [{ why: `It reads what is in ${path}, where the rule ${rule.text} denies some.`, risk: null, at: "never" }];
    }
  return [];
}

function isRead(matcher: Rule["matcher"]): matcher is Extract<Rule["matcher"], { tool: "filesystem" }> & { pattern: string } {
  return matcher.tool === "filesystem" && matcher.pattern !== null && (matcher.action === null || matcher.action === "read");
}

const always = /^/;

/** By which options a program reads whole folders, of each its manual: grep(1), cp(1), rsync(1), scp(1), zip(1), diff(1), tar(1). */
const wholeFolders: Readonly<Record<string, RegExp>> = {
  ...{ grep: /^-[a-zA-Z]*[rR]|^--(?:dereference-)?rec/, egrep: /^-[a-zA-Z]*[rR]|^--rec/, fgrep: /^-[a-zA-Z]*[rR]|^--rec/ },
  ...{ cp: /^-[a-zA-Z]*[rRa]|^--(?:rec|arc)/, rsync: /^-[a-zA-Z]*[ra]|^--(?:rec|arc)/, scp: /^-[a-zA-Z]*r/, zip: /^-[a-zA-Z]*r/ },
  ...{ diff: /^-[a-zA-Z]*r|^--rec/, tar: /^-?[a-zA-Z]*c|^--create$/ },
  ...{ rg: always, ag: always, ack: always, "git grep": always, ugrep: /^-[a-zA-Z]*[rR]|^--rec/ },
};

/** Words that may be folders which a command reads whole; null where it is known to read none. Without a folder, the one that it is in. */
function foldersRead(words: readonly ShellWord[]): readonly ShellWord[] | null {
  const isGit = words[0]?.text === "git" && words[1]?.text === "grep";
  const [program, ...rest] = isGit ? words.slice(1) : words;
  const name = isGit ? "git grep" : (program?.text ?? "").replace(/^.*\//s, "");
  const option = Object.hasOwn(wholeFolders, name) ? wholeFolders[name] : undefined;
  if (option === undefined || !(option === always || rest.some(({ text }) => text !== null && option.test(text)))) return null;
  const operands = rest.filter(({ text }) => text?.startsWith("-") !== true);
  if (!/^(?:[ef]?grep|ugrep|rg|ag|ack|git grep)$/.test(name)) return operands;
  // The first operand of a search is what it looks for. Without another these three read what is piped into them.
  return operands.length < 2 && /^(?:rg|ag|ack)$/.test(name) ? null : operands.slice(1);
}

function deniesPath({ matcher }: Rule, path: string, actions: readonly FilesystemAction[], context: Places): boolean {
  if (matcher.tool !== "filesystem" || (matcher.action !== null && !actions.includes(matcher.action))) return false;
  return matcher.pattern === null || pathMayMatch(matcher.pattern, path, context);
}
