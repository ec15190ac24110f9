import fc from "fast-check";
import { expect, test } from "vitest";
import { RequestId, RunId, TaskId } from "#shared/contract/ids.ts";
import { RunStage, type TaskState } from "#shared/contract/task.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import { type ReconcileAction, reconcile, type Snapshot } from "./reconcile.ts";
import type { RunRecord } from "./task-store.ts";

type Driver = Exclude<RunRecord["driver"], null>;

interface Task {
  readonly id: TaskId;
  readonly state: TaskState;
}

interface Sandbox {
  readonly id: string;
  readonly driver: Driver;
  readonly state: "running" | "stopped";
}

/** The database and the engines, as a crash left them. */
interface World {
  readonly tasks: readonly Task[];
  readonly runs: readonly RunRecord[];
  readonly sandboxes: readonly Sandbox[];
  readonly answering: readonly Driver[];
}

const taskIds = ["a", "b", "c"].map((letter) => TaskId.parse(`t-${letter.repeat(10)}`));
const runIds = ["a", "b", "c", "d", "e"].map((letter) => RunId.parse(`run-${letter.repeat(10)}`));
const sandboxIds = ["a", "b", "c", "d", "e", "f"].map((letter) => `sbx-${letter.repeat(10)}`);
const diff = { files: 1, added: 1, removed: 0 };
const denied = { kind: "denied" as const, requestId: RequestId.parse("req-aaaaaaaaaa"), summary: "sudo ls" };

/** Driver and sandbox are written down together, and no id is given twice. */
const driverOf = (sandboxId: string): Driver => (sandboxIds.indexOf(sandboxId) % 2 === 0 ? "docker" : "local");

const stage = fc.constantFrom(...RunStage.options);

function stateOf(runId: RunId): fc.Arbitrary<TaskState> {
  return fc.oneof(
    fc.constant<TaskState>({ state: "backlog" }),
    fc.constant<TaskState>({ state: "queued", queuedAt: 1 }),
    stage.map((stage): TaskState => ({ state: "running", runId, stage, startedAt: 1 })),
    fc.constant<TaskState>({ state: "stopped", runId, stoppedAt: 2, reason: { kind: "cancelled", by: "p" } }),
    fc.constant<TaskState>({ state: "review", runId, finishedAt: 2, head: "h", diff, checks: [] }),
    fc.constant<TaskState>({ state: "accepted", branch: "b", head: "h", at: 3, diff }),
    fc.constant<TaskState>({ state: "discarded", at: 3 }),
  );
}

const run = (id: RunId): fc.Arbitrary<RunRecord> =>
  fc
    .record({
      taskId: fc.constantFrom(...taskIds),
      stage,
      sandboxId: fc.option(fc.constantFrom(...sandboxIds)),
      worktree: fc.option(fc.constant("/workspace/tasks/t")),
      endedAt: fc.option(fc.constant(2)),
      isDenied: fc.boolean(),
    })
    .map(({ isDenied, ...rest }) => ({
      driver: rest.sandboxId === null ? null : driverOf(rest.sandboxId),
      ...{ id, branch: null, base: null, head: null, startedAt: 1, sessionId: null, timesGoneOn: 0, ...rest },
      ending: isDenied ? { state: "stopped" as const, runId: id, stoppedAt: 2, reason: denied } : null,
    }));

const sandbox = (id: string): fc.Arbitrary<Sandbox> =>
  fc.constantFrom("running" as const, "stopped" as const).map((state) => ({ id, driver: driverOf(id), state }));

const world: fc.Arbitrary<World> = fc.record({
  tasks: fc.tuple(
    ...taskIds.map((id) =>
      fc
        .constantFrom(...runIds)
        .chain(stateOf)
        .map((state) => ({ id, state })),
    ),
  ),
  runs: fc.subarray([...runIds]).chain((ids) => fc.tuple(...ids.map(run))),
  sandboxes: fc.subarray([...sandboxIds]).chain((ids) => fc.tuple(...ids.map(sandbox))),
  answering: fc.subarray<Driver>(["docker", "local"]),
});

function snapshotOf({ tasks, runs, sandboxes, answering }: World): Snapshot {
  const held = answering.map((driver) => [driver, sandboxes.filter((sandbox) => sandbox.driver === driver)] as const);
  return { tasks, runs: runs.filter((run) => run.endedAt === null || run.sandboxId !== null), sandboxes: new Map(held) };
}

/** What carrying an action out changes, in the steps that a crash can come between. */
function stepsOf(action: ReconcileAction): readonly ((world: World) => World)[] {
  switch (action.kind) {
    case "stop-run":
      return [
        (world) => ({
          ...world,
          tasks: world.tasks.map((task) =>
            task.id === action.taskId
              ? { ...task, state: { state: "stopped", runId: action.runId, stoppedAt: 9, reason: action.reason } }
              : task,
          ),
          runs: world.runs.map((run) => (run.id === action.runId ? { ...run, endedAt: 9 } : run)),
        }),
      ];
    case "stop-sandbox":
      return [
        (world) => ({
          ...world,
          sandboxes: world.sandboxes.map((one) => (one.id === action.sandboxId ? { ...one, state: "stopped" } : one)),
        }),
      ];
    case "remove-sandbox":
      return [(world) => ({ ...world, sandboxes: world.sandboxes.filter(({ id }) => id !== action.sandboxId) }), forget(action.sandboxId)];
    case "forget-sandbox":
      return [forget(action.sandboxId)];
    default:
      return assertNever(action);
  }
}

