import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { UserError } from "../kernel/errors.ts";
import type { Sandbox, SandboxProcess } from "../sandbox/driver.ts";
import { refuseTooManyChanges } from "./changed-files.ts";
import { openBundle, refusedBundle } from "./bundle.ts";
import { cancelled, type GitOptions, gitText, startGit, tryGit } from "./git.ts";
import type { HandedIn } from "./hand-over.ts";
import { type Located, locate } from "./locate.ts";
import { askSandbox, sandboxGitEnvironment } from "./sandbox-command.ts";
import { Tail } from "./tail.ts";
import { setRef, taskRefs } from "./task-refs.ts";

/**
 * Runs in the sandbox and says which commit is the agent's work, in plumbing that no hook, lock
 * file or half-done rebase of the agent's can stop:
 *
 * - the commit that the work tree's HEAD is on, or the task's branch where that goes further;
 * - what is not committed (and not ignored) becomes one more commit on top;
 * - where the result no longer contains the base (rewritten history, a new root), its tree becomes
 *   one commit on the base, so that nothing is lost and the review stays true.
 */
const collectScript = `
set -eu
repository=$1 worktree=$2 branch=$3 base=$4
export GIT_AUTHOR_NAME=$5 GIT_AUTHOR_EMAIL=$6 GIT_COMMITTER_NAME=$5 GIT_COMMITTER_EMAIL=$6
cd "$repository"
tip=$(git rev-parse --quiet --verify "refs/heads/$branch^{commit}" || true)
head=
if [ -d "$worktree" ] && cd "$worktree" && git rev-parse --quiet --git-dir > /dev/null; then
  head=$(git rev-parse --quiet --verify 'HEAD^{commit}' || true)
  from=\${head:-\${tip:-$base}}
  index=$(git rev-parse --git-path gatehouse-index)
  rm -f "$index" "$index.lock"
  cp "$(git rev-parse --git-path index)" "$index" 2> /dev/null || true
  GIT_INDEX_FILE=$index git add --all . || { rm -f "$index"; GIT_INDEX_FILE=$index git read-tree "$from"; GIT_INDEX_FILE=$index git add --all .; }
  tree=$(GIT_INDEX_FILE=$index git write-tree)
  rm -f "$index"
  if [ "$tree" != "$(git rev-parse "$from^{tree}")" ]; then
    head=$(git commit-tree "$tree" -p "$from" -m 'Changes that the agent left uncommitted')
  fi
  cd "$repository"
fi
work=\${head:-\${tip:-$base}}
if [ -n "$tip" ] && git merge-base --is-ancestor "$work" "$tip"; then work=$tip; fi
if ! git merge-base --is-ancestor "$base" "$work"; then
  work=$(git commit-tree "$work^{tree}" -p "$base" -m 'Work of the agent, which had rewritten its history')
fi
git update-ref refs/gatehouse/work "$work"
printf '%s\\n' "$work"
`;

/** The largest allocation git may make while it unpacks what an agent sent (git's own `GIT_ALLOC_LIMIT`). */
const maximumAllocation = "1g";

export async function handOut(
  input: { readonly sandbox: Sandbox; readonly repositoryPath: string; readonly handedIn: HandedIn; readonly taskId: string },
  maximumBytes: number,
  signal: AbortSignal,
): Promise<{ readonly head: string }> {
  const { sandbox, handedIn } = input;
  const located = await locate(input.repositoryPath, signal);
  const repository = `${sandbox.workspace}/repo`;
  const work = await collect(sandbox, repository, handedIn, located, signal);
  const refs = taskRefs(input.taskId);
  if (work === handedIn.base) {
    await setRef(located.gitDir, refs.head, work, signal);
    return { head: work };
  }
  const argv = ["git", "bundle", "create", "--quiet", "-", "refs/gatehouse/work", `^${handedIn.base}`];
  const sender = await sandbox.exec({ argv, cwd: repository, environment: sandboxGitEnvironment, output: "exact" }, signal);
  sender.stdin.on("error", () => undefined);
  sender.stdin.end();
  const head = await receive(sender, located, handedIn.base, maximumBytes, signal);
  await setRef(located.gitDir, refs.head, head, signal);
  return { head };
}

async function collect(sandbox: Sandbox, repository: string, handedIn: HandedIn, located: Located, signal: AbortSignal): Promise<string> {
  const parameters = [repository, handedIn.worktree, handedIn.branch, handedIn.base, "Gatehouse agent", "agent@gatehouse.invalid"];
  const answer = await askSandbox(sandbox, ["sh", "-c", collectScript, "gatehouse-collect", ...parameters], signal);
  const work = answer.stdout.toString("latin1").trim().split("\n").at(-1) ?? "";
  const pattern = located.objectFormat === "sha1" ? /^[0-9a-f]{40}$/ : /^[0-9a-f]{64}$/;
  if (answer.exit.code === 0 && pattern.test(work)) return work;
  throw refusedBundle(`the agent's repository gives no commit (${answer.complaint || "without a reason"})`);
}

