import { assertNever } from "#shared/domain/assert-never.ts";
import type { RunId } from "#shared/contract/ids.ts";
import { type CheckResult, type DiffSize, RunStage, type StopReason, type TaskState } from "#shared/contract/task.ts";

/** A state that a queued task can go back to when it is cancelled before its run began. */
export type RestingState = Extract<TaskState, { state: "backlog" | "stopped" | "review" }>;

/** What can happen to a task. Times in milliseconds since the epoch. */
export type TaskEvent =
  /** Started for the first time, or again: after a stop, or with a message after a review. */
  | { readonly kind: "queued"; readonly at: number }
  /** Cancelled while it waited. */
  | { readonly kind: "unqueued"; readonly to: RestingState }
  /** The scheduler gave it a run; the only way into `running`. */
  | { readonly kind: "leased"; readonly runId: RunId; readonly at: number }
  | { readonly kind: "stage-began"; readonly stage: RunStage }
  | { readonly kind: "run-stopped"; readonly at: number; readonly reason: StopReason }
  | {
      readonly kind: "run-finished";
      readonly at: number;
      readonly head: string;
      readonly diff: DiffSize;
      readonly checks: readonly CheckResult[];
    }
  | { readonly kind: "accepted"; readonly branch: string; readonly head: string; readonly at: number }
  | { readonly kind: "discarded"; readonly at: number };

/** The state after `event`; null where the event cannot happen in this state, which changes nothing. */
export function nextState(state: TaskState, event: TaskEvent): TaskState | null {
  switch (event.kind) {
    case "queued":
      return state.state === "backlog" || state.state === "stopped" || state.state === "review"
        ? { state: "queued", queuedAt: event.at }
        : null;
    case "unqueued":
      return state.state === "queued" ? event.to : null;
    case "leased":
      return state.state === "queued" ? { state: "running", runId: event.runId, stage: "preparing-sandbox", startedAt: event.at } : null;
    case "stage-began":
      return state.state === "running" && isLater(event.stage, state.stage) ? { ...state, stage: event.stage } : null;
    case "run-stopped":
      return state.state === "running" ? { state: "stopped", runId: state.runId, stoppedAt: event.at, reason: event.reason } : null;
    case "run-finished":
      return state.state === "running" && state.stage === "collecting-work"
        ? { state: "review", runId: state.runId, finishedAt: event.at, head: event.head, diff: event.diff, checks: [...event.checks] }
        : null;
    case "accepted":
      return state.state === "review" && state.head === event.head
        ? { state: "accepted", branch: event.branch, head: event.head, at: event.at, diff: state.diff }
        : null;
    case "discarded":
      return state.state === "backlog" || state.state === "stopped" || state.state === "review"
        ? { state: "discarded", at: event.at }
        : null;
    default:
      return assertNever(event);
  }
}

/** Whether the task holds, or is about to hold, a worktree: it can be neither removed nor edited. */
export function isActive(state: TaskState): boolean {
  return state.state === "queued" || state.state === "running";
}

function isLater(stage: RunStage, than: RunStage): boolean {
  return RunStage.options.indexOf(stage) > RunStage.options.indexOf(than);
}
