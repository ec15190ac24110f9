import { RunId } from "#shared/contract/ids.ts";
import type { SandboxSummary } from "#shared/contract/sandbox.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import { randomId } from "../kernel/ids.ts";
import type { SandboxDriver } from "../sandbox/driver.ts";
import { type ReconcileAction, reconcile } from "./reconcile.ts";
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
 * After {@link mendRuns} and before the first run: no sandbox is left without a task, and in none
 * does an agent still work. An engine that does not answer keeps its sandboxes for the next start.
 */
export async function mendSandboxes(services: RunServices, signal: AbortSignal): Promise<void> {
  const sandboxes = await listSandboxes(services, signal);
  const actions = [...reconcile(snapshot(services, sandboxes))];
  const workNext = async () => {
    for (let action = actions.shift(); action !== undefined && !signal.aborted; action = actions.shift()) await apply(services, action);
  };
  await Promise.all(Array.from({ length: mendedAtOnce }, workNext));
}

function snapshot(services: RunServices, sandboxes: ReadonlyMap<SandboxSummary["driver"], readonly SandboxSummary[]>) {
  return { tasks: services.store.all(), runs: services.store.unsettledRuns(), sandboxes };
}

async function listSandboxes(
  services: RunServices,
  signal: AbortSignal,
): Promise<ReadonlyMap<SandboxSummary["driver"], readonly SandboxSummary[]>> {
  const lists = new Map<SandboxSummary["driver"], readonly SandboxSummary[]>();
  const ask = async (driver: SandboxDriver) => {
    try {
      lists.set(driver.kind, await driver.list(AbortSignal.any([signal, AbortSignal.timeout(engineAnswersWithinMs)])));
    } catch (error) {
      services.logger.info({ err: error, driver: driver.kind }, "an engine did not say which sandboxes it holds");
    }
  };
  await Promise.all(services.engines.all().map(ask));
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
      return await endSandbox(services, action, "sandbox.stop");
    case "remove-sandbox":
      await endSandbox(services, action, "sandbox.remove");
      return services.store.forgetSandbox(action.sandboxId);
    case "forget-sandbox":
      return services.store.forgetSandbox(action.sandboxId);
    default:
      return assertNever(action);
  }
}

function stopRun({ store, board, timelines, clock }: RunServices, action: Extract<ReconcileAction, { kind: "stop-run" }>): void {
  const at = clock.now();
  const record = store.apply(action.taskId, { kind: "run-stopped", at, reason: action.reason });
  timelines.of(action.taskId).put({ id: randomId("e"), at, kind: "stop", reason: action.reason });
  if (action.reason.kind === "interrupted") store.setGoesOn(action.runId, true);
  timelines.forget(action.taskId);
  board.show(record);
}

async function endSandbox(
  services: RunServices,
  action: Extract<ReconcileAction, { kind: "stop-sandbox" | "remove-sandbox" }>,
  verb: "sandbox.stop" | "sandbox.remove",
): Promise<void> {
  const driver = services.engines.all().find((driver) => driver.kind === action.driver);
  const detail = { sandboxId: action.sandboxId, driver: action.driver, why: "its run had ended" };
  await services.audit.around({ verb, actor: { kind: "gatehouse" }, detail }, async () => {
    const sandbox = await driver?.attach(action.sandboxId);
    await (verb === "sandbox.stop" ? sandbox?.stop() : sandbox?.remove());
  });
}
