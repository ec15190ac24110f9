import { constants } from "node:os";
import { literalWord, type ShellWord } from "../shell/shell-word.ts";
import type { RuleWord } from "./shell-matcher.ts";

/**
 * The same command under the name that stands for all of its names: `docker container run` is `docker run`, `pip3` is `pip`,
 * `kill -KILL` is `kill -9`. A deny or ask rule for one name then holds for the others; an allow rule never does.
 * Null where the command has no other name that is known.
 */
export function commonForm(words: readonly ShellWord[], name: string): readonly ShellWord[] | null {
  const program = commonProgram(name);
  const rewrite = rewrites.get(program);
  if (program === name && rewrite === undefined) return null;
  const renamed = program === name ? words : renamedWords(words, name, program);
  const written = rewrite === undefined ? renamed : rewrite(renamed);
  return written === words ? null : written;
}

/** Whether a command of this name may have a common form at all. */
export function hasCommonForm(name: string): boolean {
  const program = commonProgram(name);
  return program !== name || rewrites.has(program);
}

/** The plain name that stands for all names of the program. */
function commonProgram(name: string): string {
  const known = programs.get(name);
  if (known !== undefined) return known;
  if (name.startsWith("git-")) return "git";
  const versioned = /^(python|pip|pypy|ruby|perl|php|lua|node|gcc|clang)-?\d[\d.]*$/.exec(name);
  return versioned?.[1] ?? name;
}

/**
 * What a rule names beside its own words: the same in its common form; null where there is none, or where the rule names only one
 * of several programs (`python2`, `egrep`), which must not speak for the others.
 */
export function commonRule(words: readonly RuleWord[]): readonly RuleWord[] | null {
  const [program] = words;
  if (program === undefined || words.some(({ glob }) => glob !== null) || isNarrow(program.text)) return null;
  const literal = words.map(({ text }) => literalWord(text));
  return commonForm(literal, program.text)?.map((word) => ({ text: word.text ?? "", glob: null })) ?? null;
}

const narrow = new Set(["python2", "pip2", "view", "rview", "rvim", "mke2fs", "egrep", "fgrep", "rgrep", "zgrep", "original-awk"]);

function isNarrow(name: string): boolean {
  return narrow.has(name) || /\d\.\d/.test(name) || name.startsWith("git-");
}

/** The program whose rules a command of this name may meet: `uv` carries pip's commands. */
export function mayMean(name: string): string {
  return carriers.get(name) ?? commonProgram(name);
}

const carriers: ReadonlyMap<string, string> = new Map([["uv", "pip"]]);

/** First characters of the other names of programs that begin unlike the name that stands for all: `egrep` is `grep`. */
export function otherInitials(program: string): readonly number[] {
  return initials.get(program) ?? [];
}

/**
 * Other names of programs: Debian's alternatives and packages, pip(1), vim(1), docs.docker.com/compose (`docker-compose` of
 * version 1), mke2fs(8), OpenBSD's ssh (`slogin`), GNU tools under their names on other systems.
 */
const programs: ReadonlyMap<string, string> = new Map([
  ...["python2", "python3", "py"].map((name) => [name, "python"] as const),
  ...["pip2", "pip3"].map((name) => [name, "pip"] as const),
  ...["nodejs"].map((name) => [name, "node"] as const),
  ...["vi", "view", "rvim", "rview", "vim.tiny", "vim.basic", "vim.nox", "vim.gtk3", "nvi"].map((name) => [name, "vim"] as const),
  ...["docker-compose", "podman-compose"].map((name) => [name, name.slice(0, 6)] as const),
  ...["slogin"].map((name) => [name, "ssh"] as const),
  ...["mke2fs"].map((name) => [name, "mkfs"] as const),
  ...["gtar", "bsdtar"].map((name) => [name, "tar"] as const),
  ...["gsed"].map((name) => [name, "sed"] as const),
  ...["gawk", "mawk", "nawk", "original-awk"].map((name) => [name, "awk"] as const),
  ...["egrep", "fgrep", "rgrep", "zgrep", "ggrep"].map((name) => [name, "grep"] as const),
  ...["netcat", "ncat", "nc.openbsd", "nc.traditional"].map((name) => [name, "nc"] as const),
  ...["iptables-legacy", "iptables-nft"].map((name) => [name, "iptables"] as const),
  ...["gpg2"].map((name) => [name, "gpg"] as const),
  ...["fdfind"].map((name) => [name, "fd"] as const),
  ...["gmake"].map((name) => [name, "make"] as const),
  ...["mvnw", "mvnd"].map((name) => [name, "mvn"] as const),
  ...["gradlew"].map((name) => [name, "gradle"] as const),
  ...["microk8s.kubectl", "kubecolor"].map((name) => [name, "kubectl"] as const),
  ...["awslocal", "tflocal"].map((name) => [name, name === "awslocal" ? "aws" : "terraform"] as const),
  ...["sudo-rs"].map((name) => [name, "sudo"] as const),
  ...["yarnpkg"].map((name) => [name, "yarn"] as const),
  ...["grm", "gcp", "gmv", "gln", "gchmod", "gchown", "gdd", "gshred", "gtruncate"].map((name) => [name, name.slice(1)] as const),
]);

