import type { RuleList, ToolRequest, Verdict } from "#shared/contract/policy.ts";
import { decide, type PolicyContext } from "../decide.ts";
import { compileRuleSet, type RuleSet } from "../rule-set.ts";

/** A run in `/w` with nothing else known. */
export const context: PolicyContext = { worktree: "/w", home: "/home/agent", realPath: null, grants: new Set(), now: 1_700_000_000_000 };

/** Compiles one list of rules, with the floor; throws on a malformed one. */
export function rulesOf(rules: Partial<RuleList>): RuleSet {
  const result = compileRuleSet([{ layer: "workspace", rules: { allow: [], deny: [], ask: [], ...rules } }]);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.ruleSet;
}

export function decideCommand(command: string, rules: RuleSet, cwd = "/w"): Verdict {
  return decide({ tool: "shell", command, cwd }, rules, context);
}

export function decideRequest(request: ToolRequest, rules: RuleSet, more: Partial<PolicyContext> = {}): Verdict {
  return decide(request, rules, { ...context, ...more });
}