function forget(sandboxId: string): (world: World) => World {
  return (world) => ({
    ...world,
    runs: world.runs.map((run) => (run.sandboxId === sandboxId ? { ...run, sandboxId: null } : run)),
  });
}

function carryOut(world: World, steps = Number.POSITIVE_INFINITY): World {
  const all = reconcile(snapshotOf(world)).flatMap(stepsOf);
  return all.slice(0, steps).reduce((now, step) => step(now), world);
}

const check = (property: (world: World) => void) => fc.assert(fc.property(world, property), { numRuns: 2_000 });

test("afterwards nothing runs: no task, and no sandbox of an engine that answers", () => {
  check((before) => {
    const after = carryOut(before);
    expect(after.tasks.filter(({ state }) => state.state === "running")).toEqual([]);
    expect(after.sandboxes.filter(({ driver, state }) => state === "running" && before.answering.includes(driver))).toEqual([]);
  });
});

test("afterwards every sandbox that is left is one that a task can go on in, and every one that a task can go on in is left", () => {
  check((before) => {
    const after = carryOut(before);
    const isWanted = ({ id }: Sandbox) =>
      before.runs.some((run) => {
        const task = before.tasks.find((task) => task.id === run.taskId);
        const goesOn = task !== undefined && ["queued", "running", "stopped", "review"].includes(task.state.state);
        return run.sandboxId === id && run.worktree !== null && goesOn;
      });
    const seen = before.sandboxes.filter(({ driver }) => before.answering.includes(driver));
    const left = after.sandboxes.filter(({ driver }) => before.answering.includes(driver));
    expect(left.map(({ id }) => id)).toEqual(seen.filter(isWanted).map(({ id }) => id));
  });
});

test("an engine that does not answer keeps what it holds, and what is known of it", () => {
  check((before) => {
    const after = carryOut(before);
    const silent = (world: World) => world.sandboxes.filter(({ driver }) => !before.answering.includes(driver));
    expect(silent(after)).toEqual(silent(before));
    const forgotten = reconcile(snapshotOf(before)).flatMap((action) => (action.kind === "forget-sandbox" ? [action.sandboxId] : []));
    for (const id of forgotten)
      expect(before.runs.some((run) => run.sandboxId === id && run.driver !== null && before.answering.includes(run.driver))).toBe(true);
  });
});

test("afterwards no run names a sandbox that its engine does not hold", () => {
  check((before) => {
    const { runs, sandboxes } = carryOut(before);
    const dangling = runs.filter(({ driver, sandboxId }) => {
      const isAnswered = driver !== null && before.answering.includes(driver);
      return isAnswered && sandboxId !== null && !sandboxes.some(({ id }) => id === sandboxId);
    });
    expect(dangling).toEqual([]);
  });
});

test("no sandbox is named by two actions that exclude each other, and no run is stopped twice", () => {
  check((before) => {
    const actions = reconcile(snapshotOf(before));
    const engineSide = actions.flatMap((action) =>
      action.kind === "stop-sandbox" || action.kind === "remove-sandbox" ? [action.sandboxId] : [],
    );
    const stopped = actions.flatMap((action) => (action.kind === "stop-run" ? [action.taskId] : []));
    expect(new Set(engineSide).size).toBe(engineSide.length);
    expect(new Set(stopped).size).toBe(stopped.length);
  });
});

test("a run ends for the reason that was written before the crash, else as interrupted where it was", () => {
  check((before) => {
    for (const action of reconcile(snapshotOf(before))) {
      if (action.kind !== "stop-run") continue;
      const state = before.tasks.find(({ id }) => id === action.taskId)?.state;
      const run = before.runs.find(({ id, endedAt, sandboxId }) => id === action.runId && (endedAt === null || sandboxId !== null));
      const expected =
        run !== undefined && run.ending !== null ? denied : { kind: "interrupted", stage: state?.state === "running" ? state.stage : null };
      expect(action.reason).toEqual(expected);
    }
  });
});

test("reconciling what was reconciled does nothing", () => {
  check((before) => {
    expect(reconcile(snapshotOf(carryOut(before)))).toEqual([]);
  });
});

test("a crash at any step of it, and any number of them, ends where one without a crash does", () => {
  fc.assert(
    fc.property(world, fc.array(fc.nat(12), { maxLength: 6 }), (before, crashes) => {
      const afterCrashes = crashes.reduce((now, steps) => carryOut(now, steps), before);
      expect(carryOut(afterCrashes)).toEqual(carryOut(before));
    }),
    { numRuns: 3_000 },
  );
});
