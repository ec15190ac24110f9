import type { RequestPermissionResponse } from "@agentclientprotocol/sdk";
import * as z from "zod";
import type { GateDecision } from "./gate.ts";
import { CallNews } from "./session-update.ts";

/** A permission request as agents send it; an option of a kind that we do not know is never picked. */
export const PermissionAsked = z.object({
  sessionId: z.string(),
  toolCall: CallNews,
  options: z.array(z.object({ optionId: z.string(), kind: z.string() })),
});
export type PermissionAsked = z.infer<typeof PermissionAsked>;

export interface PermissionAnswer {
  readonly response: RequestPermissionResponse;
  /** What the agent will do with it; it differs from the decision where it offers no fitting option. */
  readonly isAllowed: boolean;
}

/**
 * Options are picked by kind, never by id or name, and only ever those that hold once: an agent
 * told "always" would write its own rules. Where no such option is offered the answer is no.
 */
export function answerTo(decision: GateDecision, options: PermissionAsked["options"]): PermissionAnswer {
  const once = (kind: string) => options.find((option) => option.kind === kind);
  const allow = once("allow_once");
  if (decision === "allowed" && allow !== undefined) {
    return { response: { outcome: { outcome: "selected", optionId: allow.optionId } }, isAllowed: true };
  }
  const reject = once("reject_once");
  if (decision === "stop" || decision === "withdrawn" || reject === undefined) return cancelledAnswer;
  return { response: { outcome: { outcome: "selected", optionId: reject.optionId } }, isAllowed: false };
}

export const cancelledAnswer: PermissionAnswer = { response: { outcome: { outcome: "cancelled" } }, isAllowed: false };
