import { UserError } from "../../kernel/errors.ts";
import { cancelled } from "../cancelled.ts";
import { planSetUp, runPlan, viewSystem, type What } from "./system-packages.mjs";

export interface SetUpResult {
  readonly installed: readonly string[];
  readonly alreadyThere: readonly string[];
}

/**
 * Installs what the local sandbox (or every suite of tests) needs with the system's package manager,
 * saying each step. The caller has asked the person. NO_SANDBOX with what to do by hand when it fails.
 */
export async function setUp(what: What, onLine: (line: string) => void, signal?: AbortSignal): Promise<SetUpResult> {
  const plan = planSetUp(what, viewSystem());
  onLine(
    plan.missing.length === 0 && plan.problem === null ? "Everything is installed already." : `To install: ${plan.missing.join(", ")}.`,
  );
  try {
    await runPlan(plan, { onLine, signal });
  } catch (error) {
    if (signal?.aborted) throw cancelled("installing packages");
    const words = error instanceof Error ? error.message : String(error);
    throw new UserError("NO_SANDBOX", words, `Install by hand: ${plan.missing.join(", ") || "bubblewrap"}. Or use Docker.`, {
      cause: error,
    });
  }
  return { installed: plan.missing, alreadyThere: plan.present };
}
