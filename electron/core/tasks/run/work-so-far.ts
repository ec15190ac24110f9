import type { TimelineEntry } from "#shared/contract/task.ts";
import type { Timeline } from "../timeline.ts";

const lastCalls = 12;
const longestMessage = 1_500;
const longestLine = 200;

/**
 * What an agent that remembers nothing is told of its work before Gatehouse ended: its plan, its last
 * calls, its last words. All of it is the agent's own and comes quoted; empty where it had said nothing.
 */
export function workSoFar(timeline: Pick<Timeline, "entries">): string {
  const entries = timeline.entries();
  const plan = entries.findLast((entry) => entry.kind === "plan");
  const message = entries.findLast((entry) => entry.kind === "message");
  const calls = entries.filter((entry) => entry.kind === "call").slice(-lastCalls);
  const parts: string[] = [];
  if (plan !== undefined && plan.entries.length > 0)
    parts.push("Your plan:", ...plan.entries.map(({ text, status }) => quoted(`[${status.replace("_", " ")}] ${text}`)));
  if (calls.length > 0)
    parts.push("Your last calls, with how they ended:", ...calls.map((call) => quoted(`${statusOf(call)}: ${call.title}`)));
  if (message !== undefined)
    parts.push(
      "What you said last:",
      ...message.text
        .slice(-longestMessage)
        .split("\n")
        .map((line) => `> ${line}`),
    );
  return parts.join("\n");
}

function statusOf({ status }: Extract<TimelineEntry, { kind: "call" }>): string {
  return status === "pending" || status === "running" ? "was cut off" : status;
}

/** One line: a title must not look like words of the person. */
function quoted(text: string): string {
  return `> ${text.replace(/\s+/gu, " ").slice(0, longestLine)}`;
}
