import { BranchName } from "#shared/contract/repository.ts";
import { gitText, tryGit } from "./git.ts";
import type { Located } from "./locate.ts";

/** The most branches that are listed. */
const maximumBranches = 2_000;

/** Branch names that Gatehouse accepts, the one that was committed to last first. */
export async function listBranches({ gitDir }: Located, signal?: AbortSignal): Promise<readonly string[]> {
  const argv = ["for-each-ref", "--sort=-committerdate", `--count=${maximumBranches}`, "--format=%(refname:lstrip=2)", "refs/heads"];
  const names = await gitText(argv, { gitDir }, signal);
  return names.split("\n").filter((name) => BranchName.safeParse(name).success);
}

/** What HEAD is on; where it is detached, `main` or `master` if there is one; else null. */
export async function defaultBranch(located: Located, signal?: AbortSignal): Promise<string | null> {
  const head = await tryGit(["symbolic-ref", "--quiet", "HEAD"], { gitDir: located.headDir }, signal);
  const current = head.stdout
    .toString("utf8")
    .trim()
    .replace(/^refs\/heads\//, "");
  for (const name of head.code === 0 ? [current, "main", "master"] : ["main", "master"]) {
    if (BranchName.safeParse(name).success && (await commitOf(located, `refs/heads/${name}`, signal)) !== null) return name;
  }
  return null;
}

/** The commit that a ref or an id names; null where there is none. */
export async function commitOf({ gitDir }: Pick<Located, "gitDir">, name: string, signal?: AbortSignal): Promise<string | null> {
  const answer = await tryGit(["rev-parse", "--quiet", "--verify", "--end-of-options", `${name}^{commit}`], { gitDir }, signal);
  return answer.code === 0 ? answer.stdout.toString("utf8").trim() : null;
}
