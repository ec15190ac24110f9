import { gitGlobalOptions, gitSubcommands } from "../shell/programs/git-table.ts";
import { type FoundOption, type OptionTable, optionTable, type Scan, scanOptions } from "../shell/options.ts";
import { optionsOf } from "../shell/inspect.ts";
import { knownStart, literalWord, type ShellWord } from "../shell/shell-word.ts";

/** A command as a set of options and a row of operands, so that order and spelling do not matter. */
export interface NormalForm {
  readonly name: string;
  readonly options: readonly { readonly names: readonly string[]; readonly value: ShellWord | null; readonly at: number }[];
  readonly operands: readonly { readonly word: ShellWord; readonly mayBeValue: boolean }[];
  /** How many words could be an option or an operand that is not known. */
  readonly unknownWords: number;
  /** A word that may become any number of words. */
  readonly hasUnknownFields: boolean;
}

const fallback: OptionTable = optionTable("exact", "", "");

/** Spellings of one option (each program's manual); the last is the name that stands for all. */
const spellings: Readonly<Record<string, readonly (readonly string[])[]>> = {
  rm: [
    ["-f", "--force"],
    ["-r", "-R", "--recursive"],
    ["-d", "--dir"],
    ["-i", "--interactive"],
    ["-v", "--verbose"],
  ],
  cp: [
    ["-f", "--force"],
    ["-r", "-R", "-a", "--recursive"],
  ],
  mv: [["-f", "--force"]],
  ln: [
    ["-f", "--force"],
    ["-s", "--symbolic"],
  ],
  chmod: [["-R", "--recursive"]],
  chown: [["-R", "--recursive"]],
  chgrp: [["-R", "--recursive"]],
  curl: [
    ["-o", "--output"],
    ["-T", "--upload-file"],
    ["-d", "--data"],
    ["-F", "--form"],
    ["-X", "--request"],
    ["-k", "--insecure"],
    ["-K", "--config"],
    ["-O", "--remote-name"],
  ],
  wget: [
    ["-O", "--output-document"],
    ["-P", "--directory-prefix"],
  ],
  sed: [
    ["-i", "--in-place"],
    ["-e", "--expression"],
    ["-f", "--file"],
  ],
  sort: [["-o", "--output"]],
  tar: [
    ["-I", "--use-compress-program"],
    ["-P", "--absolute-names"],
    ["-x", "--get", "--extract"],
    ["-C", "--directory"],
  ],
  git: [
    ["-f", "--force"],
    ["-d", "--delete"],
    ["-x", "--exec"],
    ["-i", "--interactive"],
    ["-a", "--all"],
    ["-n", "--no-verify"],
    ["-o", "--output"],
    ["-u", "--set-upstream"],
  ],
  docker: [
    ["-f", "--force"],
    ["-v", "--volume", "--volumes"],
    ["-a", "--all"],
  ],
  npm: [
    ["-g", "--global"],
    ["-f", "--force"],
    ["-c", "--call"],
  ],
  "apt-get": [["-y", "--assume-yes", "--yes"]],
  apt: [["-y", "--assume-yes", "--yes"]],
  kubectl: [
    ["-f", "--filename"],
    ["-n", "--namespace"],
    ["-A", "--all-namespaces"],
  ],
  truncate: [["-s", "--size"]],
  node: [
    ["-e", "--eval"],
    ["-p", "--print"],
    ["-r", "--require"],
  ],
  base64: [["-d", "-D", "--decode"]],
  gzip: [["-d", "--decompress", "--uncompress"]],
  iptables: [
    ["-F", "--flush"],
    ["-A", "--append"],
    ["-D", "--delete"],
    ["-I", "--insert"],
    ["-P", "--policy"],
    ["-X", "--delete-chain"],
  ],
  rsync: [["--del", "--delete-during", "--delete-before", "--delete-after", "--delete-delay", "--delete-excluded", "--delete"]],
  shred: [
    ["-u", "--remove"],
    ["-z", "--zero"],
  ],
};

const canonical = new Map(
  Object.entries(spellings).map(([name, groups]) => [
    name,
    new Map(groups.flatMap((group) => group.map((option) => [option, group.at(-1) ?? option]))),
  ]),
);

/**
 * Other names of subcommands (docs.npmjs.com/cli, pnpm.io/cli, git-stage(1), `brew help`, `helm help`, dnf(8), yum(8), zypper(8),
 * `conda --help`, `svn help`, bun.sh/docs/cli, getcomposer.org/doc, doc.rust-lang.org/cargo); the value stands for all.
 */
