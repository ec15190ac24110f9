import { TaskId } from "#shared/contract/ids.ts";
import { git, gitText } from "./git.ts";

/** The refs that Gatehouse keeps for a task in the person's repository. Their names are ours, never an agent's. */
export interface TaskRefs {
  /** What the task started from; kept so that a review works after the base branch has moved. */
  readonly base: string;
  /** The quarantined work. */
  readonly head: string;
  readonly all: string;
}

export function taskRefs(taskId: string): TaskRefs {
  const all = `refs/gatehouse/${TaskId.parse(taskId)}`;
  return { base: `${all}/base`, head: `${all}/head`, all };
}

export async function setRef(gitDir: string, ref: string, id: string, signal?: AbortSignal): Promise<void> {
  await git(["update-ref", "--no-deref", ref, id], { gitDir }, signal);
}

/** Removes the refs of a task, all or none. */
export async function removeTaskRefs(gitDir: string, taskId: string, signal?: AbortSignal): Promise<void> {
  const names = await gitText(["for-each-ref", "--format=%(refname)", `${taskRefs(taskId).all}/`], { gitDir }, signal);
  if (names === "") return;
  const commands = names.split("\n").map((name) => `delete ${name}\n`);
  await git(["update-ref", "--no-deref", "--stdin"], { gitDir, input: commands.join("") }, signal);
}
