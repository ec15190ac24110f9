import { RunId } from "#shared/contract/ids.ts";
import type { SandboxSummary } from "#shared/contract/sandbox.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import { randomId } from "../kernel/ids.ts";
import type { SandboxDriver } from "../sandbox/driver.ts";
import { type ReconcileAction, reconcile } from "./reconcile.ts";
import { withdrawForms } from "./run/ask-form.ts";
import type { RunServices } from "./run/run-services.ts";

/** How long an engine may take to say what it holds before the start goes on without it, milliseconds. */
const engineAnswersWithinMs = 15_000;

/** Engines take their time to end a sandbox, each its own; more at once would only wait in the engine. */
const mendedAtOnce = 8;

/** At start, before anyone sees the board: what the last Gatehouse left behind gets a true state, from the database alone. */
export async function mendRuns(services: RunServices): Promise<void> {
  for (const action of reconcile(snapshot(services, new Map()))) {
    if (action.kind === "stop-run") stopRun(services, action);
  }
  const asked = new Set<RunId>();
  using _expired = services.permissions.changed.on(
    ({ runId, status }) => void (status.status === "expired" && asked.add(RunId.parse(runId))),
  );
  await services.permissions.expireOrphans();
  // Invariant 6: a run whose prompt has expired does not go on by itself.
  for (const runId of asked) services.store.setGoesOn(runId, false);
}

/**
 * After {@link mendRuns} and before the first run: in no sandbox does an agent still work, and one without a task is removed in
 * the background. Resolves to the engines that did not answer; once the first run is leased, they are asked again, for those
 * of tasks that do not run.
 */
export async function mendSandboxes(
  services: RunServices,
  engines: readonly SandboxDriver[],
  signal: AbortSignal,
): Promise<readonly SandboxDriver[]> {
  const sandboxes = await listSandboxes(services, engines, signal);
  const actions = reconcile(snapshot(services, sandboxes)).filter((action) => action.kind !== "stop-run");
  const workNext = async () => {
    for (let action = actions.shift(); action !== undefined && !signal.aborted; action = actions.shift()) await apply(services, action);
  };
  await Promise.all(Array.from({ length: mendedAtOnce }, workNext));
  return engines.filter(({ kind }) => !sandboxes.has(kind));
}

function snapshot(services: RunServices, sandboxes: ReadonlyMap<SandboxSummary["driver"], readonly SandboxSummary[]>) {
  return { tasks: services.store.all(), runs: services.store.unsettledRuns(), sandboxes };
}

/** Without those of tasks that run, which are nobody's to end. */
async function listSandboxes(
  services: RunServices,
  engines: readonly SandboxDriver[],
  signal: AbortSignal,
): Promise<ReadonlyMap<SandboxSummary["driver"], readonly SandboxSummary[]>> {
  const lists = new Map<SandboxSummary["driver"], readonly SandboxSummary[]>();
  const ask = async (driver: SandboxDriver) => {
    try {
      const found = await driver.list(AbortSignal.any([signal, AbortSignal.timeout(engineAnswersWithinMs)]));
      const atWork = new Set(services.store.all().flatMap(({ id, state }) => (state.state === "running" ? [String(id)] : [])));
      lists.set(
        driver.kind,
        found.filter(({ taskId }) => taskId === null || !atWork.has(taskId)),
      );
    } catch (error) {
      services.logger.info({ err: error, driver: driver.kind }, "an engine did not say which sandboxes it holds");
    }
  };
  await Promise.all(engines.map(ask));
  return lists;
}

async function apply(services: RunServices, action: ReconcileAction): Promise<void> {
  try {
    await perform(services, action);
  } catch (error) {
    services.logger.error({ err: error, action: action.kind }, "something that the last run left could not be mended");
  }
}

async function perform(services: RunServices, action: ReconcileAction): Promise<void> {
  switch (action.kind) {
    case "stop-run":
      return stopRun(services, action);
    case "stop-sandbox":
      return await stopSandbox(services, action);
    case "remove-sandbox":
      services.store.forgetSandbox(action.sandboxId);
      return services.left.end({ ...leftOf(action), what: "remove" });
    case "forget-sandbox":
      return services.store.forgetSandbox(action.sandboxId);
    default:
      return assertNever(action);
  }
}

function stopRun({ store, board, timelines, clock }: RunServices, action: Extract<ReconcileAction, { kind: "stop-run" }>): void {
  const at = clock.now();
  const record = store.apply(action.taskId, { kind: "run-stopped", at, reason: action.reason });
  withdrawForms(timelines.of(action.taskId));
  timelines.of(action.taskId).put({ id: randomId("e"), at, kind: "stop", reason: action.reason });
  if (action.reason.kind === "interrupted") store.setGoesOn(action.runId, true);
  timelines.forget(action.taskId);
  board.show(record);
}

/** Waited for: a run that goes on in it must find nobody there. Where it cannot be done now, the run's own start does it again. */
async function stopSandbox(services: RunServices, action: Extract<ReconcileAction, { kind: "stop-sandbox" }>): Promise<void> {
  const driver = services.engines.all().find((driver) => driver.kind === action.driver);
  const detail = { sandboxId: action.sandboxId, driver: action.driver, why: hadEnded };
  try {
    await services.audit.around({ verb: "sandbox.stop", actor: { kind: "gatehouse" }, detail }, async () => {
      await (await driver?.attach(action.sandboxId))?.stop();
    });
  } catch (error) {
    services.left.end({ ...leftOf(action), what: "stop" });
    throw error;
  }
}

const hadEnded = "its run had ended";

function leftOf({ driver, sandboxId }: Extract<ReconcileAction, { kind: "stop-sandbox" | "remove-sandbox" }>) {
  return { driver, sandboxId, by: { actor: { kind: "gatehouse" as const } }, why: hadEnded };
}
