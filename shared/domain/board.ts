import type { Task, TaskState } from "../contract/task.ts";
import { assertNever } from "./assert-never.ts";

/** The columns of the board, from left to right. */
export const boardColumns = ["backlog", "queued", "running", "needs-you", "review", "done"] as const;
export type BoardColumn = (typeof boardColumns)[number];

export const columnNames: Readonly<Record<BoardColumn, string>> = {
  backlog: "Backlog",
  queued: "Queued",
  running: "Running",
  "needs-you": "Needs you",
  review: "Review",
  done: "Done",
};

/** Where a task stands. A stopped one, and one that has asked, wait for the person, whatever else they do. */
export function columnOf(task: Pick<Task, "state" | "pendingRequests">): BoardColumn {
  if (task.pendingRequests > 0 && (task.state.state === "queued" || task.state.state === "running")) return "needs-you";
  return columnOfState(task.state);
}

function columnOfState(state: TaskState): BoardColumn {
  switch (state.state) {
    case "backlog":
      return "backlog";
    case "queued":
      return "queued";
    case "running":
      return "running";
    case "stopped":
      return "needs-you";
    case "review":
      return "review";
    case "accepted":
    case "discarded":
      return "done";
    default:
      return assertNever(state);
  }
}

/** Whether `tasks.start` takes it: nothing of it runs, and it has not been decided on. */
export function canStart(state: TaskState): boolean {
  return state.state === "backlog" || state.state === "stopped" || state.state === "review";
}

/** Whether `tasks.cancel` takes it. */
export function canStop(state: TaskState): boolean {
  return state.state === "queued" || state.state === "running";
}

/** Whether `tasks.discard` takes it. */
export function canDiscard(state: TaskState): boolean {
  return state.state === "backlog" || state.state === "stopped" || state.state === "review";
}

/** Whether `tasks.remove` takes it. */
export function canRemove(state: TaskState): boolean {
  return !canStop(state);
}

/**
 * What letting a card go over a column means: `start` it, `rank` it within its own column, or nothing.
 * Columns follow from what really happened, so no other move can be made by hand.
 */
export function dropMeaning(task: Pick<Task, "state" | "pendingRequests">, onto: BoardColumn): "start" | "rank" | null {
  const from = columnOf(task);
  if (from === onto) return onto === "done" || onto === "needs-you" ? null : "rank";
  return (onto === "queued" || onto === "running") && canStart(task.state) ? "start" : null;
}

/** By rank, then by age; what asks stands above what stopped, and what is done latest first. */
export function compareInColumn(column: BoardColumn, one: Task, other: Task): number {
  if (column === "done") return decidedAt(other) - decidedAt(one);
  const asksFirst = column === "needs-you" ? Math.sign(other.pendingRequests) - Math.sign(one.pendingRequests) : 0;
  return asksFirst || one.rank - other.rank || one.createdAt - other.createdAt;
}

function decidedAt(task: Task): number {
  return task.state.state === "accepted" || task.state.state === "discarded" ? task.state.at : task.createdAt;
}

/**
 * A rank that stands between two neighbours (null: the end of the column), or null where two ranks are
 * too close for a number between them, and the column has to be counted anew.
 */
export function rankBetween(above: number | null, below: number | null): number | null {
  if (above === null) return below === null ? 0 : below - 1;
  if (below === null) return above + 1;
  const middle = above + (below - above) / 2;
  return middle > above && middle < below ? middle : null;
}
