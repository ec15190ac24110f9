import type { AgentSummary } from "#shared/contract/agent.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import type { TaskInterface } from "#shared/contract/task.ts";

/** What keeps a new task's agent from doing what it likes, in one sentence: no more than holds for that agent where it works. */
export function whatHoldsIt(agent: Pick<AgentSummary, "gate" | "terminal"> | undefined, where: TaskInterface): string {
  const gate = agent === undefined || where === "chat" ? (agent?.gate ?? "full") : agent.terminal === "gated" ? "full" : "none";
  switch (gate) {
    case "full":
      return "It runs in a sandbox without network; you are asked before anything the rules do not allow.";
    case "partial":
      return "It runs in a sandbox without network. It does not ask for every kind of call; what it asks for, your rules and you decide.";
    case "none":
      return "It runs in a sandbox without network, which alone holds it: it does not ask.";
    default:
      return assertNever(gate);
  }
}
