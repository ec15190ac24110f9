import { RunStage } from "#shared/contract/task.ts";
import type { RunRecord, TaskRecord } from "../task-store.ts";

/**
 * What the agent is told first. A session remembers nothing of earlier runs, so one that continues
 * gets the task again, as something that it has worked on already.
 */
export function firstPrompt(task: TaskRecord, earlierRuns: readonly RunRecord[], messages: readonly string[]): string {
  const hasWorked = earlierRuns.some((run) => RunStage.options.indexOf(run.stage) >= RunStage.options.indexOf("working"));
  if (!hasWorked || messages.length === 0) return [task.prompt, ...messages].join("\n\n");
  const earlier = task.prompt.replace(/^/gmu, "> ");
  return `${messages.join("\n\n")}\n\n(You have worked on this before; what you left is in this folder, and 'git log' and 'git status' show it. The task was:)\n\n${earlier}`;
}
