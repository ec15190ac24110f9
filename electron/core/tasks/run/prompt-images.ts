import type { TimelineEntry } from "#shared/contract/task.ts";
import type { AgentSession, Prompt } from "../../agents/agent-session.ts";
import type { ActiveRun } from "./active-run.ts";

type PersonEntry = Extract<TimelineEntry, { kind: "person" }>;

/**
 * What the agent is told, with the pictures of the messages that it is told for the first time. One that takes no
 * pictures is told that there were some, and the person too.
 */
export function promptWith(run: ActiveRun, session: AgentSession, text: string, messages: readonly PersonEntry[]): Prompt {
  const wanted = messages.flatMap(({ images }) => images ?? []);
  if (wanted.length === 0) return { text, images: [] };
  if (session.takesImages === true) return { text, images: wanted.map(({ id }) => run.services.images.read(run.taskId, id)) };
  const count = wanted.length === 1 ? "1 picture" : `${wanted.length} pictures`;
  run.notice(`${run.services.agents.profile(run.task.agentId).name} takes no pictures: ${count} of yours did not reach it.`);
  return { text: `${text}\n\n(${count} came with this, which you cannot be shown.)`, images: [] };
}
