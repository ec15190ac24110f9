import type { AgentCheck, AgentDetails, CheckPointName } from "#shared/contract/agent.ts";

export const resultWords: Readonly<Record<AgentCheck["result"], string>> = {
  gated: "gated",
  partial: "partly gated",
  "not-gated": "not gated",
};

export const gateWords: Readonly<Record<AgentDetails["gate"], string>> = {
  full: "gated",
  partial: "partly gated",
  none: "not gated, sandbox only",
};

export const pointWords: Readonly<Record<CheckPointName, string>> = {
  start: "Starts and opens a session",
  mode: "Stays in its mode",
  shell: "Asks before a command",
  write: "Asks before an edit",
  read: "Asks before a read",
  refusal: "Leaves what is refused",
  cancel: "Stops when cancelled",
  unasked: "Does nothing unasked",
};

/** Whether the last check was one of the agent as it is now. */
export function isCurrent({ check, hash }: AgentDetails): boolean {
  return check !== null && check.hash === hash;
}
