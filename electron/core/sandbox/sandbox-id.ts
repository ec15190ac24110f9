import { UserError } from "../kernel/errors.ts";

/** Ids become names of containers, volumes and folders, and parts of engine addresses: nothing else is let through. */
const pattern = /^[a-z0-9][a-z0-9-]{0,63}$/;

export function isSandboxId(id: string): boolean {
  return pattern.test(id);
}

/** SANDBOX_FAILED for an id that could not be a sandbox's. */
export function assertSandboxId(id: string): void {
  if (isSandboxId(id)) return;
  throw new UserError(
    "SANDBOX_FAILED",
    `${JSON.stringify(id.slice(0, 80))} cannot be a sandbox's id.`,
    "Use lower-case letters, digits and dashes.",
  );
}
