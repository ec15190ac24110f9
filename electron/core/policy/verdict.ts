import type { Decision, Risk, RuleReference, Verdict, VerdictPart } from "#shared/contract/policy.ts";
import { noRuleMatches } from "#shared/domain/no-rule-matches.ts";
import type { Rule } from "./rules/rule-syntax.ts";

/** What the rules say, and what grants, modes and hooks have to know besides. */
export interface Judged {
  readonly verdict: Verdict;
  /** Why it may change something, in a sentence; null when it is known to read only, or a mode does not speak of it. */
  readonly mayChange: string | null;
  /** Something in it is computed when it runs and could make it what a deny rule names. */
  readonly mayBeDenied: boolean;
}

const weight: Readonly<Record<Decision, number>> = { allow: 0, ask: 1, deny: 2 };

export function stricter(a: Decision, b: Decision): Decision {
  return weight[a] >= weight[b] ? a : b;
}

export function referenceTo(rule: Rule): RuleReference {
  return { text: rule.text, list: rule.list, layer: rule.layer };
}

/** The whole is as allowed as its most restricted part. No part at all: ask. */
export function combine(
  parts: readonly VerdictPart[],
  more: { readonly risks: Iterable<Risk>; readonly wouldChange: readonly string[]; readonly ruleSetHash: string },
): Verdict {
  const worst = parts.reduce<VerdictPart | null>(
    (worst, part) => (worst === null || weight[part.decision] > weight[worst.decision] ? part : worst),
    null,
  );
  const sorted = parts.toSorted((a, b) => weight[b.decision] - weight[a.decision]);
  const decisive = sorted.filter((part) => part.decision === worst?.decision);
  return {
    decision: worst?.decision ?? "ask",
    rule: worst?.rule ?? null,
    parts: [...parts],
    reasons: tellingFirst(new Set(decisive.map((part) => part.reason))),
    wouldChange: [...new Set(more.wouldChange)],
    risks: [...new Set(more.risks)],
    ruleSetHash: more.ruleSetHash,
    derivation: [],
    hooks: [],
    rates: [],
  };
}

/** What was found about a command says more than that no rule knows it. */
function tellingFirst(reasons: ReadonlySet<string>): string[] {
  return [...reasons].toSorted((a, b) => Number(a === noRuleMatches) - Number(b === noRuleMatches));
}

/** The rule that decides among those that match: deny, then the most specific allow or ask; allow wins a tie. */
export function winner(matching: readonly Rule[]): Rule | null {
  const deny = matching.find((rule) => rule.list === "deny");
  if (deny !== undefined) return deny;
  const best = (list: Decision) =>
    matching.reduce<Rule | null>(
      (best, rule) => (rule.list === list && (best === null || rule.matcher.specificity > best.matcher.specificity) ? rule : best),
      null,
    );
  const allow = best("allow");
  const ask = best("ask");
  if (allow === null) return ask;
  return ask !== null && ask.matcher.specificity > allow.matcher.specificity ? ask : allow;
}

/** The verdict, no looser than `decision`, with why it became so. */
export function tightened(verdict: Verdict, decision: Decision, rule: RuleReference, words: string): Verdict {
  const derivation = [...verdict.derivation, { layer: rule.layer, decision, words }];
  if (weight[verdict.decision] > weight[decision]) return { ...verdict, derivation };
  if (verdict.decision === decision) return { ...verdict, reasons: [...verdict.reasons, words], derivation };
  return { ...verdict, decision, rule, reasons: [words], derivation };
}
