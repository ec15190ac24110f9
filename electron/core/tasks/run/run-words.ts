import type { DiffSize } from "#shared/contract/task.ts";

/** What the timeline says when the work is in. */
export function finishedWords(diff: DiffSize): string {
  if (diff.files === 0) return "The agent finished without changing anything.";
  return `The agent finished: ${count(diff.files, "file")} changed, ${count(diff.added, "line")} added, ${count(diff.removed, "line")} removed.`;
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}
