import type { TerminalId } from "#shared/contract/ids.ts";
import type { TerminalSummary } from "#shared/contract/terminal.ts";

/** The agent's own interface first, then the newest command, then the operator's shells. */
export function orderedTerminals(terminals: readonly TerminalSummary[]): readonly TerminalSummary[] {
  const weights: Readonly<Record<TerminalSummary["kind"], number>> = { interface: 0, command: 1, shell: 2 };
  const weight = (terminal: TerminalSummary) => weights[terminal.kind];
  return terminals.toSorted((a, b) => weight(a) - weight(b) || b.createdAt - a.createdAt);
}

/**
 * Which one is on screen. What the person chose stays, as long as it is there; without a choice the
 * newest command. Null: the place where a shell could be opened.
 */
export function chosenTerminal(ordered: readonly TerminalSummary[], wished: TerminalId | "shell" | null): TerminalSummary | null {
  if (wished === "shell") return ordered.find((terminal) => terminal.kind === "shell") ?? null;
  return ordered.find((terminal) => terminal.id === wished) ?? ordered[0] ?? null;
}
