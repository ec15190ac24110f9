import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { BranchName } from "#shared/contract/repository.ts";
import { UserError } from "../kernel/errors.ts";
import { commitOf } from "./branches.ts";
import { git, gitFailed, gitText, tryGit } from "./git.ts";
import { type Located, locate } from "./locate.ts";
import { taskRefs } from "./task-refs.ts";

/**
 * Points `branch` at the reviewed commit by moving the ref alone: no hook runs, no index or work
 * tree changes, and the move happens only from the value that was checked.
 */
export async function accept(input: {
  readonly repositoryPath: string;
  readonly taskId: string;
  readonly head: string;
  readonly branch: string;
}): Promise<void> {
  const located = await locate(input.repositoryPath);
  const branch = BranchName.parse(input.branch);
  const ref = `refs/heads/${branch}`;
  const { gitDir } = located;
  if ((await commitOf(located, taskRefs(input.taskId).head)) !== input.head) {
    throw new UserError("CONFLICT", "The work has changed since you looked at it.", "Look at the diff again, then accept it.");
  }
  const now = await commitOf(located, ref);
  if (now === input.head) return;
  const place = await checkedOutIn(located, branch);
  if (place !== null) {
    throw new UserError("CONFLICT", `${branch} is checked out in ${place}.`, "Accept into another branch and merge it there yourself.");
  }
  if (now === null) await refuseNeighbour(located, branch);
  else await refuseDetour(located, { branch, now, head: input.head });
  const argv = ["update-ref", "--no-deref", "-m", `gatehouse: accepted ${input.taskId}`, ref, input.head, now ?? zeros(located)];
  const moved = await tryGit(argv, { gitDir });
  if (moved.code === 0) return;
  if ((await commitOf(located, ref)) !== now) throw branchMoved(branch);
  throw gitFailed(argv, moved);
}

async function refuseDetour(
  { gitDir }: Located,
  { branch, now, head }: { readonly branch: string; readonly now: string; readonly head: string },
): Promise<void> {
  const forward = await tryGit(["merge-base", "--is-ancestor", now, head], { gitDir });
  if (forward.code !== 0) throw branchMoved(branch);
}

/** A new branch that git or the file system would take for another one. */
async function refuseNeighbour({ gitDir }: Located, branch: string): Promise<void> {
  const names = (await gitText(["for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads"], { gitDir })).split("\n");
  const wanted = branch.toLowerCase();
  const neighbour = names.find((name) => {
    const other = name.toLowerCase();
    return other !== "" && (other === wanted || other.startsWith(`${wanted}/`) || wanted.startsWith(`${other}/`));
  });
  if (neighbour === undefined) return;
  throw new UserError("CONFLICT", `A branch ${branch} cannot stand beside the branch ${neighbour}.`, "Choose another name for the branch.");
}

/** The work tree that has the branch checked out, or is in the middle of rebasing or bisecting it; null when none does. */
async function checkedOutIn({ gitDir }: Located, branch: string): Promise<string | null> {
  const lines = (await git(["worktree", "list", "--porcelain"], { gitDir })).toString("utf8").split("\n");
  let place = "";
  for (const line of lines) {
    if (line.startsWith("worktree ")) place = line.slice("worktree ".length);
    if (line === `branch refs/heads/${branch}`) return place;
  }
  for (const folder of await headFolders(gitDir)) {
    for (const [file, text] of inProgress(branch)) {
      if ((await readFile(join(folder, file), "utf8").catch(() => "")).trim() === text) return `the work in progress of ${folder}`;
    }
  }
  return null;
}

/** Files in which git keeps the branch that a rebase or a bisection will return to. */
function inProgress(branch: string): readonly (readonly [string, string])[] {
  return [
    ["rebase-merge/head-name", `refs/heads/${branch}`],
    ["rebase-apply/head-name", `refs/heads/${branch}`],
    ["BISECT_START", branch],
  ];
}

async function headFolders(gitDir: string): Promise<readonly string[]> {
  const worktrees = join(gitDir, "worktrees");
  const names = await readdir(worktrees).catch(() => []);
  return [gitDir, ...names.map((name) => join(worktrees, name))];
}

function zeros({ objectFormat }: Located): string {
  return "0".repeat(objectFormat === "sha1" ? 40 : 64);
}

function branchMoved(branch: string): UserError {
  return new UserError(
    "BRANCH_MOVED",
    `${branch} has commits that this work does not build on.`,
    "Accept into a new branch and merge it yourself, or start the task again from where the branch is now.",
  );
}
