import { RunStage } from "#shared/contract/task.ts";
import type { RunRecord, TaskRecord } from "../task-store.ts";

/**
 * What the agent is told first. A session remembers nothing of earlier runs, so one that continues
 * gets the task and what was said since again, quoted, as something that it has worked on already.
 */
export function firstPrompt(
  task: Pick<TaskRecord, "prompt">,
  earlierRuns: readonly Pick<RunRecord, "stage">[],
  said: { readonly before: readonly string[]; readonly now: readonly string[] },
): string {
  const hasWorked = earlierRuns.some((run) => RunStage.options.indexOf(run.stage) >= RunStage.options.indexOf("working"));
  if (!hasWorked || said.now.length === 0) return [task.prompt, ...said.before, ...said.now].join("\n\n");
  const words = [
    ...said.now,
    "(You have worked on this before; what you left is in this folder, and 'git log' and 'git status' show it. The task was:)",
    quote(task.prompt),
  ];
  if (said.before.length > 0) words.push("(And since then you were told:)", ...said.before.map(quote));
  return words.join("\n\n");
}

function quote(text: string): string {
  return text.replace(/^/gmu, "> ");
}
