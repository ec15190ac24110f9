import { commitOf, defaultBranch } from "./branches.ts";
import { gitText, tryGit } from "./git.ts";
import { locate } from "./locate.ts";

const maximumBytes = 1_048_576;

/**
 * A file at the root of the base branch of a repository on the host; null where there is none. Read
 * from git's objects, never from a work tree or a sandbox: what an agent wrote is not on that branch.
 */
export async function readBaseFile(
  { path, branch, name }: { readonly path: string; readonly branch: string | null; readonly name: string },
  signal?: AbortSignal,
): Promise<string | null> {
  const located = await locate(path, signal);
  const base = branch ?? (await defaultBranch(located, signal));
  if (base === null || (await commitOf(located, `refs/heads/${base}`, signal)) === null) return null;
  const { gitDir } = located;
  const argv = ["rev-parse", "--quiet", "--verify", "--end-of-options", `refs/heads/${base}:${name}`];
  const found = await tryGit(argv, { gitDir }, signal);
  if (found.code !== 0) return null;
  return await gitText(["cat-file", "blob", found.stdout.toString("utf8").trim()], { gitDir, maximumBytes }, signal);
}
