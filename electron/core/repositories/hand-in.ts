import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../kernel/errors.ts";
import type { Sandbox } from "../sandbox/driver.ts";
import { commitOf, listBranches } from "./branches.ts";
import { gitFailed, startGit } from "./git.ts";
import type { HandedIn } from "./hand-over.ts";
import { type Located, locate } from "./locate.ts";
import { feedSandbox } from "./sandbox-command.ts";
import { setRef, taskRefs } from "./task-refs.ts";

/** Who the agent's commits are by; set inside the sandbox. Nothing of the person's configuration goes in. */
const agentIdentity = { name: "Gatehouse agent", email: "agent@gatehouse.invalid" };

/**
 * Runs in the sandbox: makes a bare repository without a remote, takes the list of shallow commits
 * (ended by a full stop) and then the bundle from standard input, and adds the task's work tree.
 */
const receiveScript = `
set -eu
repository=$1 worktree=$2 format=$3 base_branch=$4 tip=$5 branch=$6 start=$7 name=$8 email=$9
rm -rf "$repository" "$worktree"
mkdir -p "\${worktree%/*}"
git init --quiet --bare --template= --object-format="$format" "$repository"
cd "$repository"
git config user.name "$name"
git config user.email "$email"
git config gc.auto 0
git config maintenance.auto false
while IFS= read -r line && [ "$line" != . ]; do printf '%s\\n' "$line" >> shallow; done
while IFS= read -r line && [ -n "$line" ]; do :; done
git index-pack --stdin --fix-thin > index-pack.out
rm -f index-pack.out
if [ -n "$base_branch" ]; then
  git update-ref "refs/heads/$base_branch" "$tip"
  git symbolic-ref HEAD "refs/heads/$base_branch"
fi
git worktree add --quiet -b "$branch" "$worktree" "$start"
`;

export async function handIn(
  input: {
    readonly sandbox: Sandbox;
    readonly repositoryPath: string;
    readonly baseBranch: string;
    readonly taskId: string;
    readonly continueFrom: string | null;
  },
  signal: AbortSignal,
): Promise<HandedIn> {
  const { sandbox, baseBranch, taskId } = input;
  const located = await locate(input.repositoryPath, signal);
  const refs = taskRefs(taskId);
  const tip = await commitOf(located, `refs/heads/${baseBranch}`, signal);
  const kept = input.continueFrom === null ? null : await quarantined(located, taskId, input.continueFrom, signal);
  const base = kept?.base ?? tip;
  if (tip === null || base === null) throw await noSuchBranch(located, baseBranch, signal);
  const start = kept?.head ?? base;
  await setRef(located.gitDir, refs.base, base, signal);

  const handedIn: HandedIn = { worktree: `${sandbox.workspace}/tasks/${taskId}`, branch: `gatehouse/${taskId}`, base };
  const argv = [
    "sh",
    "-c",
    receiveScript,
    "gatehouse-receive",
    `${sandbox.workspace}/repo`,
    handedIn.worktree,
    located.objectFormat,
    clashes(baseBranch, handedIn.branch) ? "" : baseBranch,
    tip,
    handedIn.branch,
    start,
    agentIdentity.name,
    agentIdentity.email,
  ];
  const bundle = ["bundle", "create", "--quiet", "-", refs.base, ...(kept === null ? [] : [refs.head, `refs/heads/${baseBranch}`])];
  const process = startGit(bundle, { gitDir: located.gitDir }, signal);
  process.stdin.end();
  const shallow = await shallowCommits(located);
  const received = await feedSandbox(sandbox, argv, after(shallow, process.stdout), signal);
  process.kill();
  const sent = await process.finished;
  if (received.exit.code === 0) return handedIn;
  if (sent.code > 0) throw gitFailed(bundle, sent);
  throw new UserError(
    "GIT_FAILED",
    `The code could not be unpacked in the sandbox: ${received.complaint || "it gave no reason"}.`,
    "Check that the sandbox image has git 2.34 or later and that its volume has room for the repository.",
  );
}

async function quarantined(located: Located, taskId: string, head: string, signal: AbortSignal) {
  const refs = taskRefs(taskId);
  const known = await commitOf(located, refs.head, signal);
  const base = await commitOf(located, refs.base, signal);
  if (known !== null && known === head && base !== null) return { head, base };
  throw new UserError(
    "CONFLICT",
    "The work that this task should go on from is not in the repository any more.",
    "Start the task again from its base branch.",
  );
}

async function noSuchBranch(located: Located, branch: string, signal: AbortSignal): Promise<UserError> {
  if ((await listBranches(located, signal)).length === 0) {
    return new UserError("EMPTY_REPOSITORY", `${located.path} has no commit yet.`, "Commit something, then start the task again.");
  }
  return new UserError("BRANCH_NOT_FOUND", `${located.path} has no branch ${branch}.`, "Choose another base branch for the task.");
}

/** Commits at which a shallow clone ends: the sandbox has to know them, or it misses their parents. */
async function shallowCommits({ gitDir }: Located): Promise<string> {
  const text = await readFile(join(gitDir, "shallow"), "latin1").catch(() => "");
  const ids = text.split("\n").filter((line) => /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(line));
  return [...ids, ".", ""].join("\n");
}

async function* after(first: string, second: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield Buffer.from(first);
  yield* second;
}

/** Two branches cannot both exist where the name of one is a folder of the other. */
function clashes(baseBranch: string, branch: string): boolean {
  return `${branch}/`.startsWith(`${baseBranch}/`) || baseBranch.startsWith(`${branch}/`);
}