const initials = new Map<string, number[]>();
for (const [name, program] of [...programs, ...carriers])
  if (name.charCodeAt(0) !== program.charCodeAt(0)) initials.set(program, [...(initials.get(program) ?? []), name.charCodeAt(0)]);

function renamedWords(words: readonly ShellWord[], name: string, program: string): readonly ShellWord[] {
  const [, ...rest] = words;
  const verb =
    name.startsWith(`${program}-`) && /^(?:git|docker|podman)$/.test(program) ? [literalWord(name.slice(program.length + 1))] : [];
  return [literalWord(program), ...verb, ...rest];
}

type Rewrite = (words: readonly ShellWord[]) => readonly ShellWord[];

/** Where the verb of a command stands, after the program's own options; those named take a value in the next word. */
function verbAt(words: readonly ShellWord[], valued: readonly string[], from = 1): number {
  let at = from;
  for (; at < words.length; at += 1) {
    const text = words[at]?.text ?? null;
    if (text === null || !text.startsWith("-")) return at;
    if (valued.includes(text)) at += 1;
  }
  return at;
}

function textAt(words: readonly ShellWord[], at: number): string {
  return words[at]?.text ?? "";
}

/** The words with `count` of them from a place on given otherwise. */
function spliced(words: readonly ShellWord[], at: number, count: number, ...texts: readonly string[]): readonly ShellWord[] {
  return [...words.slice(0, at), ...texts.map(literalWord), ...words.slice(at + count)];
}

/** docs.docker.com/reference/cli/docker: the same command at the top and below its object. */
const containerVerbs = new Set(
  "attach commit cp create diff exec export kill logs pause port ps rename restart rm run start stats stop top unpause update wait".split(
    " ",
  ),
);
const imageVerbs: Readonly<Record<string, string>> = {
  ...{ build: "build", history: "history", import: "import", load: "load", pull: "pull", push: "push", save: "save", tag: "tag" },
  ...{ ls: "images", list: "images", rm: "rmi", remove: "rmi" },
};
const dockerValues = ["-c", "--context", "-H", "--host", "-l", "--log-level", "--config", "--tlscacert", "--tlscert", "--tlskey"];

const docker: Rewrite = (words) => {
  const at = verbAt(words, dockerValues);
  const verb = textAt(words, at + 1);
  switch (textAt(words, at)) {
    case "container":
      if (containerVerbs.has(verb)) return spliced(words, at, 1);
      return verb === "ls" || verb === "list" ? spliced(words, at, 2, "ps") : words;
    case "compose":
      return composed(words, at);
    case "image":
      return Object.hasOwn(imageVerbs, verb) ? spliced(words, at, 2, imageVerbs[verb] ?? verb) : words;
    case "builder":
    case "buildx":
      return verb === "build" || verb === "b" ? spliced(words, at, 2, "build") : words;
    default:
      return words;
  }
};

/** Options between `docker compose` and its verb that take a value (docs.docker.com/reference/cli/docker/compose). */
const composeValues = [
  "-f",
  "--file",
  "-p",
  "--project-name",
  "--profile",
  "--env-file",
  "--project-directory",
  "--ansi",
  "--progress",
  "--parallel",
];

/** `docker compose -f FILE down` is `docker compose down` of another project. */
function composed(words: readonly ShellWord[], at: number): readonly ShellWord[] {
  const verb = verbAt(words, composeValues, at + 1);
  return verb === at + 1 || verb >= words.length ? words : spliced(words, at + 1, verb - at - 1);
}

