import { UserError } from "../../kernel/errors.ts";
import { randomId } from "../../kernel/ids.ts";
import type { Posture, Sandbox } from "../../sandbox/driver.ts";
import type { RunRecord } from "../task-store.ts";
import type { ActiveRun } from "./active-run.ts";
import { prepareSoftware } from "./prepare-software.ts";

export interface PreparedSandbox {
  readonly sandbox: Sandbox;
  /** The earlier run whose worktree it still holds; null for a new sandbox. */
  readonly keptFrom: RunRecord | null;
}

/** Stage `preparing-sandbox`: the sandbox that holds the task's worktree, or a new one; its posture read back either way. */
export async function prepareSandbox(
  run: ActiveRun,
  earlier: readonly RunRecord[],
  hold: (sandbox: Sandbox) => void,
): Promise<PreparedSandbox> {
  const kept = await resumeKept(run, earlier);
  const sandbox = kept?.sandbox ?? (await createSandbox(run));
  hold(sandbox);
  run.throwIfStopped();
  const posture = await sandbox.inspectPosture(run.signal);
  await accept(run, sandbox, posture);
  return { sandbox, keptFrom: kept?.from ?? null };
}

async function resumeKept(
  run: ActiveRun,
  earlier: readonly RunRecord[],
): Promise<{ readonly sandbox: Sandbox; readonly from: RunRecord } | null> {
  const from = earlier.find(({ sandboxId, worktree }) => sandboxId !== null && worktree !== null);
  if (from === undefined || from.sandboxId === null || from.driver === null) return null;
  const { sandboxId, driver: kind } = from;
  const driver = run.services.engines.all().find((driver) => driver.kind === kind);
  if (driver === undefined) return null;
  await run.services.left.keep(sandboxId);
  const event = sandboxEvent(run, "sandbox.resume", { sandboxId, driver: kind });
  const sandbox = await run.services.audit.around(event, async () => {
    return await driver.resume({ id: sandboxId, taskId: run.taskId, runId: run.id, limits: run.task.limits }, run.signal);
  });
  if (sandbox === null) {
    run.services.store.forgetSandbox(sandboxId);
    run.notice("The sandbox of the last run is gone; the task goes on in a new one, from the work that came back.");
    return null;
  }
  run.services.store.takeOver(run.id, from);
  return { sandbox, from };
}

async function createSandbox(run: ActiveRun): Promise<Sandbox> {
  const driver = await run.services.engines.choose(run.services.settings().sandbox, run.signal);
  const software = await prepareSoftware(run, driver);
  const id = randomId("sbx");
  const event = sandboxEvent(run, "sandbox.create", { sandboxId: id, driver: driver.kind });
  return await run.services.audit.around(event, async () => {
    run.throwIfStopped();
    run.services.store.setSandbox(run.id, { driver: driver.kind, sandboxId: id });
    return await driver.create({ id, taskId: run.taskId, runId: run.id, limits: run.task.limits, software }, run.signal);
  });
}

async function accept(run: ActiveRun, sandbox: Sandbox, posture: Posture): Promise<void> {
  await run.services.audit.note(
    sandboxEvent(run, "sandbox.posture", {
      sandboxId: sandbox.id,
      driver: sandbox.driver,
      network: posture.network,
      weaker: [...posture.badge.weaker],
      facts: { ...posture.facts },
    }),
  );
  run.services.board.show(run.services.store.setPosture(run.taskId, posture.badge));
  if (posture.network === "none" || sandbox.driver === "unsafe-local") return;
  throw new UserError(
    "POSTURE_WEAKER",
    posture.network === "present"
      ? "The sandbox has a network, which no run may have."
      : "It cannot be told whether the sandbox has a network.",
    "Look at the engine's configuration, then start the task again.",
  );
}

function sandboxEvent(run: ActiveRun, verb: string, detail: Parameters<ActiveRun["services"]["audit"]["note"]>[0]["detail"]) {
  return { verb, actor: { kind: "gatehouse" as const }, taskId: run.taskId, runId: run.id, detail: detail ?? {} };
}
