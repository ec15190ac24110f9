import type { Risk } from "#shared/contract/policy.ts";
import type { ShellWord } from "../shell-word.ts";

/** What a command risks by what its words ask for, besides what the tables say of its program. */
export function risksOfWords(name: string, words: readonly ShellWord[]): readonly Risk[] {
  const look = Object.hasOwn(looks, name) ? looks[name] : undefined;
  return look === undefined ? [] : look(words.slice(1).flatMap(({ text }) => text ?? []));
}

const looks: Readonly<Record<string, (texts: readonly string[]) => readonly Risk[]>> = {
  rsync: toHost,
  rclone: () => ["network"],
  docker: ofImages,
  podman: ofImages,
  nerdctl: ofImages,
  python: servesFiles,
  python3: servesFiles,
};

/** `host:path`, `user@host:path`, `host::module`, `rsync://host/module` (rsync(1), "ADVANCED USAGE"). */
function toHost(texts: readonly string[]): readonly Risk[] {
  return texts.some((text) => /^(?:rsync:\/\/|(?!-)[^/]+:)/.test(text)) ? ["network"] : [];
}

const overNetwork = new Set(["pull", "push", "login", "logout", "search"]);

/** `docker pull`, `docker image push`, `docker compose pull` (docs.docker.com/reference/cli). */
function ofImages(texts: readonly string[]): readonly Risk[] {
  const verbs = texts.filter((text) => !text.startsWith("-")).slice(0, 2);
  return verbs.some((verb) => overNetwork.has(verb)) ? ["network"] : [];
}

/** `python -m http.server` (docs.python.org/3/library/http.server.html). */
function servesFiles(texts: readonly string[]): readonly Risk[] {
  const at = texts.indexOf("-m");
  return at !== -1 && /^(?:http\.server|ftplib|smtpd|xmlrpc\.server|webbrowser)$/.test(texts[at + 1] ?? "") ? ["network"] : [];
}

const has = (texts: readonly string[], ...options: readonly string[]) => texts.some((text) => options.includes(text));

/** What a command of git risks by its words: what it throws away, and where it goes (git's own manual pages). */
export function risksOfGit(command: string, words: readonly ShellWord[]): readonly Risk[] {
  const texts = words.flatMap(({ text }) => text ?? []);
  const verb = texts.find((text) => !text.startsWith("-"));
  switch (command) {
    case "lfs":
      return has(["pull", "push", "fetch", "clone", "locks", "lock", "unlock"], verb ?? "") ? ["network"] : [];
    case "remote":
      if (has(["remove", "rm"], verb ?? "")) return ["deletes"];
      return has(["update", "show", "prune"], verb ?? "") || has(texts, "-f", "--fetch") ? ["network"] : [];
    case "svn":
    case "p4":
      return ["network"];
    case "push":
      return has(texts, "-d", "--delete", "--mirror", "--prune") || texts.some((text) => text.startsWith(":")) ? ["deletes"] : [];
    case "reset":
      return has(texts, "--hard") ? ["deletes"] : [];
    case "checkout":
      return has(texts, "--", ".", "-f", "--force") ? ["deletes"] : [];
    case "switch":
      return has(texts, "-f", "--force", "--discard-changes") ? ["deletes"] : [];
    case "restore":
      return has(texts, "-S", "--staged") && !has(texts, "-W", "--worktree") ? [] : ["deletes"];
    case "stash":
      return has(["drop", "clear"], verb ?? "") ? ["deletes"] : [];
    case "worktree":
      return has(["remove", "prune"], verb ?? "") ? ["deletes"] : [];
    case "tag":
      return has(texts, "-d", "--delete") ? ["deletes"] : [];
    case "reflog":
      return has(["expire", "delete"], verb ?? "") ? ["deletes"] : [];
    case "update-ref":
      return has(texts, "-d") ? ["deletes"] : [];
    default:
      return [];
  }
}
