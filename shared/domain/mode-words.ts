import type { Mode } from "#shared/contract/policy.ts";

export interface ModeWords {
  readonly label: string;
  /** What the task may do in it, in a few words. */
  readonly hint: string;
}

/** From the one that may do least to the one that may do most. */
export const modes: readonly Mode[] = ["plan", "ask", "auto"];

export const modeWords: Readonly<Record<Mode, ModeWords>> = {
  plan: { label: "Plan", hint: "reads only; nothing is written, run or sent" },
  ask: { label: "Ask", hint: "asks before every change, allowed by a rule or not" },
  auto: { label: "Auto", hint: "as your rules say; asks about the rest" },
};
