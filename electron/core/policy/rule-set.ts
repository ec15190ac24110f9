import { createHash } from "node:crypto";
import type { Hook } from "#shared/contract/hook.ts";
import type { RuleLayer, RuleList } from "#shared/contract/policy.ts";
import { defaultRules, floorRules } from "./default-rules.ts";
import { type CompiledHook, compileHook, hookId } from "./hooks.ts";
import { parsedRule } from "./rules/parsed-rules.ts";
import type { Rule } from "./rules/rule-syntax.ts";
import { ShellRules } from "./rules/shell-rules.ts";

/** Parsed rules in force: the floor, the workspace's (or the defaults), the repository's. */
export interface RuleSet {
  readonly layers: readonly {
    readonly layer: RuleLayer;
    /** Where it is written, in words. */
    readonly source: string;
    readonly rules: RuleList;
    readonly hooks: readonly Hook[];
  }[];
  /** SHA-256 in hex over all layers in order. */
  readonly hash: string;
  /** Every rule of every layer, compiled; floor first. */
  readonly rules: readonly Rule[];
  readonly shell: ShellRules;
  /** Filesystem rules that deny: they hold for what shell commands do with those paths, too. */
  readonly deniedPaths: readonly Rule[];
  readonly hooks: readonly CompiledHook[];
}

/** Rules and hooks from one place, as they are written. */
export interface WrittenLayer {
  readonly layer: "workspace" | "repository" | "default";
  readonly source?: string;
  readonly rules: RuleList;
  readonly hooks?: readonly Hook[];
}

const sources: Readonly<Record<WrittenLayer["layer"], string>> = {
  workspace: "Rules of the workspace",
  repository: "Rules of the repository",
  default: "Shipped with Gatehouse",
};

/** A rule that cannot be read, with its list, index and column (from 1). */
export interface RuleProblem {
  readonly list: "deny" | "allow" | "ask" | "hooks";
  readonly index: number;
  readonly column: number;
  readonly rule: string;
  readonly problem: string;
}

export type RuleSetResult =
  | { readonly ok: true; readonly ruleSet: RuleSet }
  | { readonly ok: false; readonly problems: readonly RuleProblem[] };

/** Compiles layers to a rule set; the floor is always added. One malformed rule refuses the whole. */
export function compileRuleSet(layers: readonly WrittenLayer[]): RuleSetResult {
  const written = layers.map(({ layer, source = sources[layer], rules, hooks = [] }) => ({ layer, source, rules, hooks }));
  const all = [{ layer: "floor" as const, source: "Built into Gatehouse", rules: floorRules, hooks: [] }, ...written];
  const rules: Rule[] = [];
  const hooks: CompiledHook[] = [];
  const problems: RuleProblem[] = [];
  for (const { layer, rules: lists } of all) {
    for (const list of ["deny", "allow", "ask"] as const) {
      for (const [index, text] of lists[list].entries()) {
        const parsed = parsedRule(text);
        if (parsed.ok) rules.push({ text: text.trim(), list, layer, matcher: parsed.matcher, conditions: parsed.conditions });
        else problems.push({ list, index, column: parsed.column, rule: text, problem: parsed.problem });
      }
    }
  }
  const names = new Set<string>();
  for (const { layer, hooks: each } of all) {
    for (const [index, hook] of each.entries()) {
      const id = hookId(hook, layer);
      const isTwice = names.has(id);
      names.add(id);
      const compiled = isTwice
        ? { ok: false as const, column: 1, problem: `There are two hooks named ${hook.name}.` }
        : compileHook(hook, layer);
      if (compiled.ok) hooks.push(compiled.hook);
      else problems.push({ list: "hooks", index, column: compiled.column, rule: hook.match, problem: compiled.problem });
    }
  }
  if (problems.length > 0) return { ok: false, problems };
  const hash = createHash("sha256").update(
    JSON.stringify(all.map(({ layer, rules: lists, hooks: each }) => [layer, lists.deny, lists.allow, lists.ask, ...each])),
  );
  return { ok: true, ruleSet: { layers: all, hash: hash.digest("hex"), ...indexed(rules), hooks } };
}

function indexed(rules: readonly Rule[]): Pick<RuleSet, "rules" | "shell" | "deniedPaths"> {
  const deniedPaths = rules.filter(({ list, matcher }) => list === "deny" && matcher.tool === "filesystem");
  return { rules, shell: new ShellRules(rules), deniedPaths };
}

/** A rule set of these rules alone, without the floor: for trying one rule. Never for deciding a run. */
export function ruleSetOf(rules: readonly Rule[]): RuleSet {
  return { layers: [], hash: "", ...indexed(rules), hooks: [] };
}

/** The default rules of SECURITY-MODEL.md, with the floor. */
export function defaultRuleSet(): RuleSet {
  const result = compileRuleSet([{ layer: "default", rules: defaultRules }]);
  if (!result.ok) throw new Error(`The default rules are malformed: ${JSON.stringify(result.problems)}`);
  return result.ruleSet;
}
