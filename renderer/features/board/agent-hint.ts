import type { AgentSummary } from "#shared/contract/agent.ts";
import type { KeyStanding } from "./agent-key.ts";

/** What a person should know of an agent before choosing it. */
export function hintOf(agent: Pick<AgentSummary, "gate">, key: KeyStanding["kind"]): { readonly hint?: string } {
  const words = [
    ...(key === "missing" || key === "not-allowed" ? ["needs a key"] : []),
    ...(agent.gate === "full" ? [] : [agent.gate === "none" ? "not gated" : "partly gated"]),
  ];
  return words.length === 0 ? {} : { hint: words.join(", ") };
}
