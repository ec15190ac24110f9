import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RequestId, RunId, TaskId } from "../contract/ids.ts";
import { RepositoryId } from "../contract/ids.ts";
import type { Task, TaskState } from "../contract/task.ts";
import { boardColumns, canRemove, canStart, canStop, columnOf, compareInColumn, dropMeaning, rankBetween } from "./board.ts";

const runId = RunId.parse("run-aaaaaa");
const diff = { files: 1, added: 2, removed: 3 };
const states = {
  backlog: { state: "backlog" },
  queued: { state: "queued", queuedAt: 1 },
  running: { state: "running", runId, stage: "working", startedAt: 1 },
  stopped: {
    state: "stopped",
    runId,
    stoppedAt: 1,
    reason: { kind: "denied", requestId: RequestId.parse("req-aaaaaa"), summary: "sudo ls" },
  },
  review: { state: "review", runId, finishedAt: 1, head: "a", diff, checks: [] },
  accepted: { state: "accepted", branch: "work", head: "a", at: 1, diff },
  discarded: { state: "discarded", at: 1 },
} as const satisfies Record<TaskState["state"], TaskState>;

const task = (state: TaskState, more: Partial<Task> = {}): Task => ({
  id: TaskId.parse("t-aaaaaa"),
  title: "A task",
  prompt: "Do it",
  repositoryId: RepositoryId.parse("repo-aaaaaa"),
  repositoryName: "till",
  baseBranch: "main",
  agentId: "practice",
  mode: "auto",
  isUnattended: false,
  agentName: "Practice agent",
  state,
  activity: null,
  pendingRequests: 0,
  posture: null,
  unaskedCalls: 0,
  interface: "chat",
  choices: [],
  attemptGroup: null,
  usage: null,
  taint: [],
  createdAt: 1,
  rank: 0,
  ...more,
});

describe("the column of a task", () => {
  test("follows from its state", () => {
    const columns = Object.fromEntries(Object.entries(states).map(([name, state]) => [name, columnOf(task(state))]));
    expect(columns).toEqual({
      backlog: "backlog",
      queued: "queued",
      running: "running",
      stopped: "needs-you",
      review: "review",
      accepted: "done",
      discarded: "done",
    });
  });

  test("is Needs you while a running task has asked", () => {
    expect(columnOf(task(states.running, { pendingRequests: 1 }))).toBe("needs-you");
  });

  test("is Done for what was decided, whatever it still had open", () => {
    expect(columnOf(task(states.accepted, { pendingRequests: 1 }))).toBe("done");
  });
});

describe("letting a card go", () => {
  test("starts it on Queued and on Running, from wherever it may start", () => {
    for (const state of [states.backlog, states.stopped, states.review]) {
      expect(dropMeaning(task(state), "queued")).toBe("start");
      expect(dropMeaning(task(state), "running")).toBe("start");
    }
  });

  test("ranks it within its own column, except where order is time or urgency", () => {
    expect(dropMeaning(task(states.backlog), "backlog")).toBe("rank");
    expect(dropMeaning(task(states.accepted), "done")).toBeNull();
    expect(dropMeaning(task(states.stopped), "needs-you")).toBeNull();
  });

  test("means nothing anywhere else: no card is accepted or stopped by hand", () => {
    expect(dropMeaning(task(states.review), "done")).toBeNull();
    expect(dropMeaning(task(states.running), "backlog")).toBeNull();
    expect(dropMeaning(task(states.running), "review")).toBeNull();
    for (const column of boardColumns) expect(dropMeaning(task(states.discarded), column)).toBeNull();
  });
});

test("what runs can be stopped, and only what does not run can be started or removed", () => {
  for (const state of Object.values(states)) {
    expect(canStop(state) && (canStart(state) || canRemove(state))).toBe(false);
  }
  expect(canStop(states.queued)).toBe(true);
  expect(canStart(states.accepted)).toBe(false);
});

test("columns stand by rank, then age; Done stands latest first", () => {
  const older = task(states.backlog, { rank: 2, createdAt: 1 });
  const younger = task(states.backlog, { rank: 2, createdAt: 5 });
  const first = task(states.backlog, { rank: 1, createdAt: 9 });
  expect([younger, older, first].sort((a, b) => compareInColumn("backlog", a, b))).toEqual([first, older, younger]);
  const asking = task(states.running, { pendingRequests: 1, rank: 9 });
  const stopped = task(states.stopped, { rank: 1 });
  expect([stopped, asking].sort((a, b) => compareInColumn("needs-you", a, b))).toEqual([asking, stopped]);
  const early = task({ ...states.accepted, at: 10 });
  const late = task({ ...states.discarded, at: 20 });
  expect([early, late].sort((a, b) => compareInColumn("done", a, b))).toEqual([late, early]);
});

describe("a rank between two others", () => {
  test("lies strictly between them, or is refused", () => {
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 });
    fc.assert(
      fc.property(finite, finite, (a, b) => {
        const [above, below] = a < b ? [a, b] : [b, a];
        const between = rankBetween(above, below);
        return between === null || (between > above && between < below);
      }),
    );
  });

  test("is refused when the numbers have run out", () => {
    expect(rankBetween(1, 1)).toBeNull();
    expect(rankBetween(1, 1 + Number.EPSILON)).toBeNull();
  });

  test("goes beyond the ends of a column", () => {
    expect(rankBetween(null, 5)).toBeLessThan(5);
    expect(rankBetween(5, null)).toBeGreaterThan(5);
    expect(rankBetween(null, null)).toBe(0);
  });
});
