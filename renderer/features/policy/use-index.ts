import type { RuleReference, RuleUse } from "#shared/contract/policy.ts";

/** What is known of each rule, to be found without looking through all of them. */
export interface UseIndex {
  readonly considered: number;
  readonly shadowed: ReadonlyMap<string, RuleUse["shadowed"][number]>;
  readonly rules: ReadonlyMap<string, RuleUse["rules"][number]>;
}

export function indexUse(use: RuleUse): UseIndex {
  return {
    considered: use.considered,
    shadowed: new Map(use.shadowed.map((each) => [keyOf(each.rule), each])),
    rules: new Map(use.rules.map((each) => [keyOf(each.rule), each])),
  };
}

export function keyOf({ layer, list, text }: RuleReference): string {
  return `${layer} ${list} ${text}`;
}
