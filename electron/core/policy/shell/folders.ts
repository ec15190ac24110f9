import { resolvePath, withHome } from "../paths.ts";
import type { SimpleCommand } from "./read-program.ts";

/**
 * Folders in which the commands of a program may run: where it begins, and wherever a `cd` or
 * `pushd` in it leads. Null stands for one that is computed when it runs.
 */
export function possibleFolders(commands: readonly SimpleCommand[], cwd: string, home: string): readonly (string | null)[] {
  const folders = new Set<string | null>([cwd]);
  let current: string | null = cwd;
  for (const { words } of commands) {
    const name = words[0]?.text;
    if (name !== "cd" && name !== "pushd" && name !== "popd") continue;
    const target = words.slice(1).find(({ text }) => text === null || text === "-" || !text.startsWith("-"));
    if (target === undefined) current = name === "cd" ? home : null;
    else if (target.text === null || target.text === "-" || target.tilde === "other") current = null;
    else if (target.tilde === "home") current = resolvePath(withHome(target.text, home), "/");
    else current = current === null && !target.text.startsWith("/") ? null : resolvePath(target.text, current ?? "/");
    folders.add(current);
  }
  return [...folders];
}
