import type { TaskInterface } from "#shared/contract/task.ts";
import type { AgentProfile } from "../agents/agent-profile.ts";
import { UserError } from "../kernel/errors.ts";

/** INVALID_INPUT where a person cannot work with the agent in this way. */
export function requireInterface(profile: Pick<AgentProfile, "name" | "terminal">, wanted: TaskInterface): void {
  if (wanted !== "terminal" || profile.terminal !== null) return;
  throw new UserError("INVALID_INPUT", `${profile.name} has no terminal of its own.`, "Work with it here, or choose another agent.");
}
