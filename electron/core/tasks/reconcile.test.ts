import { describe, expect, test } from "vitest";
import { RequestId, RunId, TaskId } from "#shared/contract/ids.ts";
import { RunStage, type TaskState } from "#shared/contract/task.ts";
import { reconcile } from "./reconcile.ts";
import type { RunRecord } from "./task-store.ts";

const taskId = TaskId.parse("t-aaaaaaaaaa");
const runId = RunId.parse("run-aaaaaaaaaa");
const sandboxId = "sbx-aaaaaaaaaa";

function run(change: Partial<RunRecord>): RunRecord {
  return {
    id: runId,
    taskId,
    stage: "working",
    driver: "docker",
    sandboxId,
    worktree: "/workspace/tasks/t",
    branch: "gatehouse/t",
    base: "b",
    head: null,
    startedAt: 1,
    endedAt: null,
    ending: null,
    sessionId: null,
    timesGoneOn: 0,
    ...change,
  };
}

const running = (stage: RunStage = "working"): TaskState => ({ state: "running", runId, stage, startedAt: 1 });
const held = (state: "running" | "stopped", id = sandboxId) => new Map([["docker" as const, [{ id, driver: "docker" as const, state }]]]);
const resting: Readonly<Record<string, TaskState>> = {
  stopped: { state: "stopped", runId, stoppedAt: 2, reason: { kind: "cancelled", by: "p" } },
  review: { state: "review", runId, finishedAt: 2, head: "h", diff: { files: 0, added: 0, removed: 0 }, checks: [] },
  queued: { state: "queued", queuedAt: 3 },
};

describe("reconciling at start", () => {
  for (const stage of RunStage.options) {
    test(`a run that was ${stage} is interrupted there`, () => {
      const actions = reconcile({ tasks: [{ id: taskId, state: running(stage) }], runs: [run({ stage })], sandboxes: new Map() });
      expect(actions).toEqual([{ kind: "stop-run", taskId, runId, reason: { kind: "interrupted", stage } }]);
    });
  }

  test("a run that was being ended by a denied request ends for that reason", () => {
    const reason = { kind: "denied" as const, requestId: RequestId.parse("req-aaaaaaaaaa"), summary: "sudo ls" };
    const ending = { state: "stopped" as const, runId, stoppedAt: 2, reason };
    const actions = reconcile({ tasks: [{ id: taskId, state: running() }], runs: [run({ ending })], sandboxes: new Map() });
    expect(actions).toEqual([{ kind: "stop-run", taskId, runId, reason }]);
  });

  test("a queued task stays queued", () => {
    expect(reconcile({ tasks: [{ id: taskId, state: { state: "queued", queuedAt: 1 } }], runs: [], sandboxes: new Map() })).toEqual([]);
  });

  test("the sandbox of an interrupted run is stopped and kept, so that the task can go on in it", () => {
    const actions = reconcile({ tasks: [{ id: taskId, state: running() }], runs: [run({})], sandboxes: held("running") });
    expect(actions.map(({ kind }) => kind)).toEqual(["stop-run", "stop-sandbox"]);
  });

  test("a sandbox that the run had not got its code into is removed", () => {
    const actions = reconcile({
      tasks: [{ id: taskId, state: running("handing-over-code") }],
      runs: [run({ worktree: null })],
      sandboxes: held("running"),
    });
    expect(actions.map(({ kind }) => kind)).toEqual(["stop-run", "remove-sandbox"]);
  });

  for (const [name, state] of Object.entries(resting)) {
    test(`a stopped sandbox of a task in ${name} stays as it is`, () => {
      expect(reconcile({ tasks: [{ id: taskId, state }], runs: [run({ endedAt: 2 })], sandboxes: held("stopped") })).toEqual([]);
    });
  }

  for (const state of [
    { state: "accepted", branch: "b", head: "h", at: 3, diff: { files: 0, added: 0, removed: 0 } },
    { state: "discarded", at: 3 },
  ] satisfies TaskState[]) {
    test(`a sandbox of a task that was ${state.state} is removed`, () => {
      const actions = reconcile({ tasks: [{ id: taskId, state }], runs: [run({ endedAt: 2 })], sandboxes: held("stopped") });
      expect(actions).toEqual([{ kind: "remove-sandbox", driver: "docker", sandboxId }]);
    });
  }

  test("a sandbox that no run knows is removed", () => {
    const actions = reconcile({ tasks: [], runs: [], sandboxes: held("running", "sbx-stranger00") });
    expect(actions).toEqual([{ kind: "remove-sandbox", driver: "docker", sandboxId: "sbx-stranger00" }]);
  });

  test("a sandbox that its engine does not know any more is forgotten; one whose engine is silent is not", () => {
    const tasks = [{ id: taskId, state: resting["review"] ?? running() }];
    const runs = [run({ endedAt: 2 })];
    expect(reconcile({ tasks, runs, sandboxes: new Map([["docker", []]]) })).toEqual([{ kind: "forget-sandbox", sandboxId }]);
    expect(reconcile({ tasks, runs, sandboxes: new Map([["local", []]]) })).toEqual([]);
  });
});
