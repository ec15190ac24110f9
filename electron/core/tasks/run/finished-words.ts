import type { DiffSize } from "#shared/contract/task.ts";

/** What a run brought, as its timeline says it at the end. */
export function finishedWords(diff: DiffSize): string {
  if (diff.files === 0) return "The agent finished without changing anything.";
  return `The agent finished: ${count(diff.files, "file")} changed, ${count(diff.added, "line")} added, ${count(diff.removed, "line")} removed.`;
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}
