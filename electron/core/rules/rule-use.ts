import type { RepositoryId } from "#shared/contract/ids.ts";
import type { RuleReference, RuleUse, ToolRequest, Verdict } from "#shared/contract/policy.ts";
import type { RuleSet } from "../policy/rule-set.ts";
import { shadowedRules } from "../policy/rules/shadowed-rules.ts";
import { referenceTo } from "../policy/verdict.ts";

/** A call of the past, however it was decided then. */
export interface PastCall {
  readonly request: ToolRequest;
  readonly at: number;
  readonly repositoryId: RepositoryId;
  readonly worktree: string | null;
}

/** Recorded calls that are judged anew to see which rules decide them. */
export const consideredCalls = 2_000;

/** How often each rule of the set decides a part of what was recorded, and which rules never can. */
export function ruleUse(set: RuleSet, calls: readonly PastCall[], judge: (call: PastCall) => Verdict): RuleUse {
  const found = new Map<string, { rule: RuleReference; decided: number; lastAt: number | null }>();
  for (const rule of set.rules) found.set(keyOf(rule), { rule: referenceTo(rule), decided: 0, lastAt: null });
  for (const call of calls) {
    const met = new Set(judge(call).parts.flatMap(({ rule }) => (rule === null ? [] : [keyOf(rule)])));
    for (const key of met) {
      const entry = found.get(key);
      if (entry === undefined) continue;
      entry.decided += 1;
      entry.lastAt = Math.max(entry.lastAt ?? 0, call.at);
    }
  }
  return { considered: calls.length, rules: [...found.values()], shadowed: [...shadowedRules(set.rules)] };
}

function keyOf({ layer, list, text }: RuleReference): string {
  return `${layer} ${list} ${text}`;
}