/** `kill -KILL`, `-SIGKILL`, `-s 9`, `-n 9`, `--signal=KILL` as `-9` (kill(1), signal(7)). */
const signals: Rewrite = (words) => {
  const first = textAt(words, 1);
  const attached = /^(?:--signal=|-[sn](?=.)|-)(\w+)$/.exec(first)?.[1];
  const isSplit = first === "-s" || first === "-n" || first === "--signal";
  const number = numberOfSignal(isSplit ? textAt(words, 2) : (attached ?? ""));
  return number === null || first === `-${number}` ? words : spliced(words, 1, isSplit ? 2 : 1, `-${number}`);
};

function numberOfSignal(text: string): number | null {
  if (/^\d{1,2}$/.test(text)) return Number(text);
  const name = text.toUpperCase();
  const numbers: Readonly<Record<string, number>> = constants.signals;
  return numbers[name.startsWith("SIG") ? name : `SIG${name}`] ?? null;
}

/** `tar xf a`: letters without a dash in the first word are options (tar(1), "Traditional usage"). */
const tar: Rewrite = (words) => {
  const letters = textAt(words, 1);
  if (!/^[A-Za-z]*[crtuxdA][A-Za-z]*$/.test(letters)) return words;
  // The archive's name is the next word wherever the `f` stands.
  return spliced(words, 1, 1, `-${letters.replaceAll("f", "")}${letters.includes("f") ? "f" : ""}`);
};

/** Objects and verbs of `ip` may be shortened (ip(8)): `ip l s` is `ip link set`. */
const ipObjects = ["address", "link", "route", "rule", "neighbour", "netns", "tunnel"];
const ipVerbs = ["add", "append", "change", "delete", "flush", "list", "replace", "set", "show"];

const ip: Rewrite = (words) => {
  const at = verbAt(words, ["-f", "-family", "-n", "-netns", "-b", "-batch"]);
  const full = (text: string, all: readonly string[]) => (text === "" ? text : (all.find((one) => one.startsWith(text)) ?? text));
  const object = full(textAt(words, at), ipObjects);
  const verb = full(textAt(words, at + 1), ipVerbs);
  if (object === textAt(words, at) && verb === textAt(words, at + 1)) return words;
  return spliced(words, at, verb === "" ? 1 : 2, object, ...(verb === "" ? [] : [verb]));
};

/** `yarn workspace a add x` is `yarn add x` in another folder (yarnpkg.com/cli/workspace). */
const yarn: Rewrite = (words) => {
  const at = verbAt(words, ["--cwd"]);
  return textAt(words, at) === "workspace" && words.length > at + 2 ? spliced(words, at, 2) : words;
};

/** `cargo +nightly build` is `cargo build` of another toolchain (rust-lang.github.io/rustup, "Toolchain override shorthand"). */
const cargo: Rewrite = (words) => (textAt(words, 1).startsWith("+") ? spliced(words, 1, 1) : words);

/** `uv pip install` is pip's own command line (docs.astral.sh/uv/pip). */
const uv: Rewrite = (words) => {
  const at = verbAt(words, ["--directory", "--project", "--config-file", "--cache-dir"]);
  return textAt(words, at) === "pip" ? [literalWord("pip"), ...words.slice(at + 1)] : words;
};

/** `gcloud beta compute` is a release track of the same command (cloud.google.com/sdk/gcloud/reference/beta). */
const gcloud: Rewrite = (words) => {
  const at = verbAt(words, ["--project", "--account", "--configuration", "--verbosity", "--format"]);
  return /^(?:alpha|beta|preview)$/.test(textAt(words, at)) ? spliced(words, at, 1) : words;
};

/** `openssl aes-256-cbc` is `openssl enc -aes-256-cbc` (openssl-enc(1)). */
const openssl: Rewrite = (words) =>
  /^(?:aes|aria|camellia|des|des3|bf|cast|rc[245]|chacha20|base64)(?:-|$)/.test(textAt(words, 1))
    ? spliced(words, 1, 1, "enc", `-${textAt(words, 1)}`)
    : words;

/** By the program's common name. Verbs that only have other names stand in {@link normalForm}'s table. */
const rewrites: ReadonlyMap<string, Rewrite> = new Map<string, Rewrite>([
  ["docker", docker],
  ["podman", docker],
  ["nerdctl", docker],
  ["kill", signals],
  ["pkill", signals],
  ["killall", signals],
  ["tar", tar],
  ["ip", ip],
  ["yarn", yarn],
  ["cargo", cargo],
  ["uv", uv],
  ["gcloud", gcloud],
  ["openssl", openssl],
]);
