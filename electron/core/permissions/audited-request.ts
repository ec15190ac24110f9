import { createHash } from "node:crypto";
import type { AuditEntry } from "#shared/contract/audit.ts";
import type { PermissionRequest } from "#shared/contract/permission.ts";
import { summaryOf } from "#shared/domain/request-words.ts";

/** Longest summary that an audit entry carries whole, characters; a longer one keeps both ends and a hash. */
const maximumSummary = 16_384;

/** What the log says about a request: enough to know exactly what was asked, never a secret's value. */
export function auditedRequest(request: PermissionRequest): AuditEntry["detail"] {
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
