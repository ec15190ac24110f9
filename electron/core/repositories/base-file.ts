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
  return await readFileAt({ path, commit: `refs/heads/${base}`, name }, signal);
}

/** A file at the root of one commit: of what came back from a sandbox it may be shown, never obeyed. */
export async function readFileAt(
  { path, commit, name }: { readonly path: string; readonly commit: string; readonly name: string },
  signal?: AbortSignal,
): Promise<string | null> {
  const { gitDir } = await locate(path, signal);
  const argv = ["rev-parse", "--quiet", "--verify", "--end-of-options", `${commit}:${name}`];
  const found = await tryGit(argv, { gitDir }, signal);
  if (found.code !== 0) return null;
  return await gitText(["cat-file", "blob", found.stdout.toString("utf8").trim()], { gitDir, maximumBytes }, signal);
}