const verbs: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  npm: {
    i: "install",
    in: "install",
    ins: "install",
    inst: "install",
    isntall: "install",
    add: "install",
    un: "uninstall",
    rm: "uninstall",
    r: "uninstall",
    remove: "uninstall",
    unlink: "uninstall",
    t: "test",
    tst: "test",
    x: "exec",
    "run-script": "run",
    rum: "run",
    urn: "run",
    ic: "ci",
    it: "install",
    "install-test": "install",
    cit: "ci",
    "clean-install": "ci",
    c: "config",
    up: "update",
    upgrade: "update",
    pub: "publish",
  },
  pnpm: { i: "install", rm: "remove", un: "remove", uninstall: "remove", up: "update", t: "test", "run-script": "run" },
  git: { stage: "add" },
  brew: { remove: "uninstall", rm: "uninstall", ls: "list" },
  helm: { del: "uninstall", delete: "uninstall", un: "uninstall", ls: "list" },
  dnf: { in: "install", rm: "remove", erase: "remove", up: "upgrade", update: "upgrade" },
  yum: { erase: "remove", upgrade: "update" },
  zypper: { in: "install", rm: "remove", up: "update", dup: "dist-upgrade" },
  conda: { uninstall: "remove", upgrade: "update" },
  svn: { ci: "commit", co: "checkout", rm: "delete", del: "delete", remove: "delete", mv: "move" },
  bun: { i: "install", a: "add", rm: "remove", c: "create" },
  composer: { i: "install", r: "require", u: "update", upgrade: "update", rm: "remove" },
  cargo: { b: "build", c: "check", d: "doc", r: "run", t: "test", rm: "remove" },
};

/** Every way to write an operand of a program that its normal form gives this text; null where there are too many to list. */
export function operandsMeaning(name: string, text: string): readonly string[] | null {
  if (name === "npm" || name === "chmod" || ((name === "kubectl" || name === "oc") && isKind(text))) return null;
  const table = Object.hasOwn(verbs, name) ? (verbs[name] ?? {}) : {};
  return [text, ...Object.keys(table).filter((other) => table[other] === text)];
}

/** Every way to write an option of a program that its normal form gives this name. */
export function writtenAs(name: string, option: string): readonly string[] {
  const others = [...(canonical.get(name) ?? [])].flatMap(([other, canonicalName]) => (canonicalName === option ? [other] : []));
  return [option, ...others];
}

/** Whether the normal form of a program's commands may name an operand otherwise than it stands: `npm i`, `chmod 0777`. */
export function hasOtherWords(name: string): boolean {
  return name === "chmod" || name === "redis-cli" || name === "kubectl" || name === "oc" || Object.hasOwn(verbs, name);
}

/** Programs whose operands have no order that matters: files, devices, processes. */
export const unordered: ReadonlySet<string> = new Set([
  "rm",
  "rmdir",
  "unlink",
  "shred",
  "dd",
  "mkfs",
  "chmod",
  "chown",
  "chgrp",
  "kill",
  "killall",
  "pkill",
  "touch",
  "mkdir",
  "cat",
  "truncate",
  "wipefs",
  "mv",
  "cp",
  "ln",
  "tee",
  // The goals of a build: each is made, whatever stands beside it (each tool's manual).
  "make",
  "bmake",
  "mvn",
  "gradle",
  "ant",
  "ninja",
  "rake",
  "sbt",
  "lein",
]);

/** The normal form of a command whose first word is the program's plain name. */
export function normalForm(name: string, words: readonly ShellWord[]): NormalForm {
  const table = name === "git" ? gitGlobalOptions : (optionsOf(name) ?? fallback);
  const first = scanOptions(words, 1, table);
  const synonyms = canonical.get(name);
  const options = [...first.options];
  let operands = first.operands;
  let uncertain = first.uncertain;
  const [verbAt] = first.operands;
  if (table.style === "posix" && verbAt !== undefined) {
    const subcommand = name === "git" ? gitSubcommands.get(words[verbAt]?.text ?? "") : undefined;
    const rest = scanOptions(words, verbAt + 1, subcommand?.options ?? fallback);
    options.push(...rest.options);
    operands = [verbAt, ...rest.operands];
    uncertain = [...first.uncertain, ...rest.uncertain];
  }
  // `--location=global` is `--global` (docs.npmjs.com/cli/using-npm/config, "location").
  const place = name === "npm" ? options.find(({ names, value }) => names.includes("--location") && value?.text === "global") : undefined;
  if (place !== undefined) options.push({ ...place, names: ["--global"], value: null });
  if (name === "git" && words[verbAt ?? -1]?.text === "push") {
    // `git push origin +main` forces that one reference (git-push(1), "<refspec>").
    const forced = operands.find((at) => at !== verbAt && knownStart(words[at] ?? literalWord("")).startsWith("+"));
    if (forced !== undefined) options.push({ names: ["--force"], value: null, at: forced, until: forced });
  }
  if (name === "git" && words[verbAt ?? -1]?.text === "branch") options.push(...forcedBranch(options));
  const flagged = new Set(options.filter(({ value }) => value === null).map(({ until }) => until));
  const fields = words.some((word) =>
    word.pieces.some((piece) => typeof piece !== "string" && piece.hole === "fields" && piece.isTame !== true),
  );
  return {
    name,
    options: options.map(({ names, value, at }) => ({ names: names.map((option) => synonyms?.get(option) ?? option), value, at })),
    operands: operands.flatMap((at) =>
      kindAndName(name, words[at]).flatMap((one) => {
        const word = sameVerb(name, one, at === verbAt);
        return word === undefined ? [] : [{ word, mayBeValue: flagged.has(at - 1) }];
      }),
    ),
    unknownWords: uncertain.length,
    hasUnknownFields: fields,
  };
}

