import { createHash } from "node:crypto";
import { assertNever } from "#shared/domain/assert-never.ts";
import type { RuleReference, ToolRequest, Verdict } from "#shared/contract/policy.ts";
import { decideEgress } from "./decide-egress.ts";
import { decideFilesystem } from "./decide-filesystem.ts";
import { decideShell } from "./decide-shell.ts";
import { decideText, decideUnknown } from "./decide-text.ts";
import type { RuleSet } from "./rule-set.ts";

/** Facts about the run that rules and risks are judged against; the decision itself is pure. */
export interface PolicyContext {
  /** Absolute folder of the worktree inside the sandbox; writes outside it are a risk and never silently allowed. */
  readonly worktree: string;
  readonly home: string;
  /** Real path of a requested path, as resolved by the caller inside the sandbox; null where unknown. */
  readonly realPath: string | null;
  /** "Allow for this run": exact requests that a person allowed earlier in this run (see `requestKey`). */
  readonly grants: ReadonlySet<string>;
  /** Why even what a rule allows is asked about; null or absent where nothing says so. A grant still allows it. */
  readonly askAnyway?: string | null;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** The one decision function (invariant 1). Pure: same request, rules and context, same verdict. */
export function decide(request: ToolRequest, rules: RuleSet, context: PolicyContext): Verdict {
  const verdict = askedAnyway(judge(request, rules, context), context.askAnyway ?? null);
  if (verdict.decision !== "ask" || !context.grants.has(requestKey(request, rules.hash))) return verdict;
  const rule: RuleReference = { text: "allowed for this run", list: "allow", layer: "grant" };
  return { ...verdict, decision: "allow", rule, reasons: ["A person allowed exactly this for the rest of the run.", ...verdict.reasons] };
}

/** Only ever tightens: an allow becomes an ask, and a deny stays one. */
function askedAnyway(verdict: Verdict, why: string | null): Verdict {
  if (why === null || verdict.decision === "deny") return verdict;
  return { ...verdict, decision: "ask", rule: verdict.decision === "allow" ? null : verdict.rule, reasons: [why, ...verdict.reasons] };
}

/** What an answer binds to: tool, arguments, folder and rule-set hash, as a SHA-256 in hex. */
export function requestKey(request: ToolRequest, ruleSetHash: string): string {
  const fields = Object.entries(request).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return createHash("sha256")
    .update(JSON.stringify([ruleSetHash, fields]))
    .digest("hex");
}

function judge(request: ToolRequest, rules: RuleSet, context: PolicyContext): Verdict {
  switch (request.tool) {
    case "shell":
      return decideShell(request, rules, context);
    case "filesystem":
      return decideFilesystem(request, rules, context);
    case "egress":
      return decideEgress(request, rules, context);
    case "websearch":
    case "knowledge":
      return decideText(request.tool, request.query, request.query, rules, context);
    case "secret":
      return decideText("secret", request.host === null ? request.name : `${request.name}@${request.host}`, request.name, rules, context);
    case "git":
      return decideText("git", `${request.action}:${request.branch}`, request.action, rules, context);
    case "mcp":
      return decideText("mcp", `${request.server}.${request.name}`, `${request.server}.${request.name}`, rules, context);
    case "unknown":
      return decideUnknown(request.title, rules);
    default:
      return assertNever(request);
  }
}
