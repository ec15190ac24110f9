import { describe, expect, test } from "vitest";
import { RepositoryId, RunId, TaskId } from "#shared/contract/ids.ts";
import type { TaskState } from "#shared/contract/task.ts";
import { dueTasks, type Schedulable } from "./schedule.ts";

const queued: TaskState = { state: "queued", queuedAt: 1 };
const running: TaskState = { state: "running", runId: RunId.parse("run-aaaaaaaaaa"), stage: "working", startedAt: 1 };
const review: TaskState = {
  state: "review",
  runId: RunId.parse("run-aaaaaaaaaa"),
  finishedAt: 2,
  head: "a",
  checks: [],
  diff: { files: 0, added: 0, removed: 0 },
};

function task(name: string, repository: string, state: TaskState, rank: number): Schedulable {
  return {
    id: TaskId.parse(`t-${name.padEnd(6, "0")}`),
    repositoryId: RepositoryId.parse(`repo-${repository.padEnd(6, "0")}`),
    state,
    rank,
  };
}

const caps = { maximumRuns: 4, maximumRunsPerRepository: 2 };

describe("the scheduler", () => {
  test("gives leases in the order of the queue, up to the global limit", () => {
    const tasks = ["a", "b", "c", "d", "e"].map((name, index) => task(name, name, queued, 10 - index));
    expect(dueTasks(tasks, new Set(), caps)).toEqual(["t-e00000", "t-d00000", "t-c00000", "t-b00000"]);
  });

  test("counts what runs already against both limits", () => {
    const tasks = [task("a", "one", running, 1), task("b", "one", queued, 2), task("c", "one", queued, 3)];
    expect(dueTasks(tasks, new Set(), caps)).toEqual(["t-b00000"]);
    expect(dueTasks(tasks, new Set(), { ...caps, maximumRuns: 1 })).toEqual([]);
  });

  test("a repository at its limit does not hold back another behind it in the queue", () => {
    const tasks = [task("a", "one", running, 1), task("b", "one", running, 2), task("c", "one", queued, 3), task("d", "two", queued, 4)];
    expect(dueTasks(tasks, new Set(), caps)).toEqual(["t-d00000"]);
  });

  test("a queued task whose last run still holds its worktree does not begin, and counts as running", () => {
    const again = task("a", "one", queued, 1);
    expect(dueTasks([again], new Set([again.id]), caps)).toEqual([]);
    const winding = task("b", "one", review, 2);
    const next = task("c", "one", queued, 3);
    expect(dueTasks([winding, next], new Set([winding.id]), { ...caps, maximumRunsPerRepository: 1 })).toEqual([]);
    expect(dueTasks([winding, next], new Set(), { ...caps, maximumRunsPerRepository: 1 })).toEqual([next.id]);
  });

  test("only queued tasks begin", () => {
    expect(dueTasks([task("a", "one", { state: "backlog" }, 1), task("b", "one", review, 2)], new Set(), caps)).toEqual([]);
  });
});
