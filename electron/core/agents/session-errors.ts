import type { RequestError } from "@agentclientprotocol/sdk";
import * as z from "zod";
import { UserError } from "../kernel/errors.ts";
import type { AgentProcess } from "./agent-process.ts";
import type { TurnEnd } from "./agent-session.ts";
import { oneLine } from "./hostile-text.ts";

/** "Authentication required" (ACP, error codes). */
const authenticationRequired = -32_000;

/** The agent answered with an error, and lives on. */
export class AnsweredError extends UserError {
  constructor(message: string, remedy: string) {
    super("AGENT_FAILED", message, remedy);
  }
}

/** What can go wrong in a session, in words for the person. All that the agent said is escaped. */
export class SessionErrors {
  readonly #name: string;
  readonly #process: AgentProcess;

  constructor(name: string, process: AgentProcess) {
    this.#name = name;
    this.#process = process;
  }

  protocol(problem: string): UserError {
    return new UserError(
      "AGENT_PROTOCOL",
      `${this.#name} does not speak the Agent Client Protocol as it should: ${problem}.`,
      "Check that its command starts it in ACP mode.",
    );
  }

  garbage(firstLine: string): UserError {
    return this.protocol(`it prints something else, beginning with: ${oneLine(firstLine, 200)}`);
  }

  silent(garbage: string | null): UserError {
    return garbage === null ? this.#process.failure("stays silent: it did not answer in time") : this.garbage(garbage);
  }

  exited(isReady: boolean, garbage: string | null): UserError {
    if (garbage !== null && !isReady) return this.garbage(garbage);
    return this.#process.failure(isReady ? "ended while it was needed" : "ended before it was ready");
  }

  ungated(): UserError {
    return new UserError(
      "NOT_GATED",
      `The post that asks before each call of ${this.#name} has ended. The run was stopped.`,
      "Start the task again. If it happens again, look at what the agent ran last: it may have ended the post.",
    );
  }

  drifted(words: string): UserError {
    return new UserError(
      "NOT_GATED",
      `${this.#name} left the mode that it is held to: ${words}. The run was stopped.`,
      "Start the task again. If it happens again, do not use this agent for it: outside its pinned mode it may not ask.",
    );
  }

  /** An error in place of an answer. */
  answered(error: RequestError): UserError {
    const words = oneLine(error.message, 500);
    if (error.code === authenticationRequired) {
      return new AnsweredError(
        `${this.#name} wants to be signed in first: ${words}`,
        "Store its key in the Vault, then start the task again.",
      );
    }
    return new AnsweredError(`${this.#name} answered with an error: ${words}`, "Look at its last messages, then start the task again.");
  }
}

/** The answer to `session/prompt`; null where its stop reason is none of ACP's. */
export function turnEnd(response: unknown, lastMessage: string): TurnEnd | null {
  const parsed = z.object({ stopReason: z.string() }).safeParse(response);
  switch (parsed.success ? parsed.data.stopReason : "") {
    case "end_turn":
      return { kind: "end-of-turn" };
    case "cancelled":
      return { kind: "cancelled" };
    case "refusal":
      return { kind: "refused", text: lastMessage.slice(0, 2_000) };
    case "max_tokens":
      return { kind: "limit", text: "The model's answer reached its length limit." };
    case "max_turn_requests":
      return { kind: "limit", text: "The agent reached its limit of model requests in one turn." };
    default:
      return null;
  }
}
