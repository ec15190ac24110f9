import type { RateState, Verdict } from "#shared/contract/policy.ts";
import type { PolicyContext } from "./decide.ts";
import type { Condition, RuleTries } from "./rules/conditions.ts";
import type { Rule } from "./rules/rule-syntax.ts";
import { referenceTo } from "./verdict.ts";

/** The context of one decision, with what is learned of rules meanwhile. */
export type JudgeContext = PolicyContext & { readonly tries: RuleTries };

/** Names the bucket of a rule with a rate. */
export function rateKey({ layer, list, text }: Rule): string {
  return `${layer} ${list} ${text}`;
}

/** Sentences about conditions that one verdict carries. */
const maximumIdle = 5;

/** Rules of one decision whose rate or other conditions were looked at. */
export class Tries implements RuleTries {
  readonly #lefts: PolicyContext["rates"];
  readonly #rated = new Map<string, Rule>();
  readonly #idle = new Set<string>();

  constructor(lefts: PolicyContext["rates"]) {
    this.#lefts = lefts;
  }

  left(rule: Rule): number | null {
    return this.#lefts?.(rateKey(rule), rule) ?? null;
  }

  rated(rule: Rule): void {
    this.#rated.set(rateKey(rule), rule);
  }

  idle(rule: Rule, condition: Condition): void {
    if (this.#idle.size < maximumIdle)
      this.#idle.add(`The rule ${rule.text} names it, but its condition ${condition.kind} does not hold now.`);
  }

  get words(): readonly string[] {
    return [...this.#idle];
  }

  /** What the verdict would use of each rate, if it allows: each part that a rule allows, and one call for a limit that is not reached. */
  states({ parts }: Verdict): readonly RateState[] {
    return [...this.#rated].flatMap(([key, rule]): RateState[] => {
      const isOwn = (each: Verdict["rule"]) => each?.text === rule.text && each.list === rule.list && each.layer === rule.layer;
      const left = this.left(rule) ?? 0;
      const uses = rule.list === "allow" ? parts.filter((part) => isOwn(part.rule)).length : 1;
      const isIdle = uses === 0 && left >= 1;
      return isIdle ? [] : [{ rule: referenceTo(rule), key, uses, left: Math.max(0, Math.floor(left)) }];
    });
  }
}
