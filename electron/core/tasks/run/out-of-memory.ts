import type { RunLimits } from "#shared/contract/task.ts";
import { mebibytes } from "#shared/domain/limit-words.ts";
import { UserError } from "../../kernel/errors.ts";
import type { Sandbox } from "../../sandbox/driver.ts";

/** What took the memory: the sandbox as a whole, or its agent, where others in it went on. */
export function outOfMemory(what: string, { memoryMiB }: Pick<RunLimits, "memoryMiB">, cause?: unknown): UserError {
  return new UserError(
    "SANDBOX_FAILED",
    `${what} was ended for want of memory: this task's sandbox may take ${mebibytes(memoryMiB)}.`,
    "Give the task more memory (its Sandbox tab, Limits), then start it again: it goes on where it was.",
    { cause },
  );
}

/** An agent that ended because the kernel needed its memory fails for that reason, not for its last words. */
export async function namedEnd(error: unknown, sandbox: Sandbox | null, limits: Pick<RunLimits, "memoryMiB">): Promise<unknown> {
  // The kernel ends a process with SIGKILL; one that left with a code of its own had another reason.
  const isKilled = error instanceof UserError && error.code === "AGENT_FAILED" && error.message.includes("by SIGKILL");
  if (!isKilled || sandbox === null) return error;
  return (await ranOutOfMemory(sandbox)) ? outOfMemory("The agent", limits, error) : error;
}

/** False where the engine is not there to be asked. */
export async function ranOutOfMemory(sandbox: Sandbox): Promise<boolean> {
  try {
    return await sandbox.ranOutOfMemory();
  } catch {
    return false;
  }
}
