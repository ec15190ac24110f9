import type { RunId } from "#shared/contract/ids.ts";
import type { Sandbox } from "../../sandbox/driver.ts";
import type { RunServices } from "./run-services.ts";
import { within } from "./within.ts";

/** How long an engine has to end a sandbox before it is left to the background, milliseconds. */
const stopMs = 10_000;

/** At the end of a run: a sandbox that holds a worktree is stopped and kept, so that the task can go on in it; another is removed. */
export async function restSandbox({ store, left, clock }: RunServices, runId: RunId, sandbox: Sandbox | null): Promise<void> {
  const { sandboxId, driver, worktree, taskId } = store.getRun(runId);
  if (sandboxId === null) return;
  const by = { actor: { kind: "gatehouse" as const }, taskId, runId };
  if (sandbox === null || worktree === null) {
    store.forgetSandbox(sandboxId);
    left.end({ sandboxId, driver, what: "remove", by, why: "its run left nothing in it" });
    return;
  }
  try {
    await within(clock, stopMs, async () => await sandbox.stop());
  } catch (error) {
    left.end({ sandboxId, driver, what: "stop", by, why: "its engine could not end it with its run" });
    throw error;
  }
}
