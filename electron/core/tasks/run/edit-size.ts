import type { ProposedEdit } from "#shared/contract/permission.ts";
import type { DiffSize } from "#shared/contract/task.ts";

/** Lines that one side of an edit has more often than the other: what a diff would show, without the cost of one. */
export function editSize(edit: ProposedEdit | null): DiffSize | null {
  if (edit === null) return null;
  const before = count(edit.before ?? "");
  const after = count(edit.after);
  return { files: 1, added: surplus(after, before), removed: surplus(before, after) };
}

function count(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  if (text === "") return lines;
  for (const line of text.replace(/\n$/u, "").split("\n")) lines.set(line, (lines.get(line) ?? 0) + 1);
  return lines;
}

function surplus(of: ReadonlyMap<string, number>, over: ReadonlyMap<string, number>): number {
  let lines = 0;
  for (const [line, times] of of) lines += Math.max(0, times - (over.get(line) ?? 0));
  return lines;
}
