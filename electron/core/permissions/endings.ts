import { timingSafeEqual } from "node:crypto";
import type { Answer, PersonRequest, QuestionOutcome, QuestionRequest } from "#shared/contract/permission.ts";
import type { QuestionAnswer } from "#shared/contract/question.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import { UserError } from "../kernel/errors.ts";
import type { FormResolution, GrantScope, Resolution } from "./permissions.ts";
import type { Ended } from "./waiting-request.ts";

const scopes: Readonly<Record<Answer, GrantScope | null>> = {
  "allow-once": "once",
  "allow-run": "run",
  "allow-hour": "hour",
  "allow-repository": "repository",
  deny: null,
  "deny-run": null,
};

export function grantEnded(): UserError {
  return new UserError("NOT_FOUND", "This grant has ended already.", "Nothing has to be done.");
}

/** What the end of a request means to whoever asked. */
export function resolutionOf({ request }: Ended): Resolution {
  if (request.kind !== "permission") throw new Error("A form allows nothing.");
  const { status } = request;
  if (status.status === "answered") {
    const scope = scopes[status.answer];
    return scope === null ? { kind: "denied", request } : { kind: "allowed", request, scope };
  }
  return { kind: status.status === "expired" ? "expired" : "withdrawn", request };
}

/** Nobody was asked: so many wait already that one more could not be read. */
export function crowded({ request }: Ended, why: string): Resolution {
  if (request.kind !== "permission") throw new Error("A form allows nothing.");
  return { kind: "crowded", request, why };
}

/** What the end of a form means to the agent: whatever was not answered was left. */
export function formResolutionOf({ request, given }: Ended): FormResolution {
  if (request.kind !== "question") throw new Error("This is no form.");
  const { status } = request;
  if (status.status === "answered") return { how: status.how, answer: given ?? { action: "cancel" } };
  return { how: status.status === "expired" ? "expired" : "withdrawn", answer: { action: "cancel" } };
}

export function outcomeOf(answer: QuestionAnswer): QuestionOutcome {
  switch (answer.action) {
    case "accept":
      return "answered";
    case "decline":
      return "declined";
    case "cancel":
      return "cancelled";
    default:
      return assertNever(answer);
  }
}

/** How a request ends that nobody answered. */
export type Unanswered = Exclude<QuestionRequest["status"], { status: "pending" | "answered" }>;

export function unanswered(request: PersonRequest, status: Unanswered): PersonRequest {
  return request.kind === "permission" ? { ...request, status } : { ...request, status };
}

/** In constant time. */
export function isSameNonce(expected: string, given: string): boolean {
  const a = Buffer.from(expected);
  const b = Buffer.from(given);
  return a.length === b.length && timingSafeEqual(a, b);
}

export function stale(why: string): UserError {
  return new UserError("STALE_ANSWER", `This request can no longer be answered. ${why}`, "Look at the inbox: it shows what is still open.");
}
