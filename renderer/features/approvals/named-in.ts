import type { VerdictPart } from "#shared/contract/policy.ts";

/** What the words of a command name. For reading only: nothing is decided by it. */
export interface Named {
  readonly hosts: readonly string[];
  readonly paths: readonly string[];
  readonly secrets: readonly string[];
}

/** More than this of a kind is counted, not listed. */
export const namedAtMost = 12;

/** Hosts, paths and secrets that stand in the words of a command, each once, in their order. Hostile text. */
export function namedIn(command: string, parts: readonly VerdictPart[]): Named {
  const words = parts.flatMap(({ argv }) => argv.slice(1).flatMap((word) => (word === null ? [] : [withoutOption(word)])));
  return {
    hosts: unique(words.flatMap(hostOf)),
    paths: unique(words.filter(isPath)),
    secrets: unique([...command.matchAll(/\{\{secret:([\w.-]{1,64})\}\}/g)].flatMap(([, name]) => name ?? [])),
  };
}

/** `--file=/etc/x` names `/etc/x`. */
function withoutOption(word: string): string {
  return /^--?[\w-]+=(.*)$/s.exec(word)?.[1] ?? word;
}

function hostOf(word: string): readonly string[] {
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(word)) {
    const { host } = URL.canParse(word) ? new URL(word) : { host: "" };
    return host === "" ? [] : [host];
  }
  const [, remote] = /^[\w.-]+@([\w.-]+):[^\s]*$/.exec(word) ?? [];
  return remote === undefined ? [] : [remote];
}

function isPath(word: string): boolean {
  if (word === "" || word.startsWith("-") || /\s/.test(word) || word.includes("://") || word.startsWith("@")) return false;
  return /^[/~.]/.test(word) ? word.length > 1 || word === "/" : /^[\w.-]+\/[^\s]+$/.test(word) || /^[\w-]+\.[a-z]\w{0,4}$/i.test(word);
}

function unique(words: readonly string[]): readonly string[] {
  return [...new Set(words)];
}
