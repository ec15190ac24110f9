import { resolvePath, withHome } from "../paths.ts";
import type { SimpleCommand } from "./read-program.ts";

/** More folders are not told apart: then it is not known where a command runs. */
const maximumFolders = 16;

/**
 * Folders in which the commands of a program may run: where they may run `before` it, and wherever a `cd` or
 * `pushd` in it leads. Null stands for one that is computed when it runs.
 */
export function possibleFolders(
  commands: readonly SimpleCommand[],
  before: readonly (string | null)[],
  home: string,
): readonly (string | null)[] {
  const folders = new Set<string | null>(before);
  let current = before.at(-1) ?? null;
  for (const { words } of commands) {
    const name = words[0]?.text;
    if (name !== "cd" && name !== "pushd" && name !== "popd") continue;
    const target = words.slice(1).find(({ text }) => text === null || text === "-" || !text.startsWith("-"));
    if (target === undefined) current = name === "cd" ? home : null;
    else if (target.text === null || target.text === "-" || target.tilde === "other") current = null;
    else if (target.tilde === "home") current = resolvePath(withHome(target.text, home), "/");
    else current = current === null && !target.text.startsWith("/") ? null : resolvePath(target.text, current ?? "/");
    if (folders.size >= maximumFolders) current = null;
    folders.add(current);
  }
  return [...folders];
}
