import { assertNever } from "#shared/domain/assert-never.ts";
import type { TurnEnd } from "../../agents/agent-session.ts";

/** The agent gave up on its model, and goes on with what a person has written meanwhile. */
export interface GaveUp {
  readonly kind: "gave-up";
  readonly text: string;
}

/** What a person is told of the end of a turn; null where it ended as it should. */
export function turnNotice(end: TurnEnd | GaveUp): string | null {
  switch (end.kind) {
    case "gave-up":
      return `The agent gave up on this turn and goes on with your message. ${end.text}`;
    case "end-of-turn":
      return null;
    case "cancelled":
      return "The agent ended its turn before it was done.";
    case "refused":
      return `The agent will not go on: ${end.text}`;
    case "limit":
      return `The agent reached a limit: ${end.text}`;
    default:
      return assertNever(end);
  }
}
