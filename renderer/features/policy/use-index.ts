import type { RuleReference, RuleUse } from "#shared/contract/policy.ts";

/** What is known of each rule, to be found without looking through all of them. */
export interface UseIndex {
  readonly considered: number;
  /** Rules of the defaults that the floor has word for word: nothing to look into. */
  readonly repeated: ReadonlySet<string>;
  readonly shadowed: ReadonlyMap<string, RuleUse["shadowed"][number]>;
  readonly rules: ReadonlyMap<string, RuleUse["rules"][number]>;
}

export function indexUse(use: RuleUse): UseIndex {
  const repeats = ({ rule, by }: RuleUse["shadowed"][number]) => by.layer === "floor" && by.text === rule.text;
  return {
    considered: use.considered,
    repeated: new Set(use.shadowed.filter(repeats).map(({ rule }) => keyOf(rule))),
    shadowed: new Map(use.shadowed.filter((each) => !repeats(each)).map((each) => [keyOf(each.rule), each])),
    rules: new Map(use.rules.map((each) => [keyOf(each.rule), each])),
  };
}

export function keyOf({ layer, list, text }: RuleReference): string {
  return `${layer} ${list} ${text}`;
}
