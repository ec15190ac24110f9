import type { RunId, TaskId } from "#shared/contract/ids.ts";
import type { SandboxSummary } from "#shared/contract/sandbox.ts";
import type { StopReason } from "#shared/contract/task.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import type { RunRecord, TaskRecord } from "./task-store.ts";

/** What the database and the engines say at start, before anything has been mended. */
export interface Snapshot {
  readonly tasks: readonly Pick<TaskRecord, "id" | "state">[];
  /** Runs that have not ended, and runs that a sandbox belongs to. */
  readonly runs: readonly RunRecord[];
  /** What each engine that answered holds; engines that did not are left out. */
  readonly sandboxes: ReadonlyMap<SandboxSummary["driver"], readonly Pick<SandboxSummary, "id" | "driver" | "state">[]>;
}

export type ReconcileAction =
  /** The run was going on when Gatehouse ended; it is over now. */
  | { readonly kind: "stop-run"; readonly taskId: TaskId; readonly runId: RunId; readonly reason: StopReason }
  /** Ends what still runs in it and keeps its worktree: the task can go on there. */
  | { readonly kind: "stop-sandbox"; readonly driver: SandboxSummary["driver"]; readonly sandboxId: string }
  /** Nothing can go on in it. */
  | { readonly kind: "remove-sandbox"; readonly driver: SandboxSummary["driver"]; readonly sandboxId: string }
  /** The engine does not know it any more. */
  | { readonly kind: "forget-sandbox"; readonly sandboxId: string };

/** Pure: what has to be done so that every run has a true state and no sandbox is without a task (invariant 7). */
export function reconcile(snapshot: Snapshot): readonly ReconcileAction[] {
  return [...stopRuns(snapshot), ...settleSandboxes(snapshot), ...forgetLost(snapshot)];
}

function stopRuns({ tasks, runs }: Snapshot): readonly ReconcileAction[] {
  return tasks.flatMap((task): ReconcileAction[] => {
    if (task.state.state !== "running") return [];
    const { runId, stage } = task.state;
    const ending = runs.find((run) => run.id === runId)?.ending;
    const reason: StopReason = ending?.state === "stopped" ? ending.reason : { kind: "interrupted", stage };
    return [{ kind: "stop-run", taskId: task.id, runId, reason }];
  });
}

function settleSandboxes(snapshot: Snapshot): readonly ReconcileAction[] {
  return [...snapshot.sandboxes].flatMap(([driver, sandboxes]) =>
    sandboxes.flatMap((sandbox): ReconcileAction[] => {
      if (!canGoOnIn(sandbox.id, snapshot)) return [{ kind: "remove-sandbox", driver, sandboxId: sandbox.id }];
      return sandbox.state === "running" ? [{ kind: "stop-sandbox", driver, sandboxId: sandbox.id }] : [];
    }),
  );
}

function canGoOnIn(sandboxId: string, { tasks, runs }: Snapshot): boolean {
  return runs.some((run) => {
    if (run.sandboxId !== sandboxId || run.worktree === null) return false;
    const task = tasks.find((task) => task.id === run.taskId);
    return task !== undefined && canContinue(task.state.state);
  });
}

function canContinue(state: TaskRecord["state"]["state"]): boolean {
  switch (state) {
    case "queued":
    case "running":
    case "stopped":
    case "review":
      return true;
    case "backlog":
    case "accepted":
    case "discarded":
      return false;
    default:
      return assertNever(state);
  }
}

function forgetLost({ runs, sandboxes }: Snapshot): readonly ReconcileAction[] {
  const lost = runs.flatMap((run) => {
    if (run.sandboxId === null || run.driver === null) return [];
    const held = sandboxes.get(run.driver);
    return held === undefined || held.some((sandbox) => sandbox.id === run.sandboxId) ? [] : [run.sandboxId];
  });
  return [...new Set(lost)].map((sandboxId) => ({ kind: "forget-sandbox", sandboxId }));
}
