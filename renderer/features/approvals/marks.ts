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

/** All that can be denied: what is a form, or was settled, is not. */
export function allMarked(pending: readonly PersonRequest[]): Marks {
  return new Set(pending.filter(({ kind }) => kind === "permission").map(({ id }) => id));
}

/**
 * The fewest answers that deny these. A run of which all that waits is marked takes one, which denies each of its requests on
 * record; of any other run each takes its own.
 */
export function denialsOf(
  pending: readonly PersonRequest[],
  marked: readonly PermissionRequest[],
): readonly { readonly request: PermissionRequest; readonly answer: "deny" | "deny-run" }[] {
  const ids = new Set(marked.map(({ id }) => id));
  const partly = new Set(pending.flatMap(({ id, kind, runId }) => (kind === "permission" && !ids.has(id) ? [runId] : [])));
  const whole = new Set<string>();
  return marked.flatMap((request): ReturnType<typeof denialsOf> => {
    if (partly.has(request.runId)) return [{ request, answer: "deny" }];
    if (whole.has(request.runId)) return [];
    whole.add(request.runId);
    return [{ request, answer: "deny-run" }];
  });
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
