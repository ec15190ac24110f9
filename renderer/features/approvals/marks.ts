import type { RequestId } from "#shared/contract/ids.ts";
import type { PermissionRequest, PersonRequest } from "#shared/contract/permission.ts";

/** Requests marked for one answer to all of them. */
export type Marks = ReadonlySet<RequestId>;

export const noMarks: Marks = new Set();

export function toggled(marks: Marks, id: RequestId): Marks {
  const next = new Set(marks);
  if (!next.delete(id)) next.add(id);
  return next;
}

/** The marked ones that still wait, in the order of the inbox: what was settled meanwhile is not answered again. A form is nothing to deny. */
export function markedWaiting(pending: readonly PersonRequest[], marks: Marks): readonly PermissionRequest[] {
  return pending.filter((request) => request.kind === "permission").filter(({ id }) => marks.has(id));
}

/** What denying these ends: each run once, named by its task. */
export function runsOf(requests: readonly PermissionRequest[]): readonly { readonly taskTitle: string; readonly count: number }[] {
  const runs = new Map<string, { taskTitle: string; count: number }>();
  for (const { runId, taskTitle } of requests) {
    const run = runs.get(runId) ?? { taskTitle, count: 0 };
    runs.set(runId, { taskTitle, count: run.count + 1 });
  }
  return [...runs.values()];
}
