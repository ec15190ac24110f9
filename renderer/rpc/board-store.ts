import { create } from "zustand";
import type { TaskId } from "#shared/contract/ids.ts";
import type { BoardEvent, Task } from "#shared/contract/task.ts";
import type { Client } from "./client.ts";
import { follow } from "./follow.ts";
import type { Problem } from "./problem.ts";

export interface BoardState {
  /** False until the first snapshot has come. */
  readonly loaded: boolean;
  readonly tasks: ReadonlyMap<TaskId, Task>;
  readonly problem: Problem | null;
}

const empty: BoardState = { loaded: false, tasks: new Map(), problem: null };

/** Every task, live. Select narrowly: `useBoard((board) => board.tasks.get(id))`. */
export const useBoard = create<BoardState>(() => empty);

/** Follows the board until the signal fires; then forgets it (the vault may be locked). */
export async function followBoard(client: Client, signal: AbortSignal): Promise<void> {
  signal.addEventListener("abort", () => useBoard.setState(empty), { once: true });
  await follow(
    {
      open: (signal) => client.tasks.board({}, { signal }),
      onEvents: (events) => {
        if (!signal.aborted) useBoard.setState((board) => ({ loaded: true, tasks: foldBoard(board.tasks, events), problem: null }));
      },
      onProblem: (problem) => useBoard.setState({ problem }),
    },
    signal,
  );
}

/** What a call answered, before the live event of it arrives. */
export function putTask(task: Task): void {
  useBoard.setState((board) => ({ tasks: foldBoard(board.tasks, [{ kind: "changed", task }]) }));
}

export function foldBoard(tasks: ReadonlyMap<TaskId, Task>, events: readonly BoardEvent[]): ReadonlyMap<TaskId, Task> {
  let next = new Map(tasks);
  for (const event of events) {
    if (event.kind === "snapshot") next = new Map(event.tasks.map((task) => [task.id, task]));
    else if (event.kind === "changed") next.set(event.task.id, event.task);
    else next.delete(event.id);
  }
  return next;
}
