import { scanOptions } from "./options.ts";
import { gitGlobalOptions } from "./programs/git-table.ts";
import type { ShellWord } from "./shell-word.ts";

/**
 * Programs that change nothing, as long as none of their options or redirections is one that the tables speak of: POSIX
 * utilities and GNU coreutils by their manuals, readers that developers use (rg(1), jq(1), fd(1), tree(1), file(1)).
 */
const readers = new Set(
  `ls cat head tail wc cut tr nl tac rev fold fmt pr paste join expand unexpand column comm cmp diff diff3 colordiff stat du df
  grep egrep fgrep zgrep rg ag ack ugrep find gfind fd fdfind tree file sort gsort uniq sed gsed awk gawk mawk nawk jq gojq jaq yq xxd od hexdump
  strings basename dirname realpath readlink seq expr cal test [ true false : yes sleep pwd cd pushd popd which whereis whatis
  apropos type help man less more id whoami groups uname uptime free ps lscpu lsblk nproc md5sum sha1sum sha256sum sha512sum b2sum cksum
  sum base32 locale return exit break continue shift wait jobs fg getopts read printenv times echo printf bat batcat delta
  local declare export let set`.split(/\s+/),
);

/** Programs that do nothing but run what stands in their words; that is judged by itself. */
const carriers = new Set(
  "env nice ionice time timeout gtimeout stdbuf command builtin exec xargs gxargs sh bash dash zsh ksh eval chronic nohup setsid".split(
    " ",
  ),
);

/** Subcommands of git that change neither the repository nor the work tree (git(1), "Interrogators"). */
const gitReaders = new Set(
  `status log diff show blame annotate grep ls-files ls-tree ls-remote cat-file rev-parse rev-list describe shortlog merge-base name-rev
  for-each-ref show-ref show-branch count-objects diff-tree diff-index diff-files whatchanged range-diff cherry check-ignore check-attr
  check-mailmap var version help get-tar-commit-id verify-commit verify-tag`.split(/\s+/),
);

/** With only these words after it, the subcommand lists (git-branch(1), git-tag(1), git-remote(1), git-stash(1), git-worktree(1), git-config(1), git-fsck(1)). */
const gitListings: Readonly<Record<string, RegExp>> = {
  branch:
    /^(?:-[avr]+|-vv|--list|--all|--remotes|--show-current|--verbose|--(?:no-)?(?:contains|merged)(?:=\S+)?|--sort=\S+|--format=.*)$/s,
  tag: /^(?:-l|--list|-n\d*|--sort=\S+|--format=.*)$/s,
  remote: /^(?:-v|--verbose|show|get-url)$/,
  stash: /^(?:list|show)$/,
  worktree: /^(?:list|--porcelain)$/,
  config: /^(?:--get|--get-all|--list|-l|--show-origin|--show-scope|--global|--local|--system|--name-only|get|list)$/,
  reflog: /^(?:show)$/,
  fsck: /^--(?:full|strict|(?:no-)?dangling|connectivity-only|verbose|unreachable|root|tags|cache|no-reflogs|(?:no-)?progress|name-objects)$/,
};

/** Whether a command, of which the tables found nothing that it writes or runs, is known to change nothing. */
export function isKnownReader(words: readonly ShellWord[], name: string): boolean {
  const path = words[0]?.text ?? "";
  if (path !== name && !/^\/(?:usr\/)?(?:local\/)?s?bin\/[^/]+$/.test(path)) return false;
  if (name === "git") return isGitReader(words);
  return readers.has(name) || carriers.has(name);
}

function isGitReader(words: readonly ShellWord[]): boolean {
  const [at] = scanOptions(words, 1, gitGlobalOptions).operands;
  if (at === undefined) return words.every(({ text }) => text !== null);
  const verb = words[at]?.text ?? "";
  if (gitReaders.has(verb)) return true;
  const rest = words.slice(at + 1).map(({ text }) => text ?? "\0");
  const listing = Object.hasOwn(gitListings, verb) ? gitListings[verb] : undefined;
  if (listing === undefined) return false;
  const [first] = rest;
  if (verb === "branch" || verb === "tag") return rest.every((word) => listing.test(word)) || first === "--list" || first === "-l";
  if (verb === "stash" || verb === "worktree") return first !== undefined && listing.test(first);
  if (verb === "config") return first !== undefined && /^(?:--get|--get-all|--list|-l|get|list)$/.test(first);
  return first === undefined || listing.test(first);
}
