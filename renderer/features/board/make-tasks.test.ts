import { expect, test } from "vitest";
import { NewTask, type Task } from "#shared/contract/task.ts";
import { fakeTask } from "../../testing/fake-data.ts";
import { makeTasks, type TaskCalls } from "./make-tasks.ts";

const task = NewTask.parse({ title: "Try", prompt: "Do it.", repositoryId: "repo-00000001", baseBranch: null, agentId: "first" });
const other = { agentId: "second", choices: [] };

/** Tasks that are made, started, cancelled and discarded in memory; `broken`: the agent of one that cannot be started. */
function board(broken: string | null = null) {
  const states = new Map<string, string>();
  const agents = new Map<string, string>();
  const made = (agentId: string): Task => {
    const one = fakeTask("Try", 0, { state: "backlog" });
    states.set(one.id, "backlog");
    agents.set(one.id, agentId);
    return { ...one, agentId };
  };
  const to = (state: string) => async (one: Pick<Task, "id">) => {
    if (state === "queued" && agents.get(one.id) === broken) throw new Error("It cannot be started.");
    states.set(one.id, state);
    return { ...fakeTask("Try", 0, { state: "backlog" }), id: one.id };
  };
  const calls: TaskCalls = {
    tasks: { create: async ({ agentId }) => made(agentId), start: to("queued"), cancel: to("backlog"), discard: to("discarded") },
    attempts: { create: async ({ by }) => by.map(({ agentId }) => made(agentId)) },
  };
  return { calls, states: () => [...states.values()] };
}

test("a task alone, and every attempt, is made and started", async () => {
  const alone = board();
  expect(await makeTasks(alone.calls, { task, by: [], isStart: true })).toHaveLength(1);
  expect(alone.states()).toEqual(["queued"]);
  const two = board();
  expect(await makeTasks(two.calls, { task, by: [other], isStart: true })).toHaveLength(2);
  expect(two.states()).toEqual(["queued", "queued"]);
  const waiting = board();
  await makeTasks(waiting.calls, { task, by: [other], isStart: false });
  expect(waiting.states()).toEqual(["backlog", "backlog"]);
});

test("where one cannot be started none is left, and why is told", async () => {
  const { calls, states } = board("second");
  await expect(makeTasks(calls, { task, by: [other], isStart: true })).rejects.toThrow("It cannot be started.");
  expect(states()).toEqual(["discarded", "discarded"]);
});
