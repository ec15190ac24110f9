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