/** `git branch -D` is `--delete --force`, `-M` is `--move --force`, `-C` is `--copy --force` (git-branch(1)). */
function forcedBranch(options: Scan["options"]): Scan["options"] {
  const given = (...names: readonly string[]) => options.find((option) => option.names.some((name) => names.includes(name)));
  const flag = (name: string, { at, until }: FoundOption): FoundOption => ({ names: [name], value: null, at, until });
  return [
    ["-D", "-d", "--delete"],
    ["-M", "-m", "--move"],
    ["-C", "-c", "--copy"],
  ].flatMap(([both = "", short = "", long = ""]) => {
    const together = given(both);
    const first = given(short, long);
    const forced = given("-f", "--force");
    if (together !== undefined) return [flag(long, together), flag("--force", together)];
    return first !== undefined && forced !== undefined ? [flag(both, first), flag(long, first)] : [];
  });
}

/**
 * Commands of npm, without those that have only other names (docs.npmjs.com/cli/commands). npm takes a beginning that only
 * one of its commands has for that command (npm/lib/utils/cmd-list.js).
 */
const npmCommands =
  "access adduser audit bugs cache ci completion config dedupe deprecate diff dist-tag docs doctor edit exec explain explore find-dupes fund get help help-search init install install-ci-test install-test link ll login logout ls org outdated owner pack ping pkg prefix profile prune publish query rebuild repo restart root run run-script sbom search set shrinkwrap star stars start stop team test token undeprecate uninstall unpublish unstar update version view whoami".split(
    " ",
  );

/** The one command of npm that the text begins; undefined where none or several do. */
function shortened(text: string): string | undefined {
  if (text.length < 3 || npmCommands.includes(text)) return undefined;
  const found = npmCommands.filter((command) => command.startsWith(text));
  return found.length === 1 ? found[0] : undefined;
}

/** Short and plural names of kinds (`kubectl api-resources`); the value stands for all. */
const kinds: Readonly<Record<string, string>> = {
  ...{ po: "pod", pods: "pod", deploy: "deployment", deployments: "deployment", svc: "service", services: "service" },
  ...{ ns: "namespace", namespaces: "namespace", no: "node", nodes: "node", cm: "configmap", configmaps: "configmap" },
  ...{ secrets: "secret", ing: "ingress", ingresses: "ingress", sts: "statefulset", statefulsets: "statefulset" },
  ...{ ds: "daemonset", daemonsets: "daemonset", rs: "replicaset", replicasets: "replicaset", jobs: "job", cj: "cronjob" },
  ...{ cronjobs: "cronjob", pvc: "persistentvolumeclaim", persistentvolumeclaims: "persistentvolumeclaim" },
  ...{ pv: "persistentvolume", persistentvolumes: "persistentvolume", sa: "serviceaccount", serviceaccounts: "serviceaccount" },
  ...{ crd: "customresourcedefinition", crds: "customresourcedefinition", customresourcedefinitions: "customresourcedefinition" },
  ...{ hpa: "horizontalpodautoscaler", netpol: "networkpolicy", networkpolicies: "networkpolicy", sc: "storageclass" },
};

function isKind(text: string): boolean {
  return Object.entries(kinds).some(([other, kind]) => text === other || text === kind);
}

/** `kubectl delete pod/x` is `kubectl delete pod x`. */
function kindAndName(name: string, word: ShellWord | undefined): readonly (ShellWord | undefined)[] {
  const [, kind, object] = name === "kubectl" || name === "oc" ? (/^([a-z]+)\/([^/]+)$/.exec(word?.text ?? "") ?? []) : [];
  return kind === undefined || object === undefined || !isKind(kind) ? [word] : [literalWord(kind), literalWord(object)];
}

/** A kind by the name that stands for all; null for what is no kind. */
function kindOf(text: string): string | null {
  return Object.hasOwn(kinds, text) ? (kinds[text] ?? null) : null;
}

function sameVerb(name: string, word: ShellWord | undefined, isVerb: boolean): ShellWord | undefined {
  // `0777` is the mode `777` (chmod(1)).
  if (name === "chmod" && word !== undefined && /^0+[0-7]{3,4}$/.test(word.text ?? ""))
    return literalWord((word.text ?? "").replace(/^0+/, ""));
  if ((name === "kubectl" || name === "oc") && !isVerb && typeof word?.text === "string") {
    const kind = kindOf(word.text);
    return kind === null ? word : literalWord(kind);
  }
  // Redis takes its commands in any letters (redis.io/docs, "Redis serialization protocol").
  if (name === "redis-cli" && typeof word?.text === "string") return literalWord(word.text.toLowerCase());
  const table = isVerb && Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  const text = word?.text ?? null;
  if (text === null || table === undefined) return word;
  const other = Object.hasOwn(table, text) ? table[text] : name === "npm" ? shortened(text) : undefined;
  return other === undefined ? word : literalWord(other);
}
