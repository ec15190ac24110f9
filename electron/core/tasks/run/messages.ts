import type { TimelineEntry } from "#shared/contract/task.ts";
import type { Timeline } from "../timeline.ts";

type PersonEntry = Extract<TimelineEntry, { kind: "person" }>;

/** Messages of the person that no agent has got yet, oldest first. */
export function queuedMessages(timeline: Timeline): readonly PersonEntry[] {
  return timeline.entries().filter((entry): entry is PersonEntry => entry.kind === "person" && entry.delivery === "queued");
}

/** Messages of the person that an agent has got, oldest first. */
export function deliveredMessages(timeline: Timeline): readonly PersonEntry[] {
  return timeline.entries().filter((entry): entry is PersonEntry => entry.kind === "person" && entry.delivery === "delivered");
}

/** Marks them as given to the agent. */
export function markDelivered(timeline: Timeline, messages: readonly PersonEntry[]): void {
  for (const message of messages) timeline.put({ ...message, delivery: "delivered" });
}

/** False where no message of this id waits any more. */
export function takeBack(timeline: Timeline, entryId: string): boolean {
  const message = queuedMessages(timeline).find(({ id }) => id === entryId);
  if (message !== undefined) timeline.put({ ...message, delivery: "taken-back" });
  return message !== undefined;
}

export function textOf({ text }: { readonly text: string }): string {
  return text;
}
