import { lstatSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, posix } from "node:path";
import type { RealPath } from "../core/policy/request-line.ts";

/** As many links as Linux follows (path_resolution(7)). */
const maximumLinks = 40;

/**
 * The real path on this machine, where the folder is really here: of the deepest part that exists, through links to what does not
 * exist yet. What lies in the worktree is named by the worktree's own path, so that a link to it does not matter.
 */
export const realPath: RealPath = (path, { cwd, worktree, home }) => {
  if (!isFolder(cwd) || path.includes("\0")) return { realPath: null };
  const written = path === "~" || path.startsWith("~/") ? home + path.slice(1) : path;
  const real = deepestReal(posix.isAbsolute(written) ? written : `${cwd}/${written}`, { left: maximumLinks });
  if (real === null) return { realPath: null, isPathUnclear: true };
  const root = isFolder(worktree) ? realpathSync(worktree) : worktree;
  const isInside = real === root || real.startsWith(`${root.replace(/\/$/, "")}/`);
  return { realPath: isInside ? posix.join(worktree, real.slice(root.length)) : real };
};

/** Null: a loop of links, a folder that may not be entered, or what is no folder in the middle. `..` is taken as the system takes it. */
function deepestReal(path: string, links: { left: number }): string | null {
  try {
    return realpathSync.native(path);
  } catch (error) {
    if (!isMissing(error)) return null;
  }
  const name = basename(path);
  if (name === ".." || name === ".") return null;
  const parent = deepestReal(dirname(path), links);
  if (parent === null) return null;
  const place = join(parent, name);
  if (!isLink(place)) return place;
  links.left -= 1;
  if (links.left < 0) return null;
  const target = readlinkSync(place);
  return deepestReal(posix.isAbsolute(target) ? target : `${parent}/${target}`, links);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
