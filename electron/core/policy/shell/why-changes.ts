import { escapeControls } from "#shared/domain/escape-controls.ts";
import type { ChangedFile, Finding } from "./finding.ts";
import { isKnownReader } from "./reads-only.ts";
import type { ShellWord } from "./shell-word.ts";

/** Why a command may change something, in a sentence; null when it is known to read only. */
export function whyChanges(
  words: readonly ShellWord[],
  name: string,
  findings: readonly Finding[],
  changes: readonly ChangedFile[],
): string | null {
  const [first] = findings;
  if (first !== undefined) return first.why;
  if (changes.length > 0) return "It changes files.";
  const shown = name.length > shownName ? `${name.slice(0, shownName)}…` : name;
  return isKnownReader(words, name) ? null : `It is not known that ${escapeControls(shown === "" ? "it" : shown)} only reads.`;
}

/** So much of a program's name is said, characters; no real one is longer. */
const shownName = 100;

/** git runs what the configuration of the repository it stands in says. */
export const elsewhere: Finding = {
  why: "git would use a repository outside the worktree, whose settings can run programs.",
  risk: "outside-worktree",
  at: "beside",
};

export const computedName: Finding = { why: "The command's name is computed when it runs.", risk: null, at: "never" };
