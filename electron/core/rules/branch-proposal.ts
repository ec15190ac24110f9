import type { Hook } from "#shared/contract/hook.ts";
import type { FileAnswer, RuleList, RuleProposal } from "#shared/contract/policy.ts";
import { readRuleFile } from "../policy/rule-file.ts";
import { sha256 } from "./repository-file.ts";

/**
 * What a file on a branch would change in the one on the base branch; null when it is the same. Nothing of it is in force.
 * `answerTo`: what the person said to a file already.
 */
export function proposalOf(
  before: string | null,
  after: string | null,
  answerTo: (sha256: string) => FileAnswer = () => "none",
): RuleProposal | null {
  if (before === after) return null;
  const hash = after === null ? null : sha256(after);
  const answered = { sha256: hash, answer: hash === null ? ("none" as const) : answerTo(hash) };
  const old = before === null ? null : readRuleFile(before);
  const next = after === null ? null : readRuleFile(after);
  const from = { rules: old?.ok === true ? old.rules : empty, hooks: old?.ok === true ? old.hooks : [] };
  if (next?.ok === false)
    return {
      ...answered,
      hooks: [],
      before,
      after,
      added: null,
      removed: null,
      addedHooks: [],
      removedHooks: [],
      problems: next.problems.slice(0, 100).map((each) => ({ ...each })),
    };
  const to = next === null ? { rules: empty, hooks: [] } : { rules: next.rules, hooks: next.hooks };
  return {
    ...answered,
    hooks: [...to.hooks],
    before,
    after,
    added: without(to.rules, from.rules),
    removed: without(from.rules, to.rules),
    addedHooks: to.hooks.filter((hook) => !from.hooks.some((each) => isSame(each, hook))),
    removedHooks: from.hooks.filter(({ name }) => !to.hooks.some((each) => each.name === name)).map(({ name }) => name),
    problems: [],
  };
}

const empty: RuleList = { deny: [], allow: [], ask: [] };

function without(rules: RuleList, other: RuleList): RuleList {
  const rest = (list: keyof RuleList) => rules[list].filter((rule) => !other[list].includes(rule));
  return { deny: rest("deny"), allow: rest("allow"), ask: rest("ask") };
}

function isSame(a: Hook, b: Hook): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
