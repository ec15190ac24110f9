import type { Attempt } from "#shared/contract/attempt.ts";
import { AttemptGroupId } from "#shared/contract/ids.ts";
import type { Task } from "#shared/contract/task.ts";
import type { Client } from "../rpc/client.ts";

const group = AttemptGroupId.parse("try-aaaaaa");

/** The first tasks of the fake board that run or wait for review, as attempts at one thing. */
export function fakeAttempts(board: {
  readonly tasks: ReadonlyMap<string, Task>;
  readonly put: (task: Task) => Task;
  readonly plan: (title: string) => Task;
}): Client["attempts"] {
  const shown = () => [...board.tasks.values()].filter(({ state }) => state.state === "review" || state.state === "running").slice(0, 4);
  const attempt = (task: Task, index: number): Attempt => ({
    task: { ...task, attemptGroup: group },
    workedMs: (7 + index * 5) * 60_000,
    files:
      task.state.state === "review"
        ? [
            { path: "src/parser.ts", change: "modified", added: 40 + index, removed: 12, sensitive: null },
            { path: "package.json", change: "modified", added: 1, removed: 1, sensitive: "Its scripts run on npm install" },
          ]
        : null,
  });
  return {
    create: async ({ task, by }) => by.map(() => board.put({ ...board.plan(task.title), attemptGroup: group })),
    compare: async () => shown().map(attempt),
    accept: async ({ id, head, branch }) => {
      const task = board.tasks.get(id);
      if (task?.state.state !== "review") throw new Error("There is nothing to accept.");
      return board.put({ ...task, state: { state: "accepted", branch, head, at: Date.now(), diff: task.state.diff } });
    },
  };
}
