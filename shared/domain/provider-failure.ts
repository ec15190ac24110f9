import type { ProviderFailure } from "../contract/provider-failure.ts";
import type { Task } from "../contract/task.ts";

/** What keeps a task's model from answering, so that trying again makes sense; null where nothing does. */
export function failureOf({ state, providerFailure }: Pick<Task, "state" | "providerFailure">): ProviderFailure | null {
  if (state.state === "running") return providerFailure ?? null;
  return state.state === "stopped" && state.reason.kind === "failed" ? (state.reason.providerFailure ?? null) : null;
}
