import type { Decision, RuleList, RuleSuggestion, ToolRequest, Verdict } from "#shared/contract/policy.ts";
import { narrowestRules } from "./propose-rule.ts";

const none: RuleList = { deny: [], allow: [], ask: [] };

/**
 * For each other decision the smallest change of the workspace's rules after which the request would be decided so: narrowest
 * rules come, rules of the workspace that decided it go. Each was tried with `judge`; what no such change brings about is left out.
 */
export function suggestions(
  request: ToolRequest,
  verdict: Verdict,
  workspace: RuleList,
  judge: (rules: RuleList) => Decision,
): RuleSuggestion[] {
  const wanted: readonly Decision[] = ["allow", "ask", "deny"];
  return wanted.flatMap((decision) => {
    if (decision === verdict.decision) return [];
    const found = candidates(request, verdict, decision).find((each) => judge(changed(workspace, each)) === decision);
    return found === undefined ? [] : [{ decision, ...found }];
  });
}

/** The workspace's rules with a suggestion taken. */
function changed(rules: RuleList, { adds, removes }: Omit<RuleSuggestion, "decision">): RuleList {
  const of = (list: Decision) => [...rules[list].filter((text) => !removes[list].includes(text)), ...adds[list]];
  return { deny: of("deny"), allow: of("allow"), ask: of("ask") };
}

function candidates(request: ToolRequest, verdict: Verdict, wanted: Decision): readonly Omit<RuleSuggestion, "decision">[] {
  const removes = decidingRules(verdict);
  // What asks or is refused needs a rule of its own; what is allowed already does not.
  const parts = verdict.parts.filter((part) => (wanted === "allow" ? part.decision !== "allow" : part.decision === verdict.decision));
  const only = wanted === "allow" || verdict.parts.length === 1 || parts.length === 1 ? narrowestRules(request, parts) : null;
  const adds = only === null ? null : { ...none, [wanted]: [...only] };
  return [
    ...(adds === null ? [] : [{ adds, removes: none }]),
    ...(removes === null ? [] : [{ adds: none, removes }]),
    ...(adds === null || removes === null ? [] : [{ adds, removes }]),
  ];
}

/** The workspace's own rules that made it what it is; null where none did. */
function decidingRules({ parts, decision }: Verdict): RuleList | null {
  const removes: RuleList = { deny: [], allow: [], ask: [] };
  for (const { rule, decision: of } of parts) {
    if (rule === null || of !== decision || (rule.layer !== "workspace" && rule.layer !== "default")) continue;
    if (!removes[rule.list].includes(rule.text)) removes[rule.list].push(rule.text);
  }
  return removes.deny.length + removes.allow.length + removes.ask.length === 0 ? null : removes;
}
