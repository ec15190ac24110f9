import { createHash } from "node:crypto";
import type { AuditEntry } from "#shared/contract/audit.ts";
import type { ToolRequest, Verdict } from "#shared/contract/policy.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import { summaryOf } from "#shared/domain/request-words.ts";

/** Characters of one text that a log line or a card keeps. */
const keptText = 16_384;

/** The request in one line of bounded length, with what cannot be seen written out. */
export function summarize(request: ToolRequest): string {
  const line = summaryOf(request);
  return line.length <= 300 ? line : `${line.slice(0, 299)}…`;
}

/** The request as the audit log keeps it: long text is cut, with its length and SHA-256 so that it can still be told apart. */
export function auditDetail(request: ToolRequest): AuditEntry["detail"] {
  const detail: AuditEntry["detail"] = {};
  for (const [name, value] of Object.entries(request)) {
    if (value === undefined) continue;
    if (typeof value !== "string" || value.length <= keptText) {
      detail[name] = value;
      continue;
    }
    detail[name] = value.slice(0, keptText);
    detail[`${name}Length`] = value.length;
    detail[`${name}Sha256`] = createHash("sha256").update(value).digest("hex");
  }
  return detail;
}

/** The request as the timeline keeps it. */
export function shortened(request: ToolRequest): ToolRequest {
  switch (request.tool) {
    case "shell":
      return { ...request, command: cut(request.command) };
    case "mcp":
      return { ...request, input: cut(request.input) };
    case "filesystem":
    case "egress":
    case "websearch":
    case "knowledge":
    case "secret":
    case "git":
    case "unknown":
      return request;
    default:
      return assertNever(request);
  }
}

/** The verdict as the timeline keeps it: its first 100 parts. */
export function shortenedVerdict(verdict: Verdict): Verdict {
  return {
    ...verdict,
    parts: verdict.parts.slice(0, 100).map((part) => ({ ...part, text: cut(part.text), argv: part.argv.slice(0, 100) })),
  };
}

/** The rule that decided, in words. */
export function decidedByRule(verdict: Verdict): string {
  if (verdict.rule === null) return verdict.reasons[0] ?? "no rule matches";
  return `${verdict.rule.layer} rule: ${verdict.rule.list} ${verdict.rule.text}`;
}

function cut(text: string): string {
  return text.length <= keptText ? text : `${text.slice(0, keptText)}… (${text.length.toLocaleString("en")} characters in all)`;
}
