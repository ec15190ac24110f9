import type { RuleLayer, RuleList } from "#shared/contract/policy.ts";

/** Parsed rules in force: the floor, the workspace's (or the defaults), the repository's. */
export interface RuleSet {
  readonly layers: readonly { readonly layer: RuleLayer; readonly rules: RuleList }[];
  /** SHA-256 in hex over all layers in order. */
  readonly hash: string;
}

/** A rule that cannot be read, with its list, index and column (from 1). */
export interface RuleProblem {
  readonly list: "deny" | "allow" | "ask";
  readonly index: number;
  readonly column: number;
  readonly rule: string;
  readonly problem: string;
}

export type RuleSetResult =
  | { readonly ok: true; readonly ruleSet: RuleSet }
  | { readonly ok: false; readonly problems: readonly RuleProblem[] };

/** Compiles layers to a rule set; the floor is always added. One malformed rule refuses the whole. */
export declare function compileRuleSet(
  layers: readonly { readonly layer: "workspace" | "repository" | "default"; readonly rules: RuleList }[],
): RuleSetResult;

/** The default rules of SECURITY-MODEL.md, with the floor. */
export declare function defaultRuleSet(): RuleSet;
