import { createHash } from "node:crypto";
import type { Actor, AuditEntry } from "#shared/contract/audit.ts";
import type { PermissionRequest, PersonRequest, QuestionRequest } from "#shared/contract/permission.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import { summaryOf } from "#shared/domain/request-words.ts";
import type { AuditEvent } from "../audit/audit-log.ts";

/** Longest summary that an audit entry carries whole, characters; a longer one keeps both ends and a hash. */
const maximumSummary = 16_384;

/** What can happen to a request. */
type Happening = "ask" | "answer" | "expire" | "withdraw" | "set-expiry";

/** The verbs of a form: however it ends, it has ended, and nothing is allowed or denied by it. */
const questionVerbs: Readonly<Record<Happening, string>> = {
  ask: "question.ask",
  answer: "question.end",
  expire: "question.end",
  withdraw: "question.end",
  "set-expiry": "question.set-expiry",
};

/** The entry of the log about a request. `key`: what a grant would name it by; null where there can be none. */
export function requestEvent(
  happened: Happening,
  { request, key }: { readonly request: PersonRequest; readonly key: string | null },
  actor: Actor,
  detail: AuditEntry["detail"],
): AuditEvent {
  const subject = { taskId: request.taskId, runId: request.runId, actor };
  switch (request.kind) {
    case "permission": {
      const named = key === null ? {} : { requestKey: key };
      return { ...subject, verb: `permission.${happened}`, detail: { ...auditedRequest(request), ...named, ...detail } };
    }
    case "question":
      return { ...subject, verb: questionVerbs[happened], detail: { ...auditedQuestion(request), ...endingOf(happened), ...detail } };
    default:
      return assertNever(request);
  }
}

/** What the log says about a request: enough to know exactly what was asked, never a secret's value. */
function auditedRequest(request: PermissionRequest): AuditEntry["detail"] {
  const summary = summaryOf(request.request);
  const isLong = summary.length > maximumSummary;
  return {
    request: request.id,
    tool: request.request.tool,
    summary: isLong ? `${summary.slice(0, maximumSummary / 2)} … ${summary.slice(-maximumSummary / 2)}` : summary,
    ...(isLong ? { summarySha256: createHash("sha256").update(summary).digest("hex"), summaryLength: summary.length } : {}),
    decision: request.verdict.decision,
    rule: request.verdict.rule?.text ?? null,
    ruleSetHash: request.verdict.ruleSetHash,
  };
}

/** The names of the fields, never a value. */
function auditedQuestion({ id, form }: QuestionRequest): AuditEntry["detail"] {
  return { request: id, fields: form.fields.map(({ name }) => name) };
}

function endingOf(happened: Happening): AuditEntry["detail"] {
  return happened === "expire" ? { how: "expired" } : happened === "withdraw" ? { how: "withdrawn" } : {};
}