/**
 * Takes the bundle in a quarantine of git's own kind: an object folder beside the repository's,
 * which `git gc` clears if we are killed. Only when everything has passed do the packs move over.
 * `index-pack --strict` is the check that `transfer.fsckObjects` turns on; run by itself, no
 * setting of the repository can weaken it.
 */
async function receive(sender: SandboxProcess, located: Located, base: string, maximumBytes: number, signal: AbortSignal): Promise<string> {
  const objects = await gitText(["rev-parse", "--path-format=absolute", "--git-path", "objects"], { gitDir: located.gitDir }, signal);
  const quarantine = await mkdtemp(join(objects, "tmp_objdir-gatehouse-"));
  const kill = () => void sender.kill("SIGKILL").catch(() => undefined);
  signal.addEventListener("abort", kill, { once: true });
  const options: GitOptions = {
    gitDir: located.gitDir,
    environment: {
      GIT_OBJECT_DIRECTORY: quarantine,
      GIT_ALTERNATE_OBJECT_DIRECTORIES: quoted(objects),
      GIT_QUARANTINE_PATH: quarantine,
      GIT_ALLOC_LIMIT: maximumAllocation,
    },
  };
  try {
    const head = await unpack(sender, located, options, maximumBytes, signal);
    await check(head, base, options, signal);
    await movePacks(quarantine, objects);
    return head;
  } catch (error) {
    kill();
    throw error;
  } finally {
    signal.removeEventListener("abort", kill);
    await rm(quarantine, { recursive: true, force: true });
  }
}

async function unpack(
  sender: SandboxProcess,
  located: Located,
  options: GitOptions,
  maximumBytes: number,
  signal: AbortSignal,
): Promise<string> {
  const tail = new Tail(4_096);
  sender.stderr.on("data", (chunk: Buffer) => tail.push(chunk));
  const { header, pack } = await openBundle(sender.stdout).catch((error: unknown) => {
    if (signal.aborted) throw cancelled();
    const words = tail.lastLines(3);
    throw error instanceof UserError && words !== "" ? refusedBundle(words, error) : error;
  });
  const [reference, ...others] = header.references;
  if (reference === undefined || others.length > 0) throw refusedBundle("it does not hold exactly one branch");
  if (header.objectFormat !== located.objectFormat) throw refusedBundle("its objects have another hash than the repository");
  const argv = ["index-pack", "--stdin", "--fix-thin", "--strict", `--max-input-size=${maximumBytes}`];
  const indexer = startGit(argv, options, signal);
  indexer.stdout.resume();
  const piped = pipeline(pack, indexer.stdin).catch((error: unknown) => error);
  const { code, complaint } = await indexer.finished;
  if (code === 0) await piped;
  else throw refusedBundle(inWords(complaint, maximumBytes));
  return reference.id;
}

async function check(head: string, base: string, options: GitOptions, signal: AbortSignal): Promise<void> {
  const kind = await tryGit(["cat-file", "-t", head], options, signal);
  if (kind.code !== 0 || kind.stdout.toString("latin1").trim() !== "commit") throw refusedBundle("its branch is not at a commit");
  const descends = await tryGit(["merge-base", "--is-ancestor", base, head], options, signal);
  if (descends.code !== 0) throw refusedBundle("it does not build on the commit that the task started from");
  const walk = await tryGit(["rev-list", "--objects", "--quiet", head, `^${base}`, "--"], options, signal);
  if (walk.code !== 0) throw refusedBundle(`objects are missing (${walk.complaint})`);
  await refuseTooManyChanges(base, head, options, signal);
}

/** Packs first, their indexes last: a pack counts from when its index is there. */
async function movePacks(quarantine: string, objects: string): Promise<void> {
  const from = join(quarantine, "pack");
  const names = (await readdir(from)).filter((name) => /^pack-[0-9a-f]+\.(pack|rev|idx)$/.test(name));
  await mkdir(join(objects, "pack"), { recursive: true });
  const order = [".pack", ".rev", ".idx"];
  for (const ending of order) {
    for (const name of names.filter((name) => name.endsWith(ending))) await rename(join(from, name), join(objects, "pack", name));
  }
}

/** The list of folders is divided by colons, unless one is quoted in the manner of C (git(1)). */
function quoted(folder: string): string {
  return `"${folder.replace(/["\\]/g, "\\$&")}"`;
}

function inWords(complaint: string, maximumBytes: number): string {
  if (complaint.includes("exceeds maximum allowed size")) return `it is larger than ${Math.floor(maximumBytes / 1_048_576)} MiB`;
  return `its objects do not pass git's check (${complaint})`;
}
