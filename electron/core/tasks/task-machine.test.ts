import { describe, expect, test } from "vitest";
import { RequestId, RunId } from "#shared/contract/ids.ts";
import { RunStage, type TaskState } from "#shared/contract/task.ts";
import { isActive, nextState, type TaskEvent } from "./task-machine.ts";

const runId = RunId.parse("run-aaaaaaaaaa");
const head = "a".repeat(40);
const diff = { files: 1, added: 2, removed: 3 };
const denied = { kind: "denied" as const, requestId: RequestId.parse("req-aaaaaaaaaa"), summary: "sudo ls" };

const states: Readonly<Record<string, TaskState>> = {
  backlog: { state: "backlog" },
  queued: { state: "queued", queuedAt: 1 },
  ...Object.fromEntries(RunStage.options.map((stage) => [`running ${stage}`, { state: "running" as const, runId, stage, startedAt: 2 }])),
  stopped: { state: "stopped", runId, stoppedAt: 3, reason: denied },
  review: { state: "review", runId, finishedAt: 4, head, diff, checks: [] },
  accepted: { state: "accepted", branch: "work", head, at: 5, diff },
  discarded: { state: "discarded", at: 6 },
};

const events: Readonly<Record<string, TaskEvent>> = {
  queued: { kind: "queued", at: 10 },
  unqueued: { kind: "unqueued", to: { state: "backlog" } },
  leased: { kind: "leased", runId, at: 11 },
  ...Object.fromEntries(RunStage.options.map((stage) => [`began ${stage}`, { kind: "stage-began" as const, stage }])),
  stopped: { kind: "run-stopped", at: 12, reason: denied },
  finished: { kind: "run-finished", at: 13, head, diff, checks: [] },
  accepted: { kind: "accepted", branch: "work", head, at: 14 },
  "accepted another head": { kind: "accepted", branch: "work", head: "b".repeat(40), at: 14 },
  discarded: { kind: "discarded", at: 15 },
};

const running = (stage: RunStage): TaskState => ({ state: "running", runId, stage, startedAt: 2 });
const stopped: TaskState = { state: "stopped", runId, stoppedAt: 12, reason: denied };

/** Every transition there is. A pair of state and event that does not stand here changes nothing. */
const table: Readonly<Record<string, Readonly<Record<string, TaskState>>>> = {
  backlog: { queued: { state: "queued", queuedAt: 10 }, discarded: { state: "discarded", at: 15 } },
  queued: {
    unqueued: { state: "backlog" },
    leased: { state: "running", runId, stage: "preparing-sandbox", startedAt: 11 },
  },
  "running preparing-sandbox": {
    "began handing-over-code": running("handing-over-code"),
    "began starting-agent": running("starting-agent"),
    "began working": running("working"),
    "began collecting-work": running("collecting-work"),
    stopped,
  },
  "running handing-over-code": {
    "began starting-agent": running("starting-agent"),
    "began working": running("working"),
    "began collecting-work": running("collecting-work"),
    stopped,
  },
  "running starting-agent": { "began working": running("working"), "began collecting-work": running("collecting-work"), stopped },
  "running working": { "began collecting-work": running("collecting-work"), stopped },
  "running collecting-work": { stopped, finished: { state: "review", runId, finishedAt: 13, head, diff, checks: [] } },
  stopped: { queued: { state: "queued", queuedAt: 10 }, discarded: { state: "discarded", at: 15 } },
  review: {
    queued: { state: "queued", queuedAt: 10 },
    accepted: { state: "accepted", branch: "work", head, at: 14, diff },
    discarded: { state: "discarded", at: 15 },
  },
  accepted: {},
  discarded: {},
};

describe("the task state machine", () => {
  test("the table names every state there is", () => {
    expect(Object.keys(table).sort()).toEqual(Object.keys(states).sort());
  });

  for (const [stateName, state] of Object.entries(states)) {
    for (const [eventName, event] of Object.entries(events)) {
      const expected = table[stateName]?.[eventName] ?? null;
      test(`${stateName} × ${eventName} → ${expected === null ? "refused" : expected.state}`, () => {
        expect(nextState(state, event)).toEqual(expected);
      });
    }
  }

  test("a task taken from the queue goes back to how its last run ended", () => {
    const review = states["review"];
    if (review?.state !== "review") throw new Error("the fixture is wrong");
    expect(nextState({ state: "queued", queuedAt: 1 }, { kind: "unqueued", to: review })).toEqual(review);
  });

  test("only queued and running tasks are active", () => {
    const active = Object.entries(states).flatMap(([name, state]) => (isActive(state) ? [name] : []));
    expect(active).toEqual(["queued", ...RunStage.options.map((stage) => `running ${stage}`)]);
  });
});
