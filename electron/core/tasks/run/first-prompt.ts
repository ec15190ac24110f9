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
  cutOff: CutOff | null = null,
): string {
  if (cutOff?.isRemembered === true) return [...said.now, goOnWords].join("\n\n");
  // What a person says leads; without a word of theirs the task itself does.
  if (cutOff !== null && said.now.length === 0) return again(task, said, cutOff);
  if (!earlierRuns.some(hasWorked) || said.now.length === 0) return [task.prompt, ...said.before, ...said.now].join("\n\n");
  const words = [
    ...said.now,
    "(You have worked on this before; what you left is in this folder, and 'git log' and 'git status' show it. The task was:)",
    quote(task.prompt),
  ];
  if (said.before.length > 0) words.push("(And since then you were told:)", ...said.before.map(quote));
  if (cutOff !== null && cutOff.soFar !== "") words.push(cutOff.soFar);
  return words.join("\n\n");
}

/** The work was cut off when Gatehouse ended, and goes on. */
export interface CutOff {
  /** The agent has taken up its own session: it knows all of it. */
  readonly isRemembered: boolean;
  /** What it had done, for an agent that remembers nothing. */
  readonly soFar: string;
}

const goOnWords = "(Gatehouse was closed while you worked, and is open again. What was running then was ended. Go on where you were.)";

function again(task: Pick<TaskRecord, "prompt">, said: { readonly before: readonly string[] }, { soFar }: CutOff): string {
  const words = [
    "(You were working on the task below when Gatehouse was closed. What you had done is in this folder; 'git log' and 'git status' show it. Look first, then go on from there; do not begin again.)",
  ];
  if (soFar !== "") words.push(soFar);
  return [...words, task.prompt, ...said.before].join("\n\n");
}

/** Whether an agent got to work in it. */
export function hasWorked(run: Pick<RunRecord, "stage">): boolean {
  return RunStage.options.indexOf(run.stage) >= RunStage.options.indexOf("working");
}

function quote(text: string): string {
  return text.replace(/^/gmu, "> ");
}
