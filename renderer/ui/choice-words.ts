import type { Task } from "#shared/contract/task.ts";

/** What a task chose of its agent's options, as the agent names it. */
export function choiceWords({ choices }: Pick<Task, "choices">): string {
  return choices.map(({ value }) => value).join(", ");
}
