import { createHash } from "node:crypto";
import type { RuleLayer, RuleList } from "#shared/contract/policy.ts";
import { defaultRules, floorRules } from "./default-rules.ts";
import { parseRule, type Rule } from "./rules/rule-syntax.ts";
import { ShellRules } from "./rules/shell-rules.ts";

/** Parsed rules in force: the floor, the workspace's (or the defaults), the repository's. */
export interface RuleSet {
  readonly layers: readonly { readonly layer: RuleLayer; readonly rules: RuleList }[];
  /** SHA-256 in hex over all layers in order. */
  readonly hash: string;
  /** Every rule of every layer, compiled; floor first. */
  readonly rules: readonly Rule[];
  readonly shell: ShellRules;
  /** Filesystem rules that deny: they hold for what shell commands do with those paths, too. */
  readonly deniedPaths: readonly Rule[];
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
export function compileRuleSet(
  layers: readonly { readonly layer: "workspace" | "repository" | "default"; readonly rules: RuleList }[],
): RuleSetResult {
  const all = [{ layer: "floor" as const, rules: floorRules }, ...layers];
  const rules: Rule[] = [];
  const problems: RuleProblem[] = [];
  for (const { layer, rules: lists } of all) {
    for (const list of ["deny", "allow", "ask"] as const) {
      for (const [index, text] of lists[list].entries()) {
        const parsed = parseRule(text);
        if (parsed.ok) rules.push({ text: text.trim(), list, layer, matcher: parsed.matcher, conditions: parsed.conditions });
        else problems.push({ list, index, column: parsed.column, rule: text, problem: parsed.problem });
      }
    }
  }
  if (problems.length > 0) return { ok: false, problems };
  const hash = createHash("sha256").update(
    JSON.stringify(all.map(({ layer, rules: lists }) => [layer, lists.deny, lists.allow, lists.ask])),
  );
  return { ok: true, ruleSet: { layers: all, hash: hash.digest("hex"), ...indexed(rules) } };
}

function indexed(rules: readonly Rule[]): Pick<RuleSet, "rules" | "shell" | "deniedPaths"> {
  const deniedPaths = rules.filter(({ list, matcher }) => list === "deny" && matcher.tool === "filesystem");
  return { rules, shell: new ShellRules(rules), deniedPaths };
}

/** A rule set of these rules alone, without the floor: for trying one rule. Never for deciding a run. */
export function ruleSetOf(rules: readonly Rule[]): RuleSet {
  return { layers: [], hash: "", ...indexed(rules) };
}

/** The default rules of SECURITY-MODEL.md, with the floor. */
export function defaultRuleSet(): RuleSet {
  const result = compileRuleSet([{ layer: "default", rules: defaultRules }]);
  if (!result.ok) throw new Error(`The default rules are malformed: ${JSON.stringify(result.problems)}`);
  return result.ruleSet;
}
