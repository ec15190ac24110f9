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
  // Its model failed before it had done anything: it begins.
  if (cutOff?.by === "provider" && cutOff.soFar === "") return [task.prompt, ...said.before, ...said.now].join("\n\n");
  if (cutOff?.isRemembered === true) {
    // Some agents forget what their model never answered to.
    const inCaseItIsLost =
      cutOff.by === "provider" ? ["(In case it is lost, you had been told:)", ...[task.prompt, ...said.before].map(quote)] : [];
    return [...said.now, goOnWords[cutOff.by], ...inCaseItIsLost].join("\n\n");
  }
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

/** The work was cut off by something beyond the agent, and goes on. */
export interface CutOff {
  /** Gatehouse was closed, or the model's provider failed. */
  readonly by: "closing" | "provider";
  /** The agent has taken up its own session: it knows all of it. */
  readonly isRemembered: boolean;
  /** What it had done, for an agent that remembers nothing. */
  readonly soFar: string;
}

const goOnWords: Readonly<Record<CutOff["by"], string>> = {
  closing: "(Gatehouse was closed while you worked, and is open again. What was running then was ended. Go on where you were.)",
  provider: "(Your model did not answer while you worked. What was running then was ended. Go on where you were.)",
};

const whenWords: Readonly<Record<CutOff["by"], string>> = { closing: "Gatehouse was closed", provider: "your model did not answer" };

function again(task: Pick<TaskRecord, "prompt">, said: { readonly before: readonly string[] }, { by, soFar }: CutOff): string {
  const words = [
    `(You were working on the task below when ${whenWords[by]}. What you had done is in this folder; 'git log' and 'git status' show it. Look first, then go on from there; do not begin again.)`,
  ];
  if (soFar !== "") words.push(soFar);
  return [...words, task.prompt, ...said.before].join("\n\n");
}

/** What beyond the agent ended a run; null where nothing did. */
export function cutOffBy({ ending }: Pick<RunRecord, "ending">): CutOff["by"] | null {
  if (ending?.state !== "stopped") return null;
  const { reason } = ending;
  if (reason.kind === "interrupted") return "closing";
  return reason.kind === "failed" && reason.providerFailure !== undefined ? "provider" : null;
}

/** What an agent is told after turns that its model did not answer to: some agents forget those. */
export function saidAnew(unanswered: readonly string[], now: string): string {
  if (unanswered.length === 0) return now;
  return ["(Your model did not answer. In case it is lost, you had been told:)", ...unanswered, "(And now:)", now].join("\n\n");
}

/** Whether an agent got to work in it. */
export function hasWorked(run: Pick<RunRecord, "stage">): boolean {
  return RunStage.options.indexOf(run.stage) >= RunStage.options.indexOf("working");
}

function quote(text: string): string {
  return text.replace(/^/gmu, "> ");
}
