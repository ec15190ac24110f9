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

/** Counts how often each rule of a set decides a part of what was recorded. */
export class UseCount {
  readonly #set: RuleSet;
  readonly #found = new Map<string, { rule: RuleReference; decided: number; lastAt: number | null }>();
  #considered = 0;

  constructor(set: RuleSet) {
    this.#set = set;
    for (const rule of set.rules) this.#found.set(keyOf(rule), { rule: referenceTo(rule), decided: 0, lastAt: null });
  }

  count({ parts }: Verdict, { at }: PastCall): void {
    this.#considered += 1;
    for (const key of new Set(parts.flatMap(({ rule }) => (rule === null ? [] : [keyOf(rule)])))) {
      const entry = this.#found.get(key);
      if (entry === undefined) continue;
      entry.decided += 1;
      entry.lastAt = Math.max(entry.lastAt ?? 0, at);
    }
  }

  /** With the rules that never can decide. */
  result(): RuleUse {
    return { considered: this.#considered, rules: [...this.#found.values()], shadowed: [...shadowedRules(this.#set.rules)] };
  }
}

function keyOf({ layer, list, text }: RuleReference): string {
  return `${layer} ${list} ${text}`;
}
