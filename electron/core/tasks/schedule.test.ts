import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RepositoryId, RunId, TaskId } from "#shared/contract/ids.ts";
import type { TaskState } from "#shared/contract/task.ts";
import { planRuns, type Schedulable } from "./schedule.ts";

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

function task(
  name: string,
  repository: string,
  state: TaskState,
  rank: number,
  limits = { memoryMiB: 1_024, cpuPercent: 100 },
): Schedulable {
  return {
    id: TaskId.parse(`t-${name.padEnd(6, "0")}`),
    repositoryId: RepositoryId.parse(`repo-${repository.padEnd(6, "0")}`),
    state,
    rank,
    limits,
  };
}

const caps = {
  maximumRuns: 4,
  maximumRunsPerRepository: 2,
  memoryMiB: 65_536,
  cpuPercent: 6_400,
  freeDiskMiB: 10_000,
  leastFreeDiskMiB: 1_024,
};

describe("the scheduler", () => {
  test("gives leases in the order of the queue, up to the global limit", () => {
    const tasks = ["a", "b", "c", "d", "e"].map((name, index) => task(name, name, queued, 10 - index));
    expect(planRuns(tasks, new Set(), caps).due).toEqual(["t-e00000", "t-d00000", "t-c00000", "t-b00000"]);
  });

  test("counts what runs already against both limits", () => {
    const tasks = [task("a", "one", running, 1), task("b", "one", queued, 2), task("c", "one", queued, 3)];
    expect(planRuns(tasks, new Set(), caps).due).toEqual(["t-b00000"]);
    expect(planRuns(tasks, new Set(), { ...caps, maximumRuns: 1 }).due).toEqual([]);
  });

  test("a frozen run takes its memory and nothing else", () => {
    const frozen = { ...task("a", "one", running, 1), isFrozen: true };
    const tasks = [frozen, task("b", "one", running, 2), task("c", "one", queued, 3)];
    expect(planRuns(tasks, new Set(), { ...caps, maximumRuns: 2, cpuPercent: 200 }).due).toEqual(["t-c00000"]);
    const short = planRuns(tasks, new Set(), { ...caps, memoryMiB: 3_000 });
    expect(short.due).toEqual([]);
    expect(short.waiting.get(TaskId.parse("t-c00000"))).toMatch(/^Waits for memory/);
  });

  test("a repository at its limit does not hold back another behind it in the queue", () => {
    const tasks = [task("a", "one", running, 1), task("b", "one", running, 2), task("c", "one", queued, 3), task("d", "two", queued, 4)];
    expect(planRuns(tasks, new Set(), caps).due).toEqual(["t-d00000"]);
  });

  test("a queued task whose last run still holds its worktree does not begin, and counts as running", () => {
    const again = task("a", "one", queued, 1);
    expect(planRuns([again], new Set([again.id]), caps).due).toEqual([]);
    const winding = task("b", "one", review, 2);
    const next = task("c", "one", queued, 3);
    expect(planRuns([winding, next], new Set([winding.id]), { ...caps, maximumRunsPerRepository: 1 }).due).toEqual([]);
    expect(planRuns([winding, next], new Set(), { ...caps, maximumRunsPerRepository: 1 }).due).toEqual([next.id]);
  });

  test("only queued tasks begin", () => {
    expect(planRuns([task("a", "one", { state: "backlog" }, 1), task("b", "one", review, 2)], new Set(), caps).due).toEqual([]);
  });

  const because = (tasks: readonly Schedulable[], change: Partial<typeof caps>) => {
    const plan = planRuns(tasks, new Set(), { ...caps, ...change });
    return { due: plan.due, why: [...plan.waiting.values()] };
  };

  test("says of each task that waits why it does", () => {
    const one = task("a", "one", running, 1);
    expect(because([one, task("b", "two", queued, 2)], { maximumRuns: 1 }).why).toEqual(["Waits for a place: 1 of 1 runs are going on"]);
    expect(because([one, task("b", "one", queued, 2)], { maximumRunsPerRepository: 1 }).why).toEqual([
      "Waits for its repository: 1 of 1 runs are going on in it",
    ]);
    expect(because([one, task("b", "two", queued, 2)], { memoryMiB: 1_536 }).why).toEqual([
      "Waits for memory: needs 1 GiB, 512 MiB of 1.5 GiB are left",
    ]);
    expect(because([one, task("b", "two", queued, 2)], { cpuPercent: 150 }).why).toEqual([
      "Waits for CPU: needs 1 cores, 0.5 of 1.5 are left",
    ]);
    expect(because([task("b", "two", queued, 2)], { freeDiskMiB: 500 }).why).toEqual([
      "Waits for disk space: 500 MiB free, 1 GiB must stay free",
    ]);
  });

  test("a small task does not overtake one that waits for memory, or that one would wait for ever", () => {
    const large = task("b", "two", queued, 2, { memoryMiB: 3_000, cpuPercent: 100 });
    const tasks = [task("a", "one", running, 1), large, task("c", "three", queued, 3)];
    expect(because(tasks, { memoryMiB: 3_500 })).toEqual({
      due: [],
      why: [expect.stringMatching(/^Waits for memory/), "Waits behind a task that needs more memory or CPU"],
    });
  });

  test("a task that can never fit is told so, and holds nobody back", () => {
    const huge = task("a", "one", queued, 1, { memoryMiB: 100_000, cpuPercent: 100 });
    const plan = because([huge, task("b", "two", queued, 2)], {});
    expect(plan.due).toEqual(["t-b00000"]);
    expect(plan.why).toEqual([expect.stringMatching(/^Cannot begin: it may take 97\.7 GiB of memory, and all runs together 64 GiB/)]);
  });

  test("what runs never takes more than the caps, and whenever nothing runs the first that fits begins", () => {
    const sizes = fc.record({ memoryMiB: fc.integer({ min: 128, max: 8_192 }), cpuPercent: fc.integer({ min: 10, max: 800 }) });
    const states = fc.constantFrom(queued, running, review);
    const some = fc.array(fc.tuple(states, fc.constantFrom("one", "two", "three"), sizes), { maxLength: 12 });
    fc.assert(
      fc.property(some, fc.integer({ min: 256, max: 16_384 }), fc.integer({ min: 50, max: 1_600 }), (list, memoryMiB, cpuPercent) => {
        const tasks = list.map(([state, repository, limits], at) => task(`n${at}`, repository, state, at, limits));
        const { due, waiting } = planRuns(tasks, new Set(), { ...caps, memoryMiB, cpuPercent });
        const before = tasks.filter(({ state }) => state.state === "running");
        const begun = tasks.filter(({ id }) => due.includes(id));
        const all = [...before, ...begun];
        if (begun.length > 0) {
          expect(all.reduce((sum, { limits }) => sum + limits.memoryMiB, 0)).toBeLessThanOrEqual(memoryMiB);
          expect(all.reduce((sum, { limits }) => sum + limits.cpuPercent, 0)).toBeLessThanOrEqual(cpuPercent);
        }
        const wanted = tasks.filter(({ state }) => state.state === "queued");
        expect(due.length + waiting.size).toBe(wanted.length);
        const fits = wanted.some(({ limits }) => limits.memoryMiB <= memoryMiB && limits.cpuPercent <= cpuPercent);
        if (before.length === 0 && fits) expect(due.length).toBeGreaterThan(0);
      }),
    );
  });
});
