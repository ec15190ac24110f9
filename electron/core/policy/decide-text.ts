import type { Risk, VerdictPart } from "#shared/contract/policy.ts";
import { escapeControls, hasHiddenCharacters } from "#shared/domain/escape-controls.ts";
import { noRuleMatches } from "#shared/domain/no-rule-matches.ts";
import type { JudgeContext } from "./rule-tries.ts";
import { conditionsHold } from "./rules/conditions.ts";
import type { JudgedTexts } from "./judged-texts.ts";
import type { RuleSet } from "./rule-set.ts";
import { parseRule } from "./rules/rule-syntax.ts";
import { type TextMatcher, textMatches } from "./rules/text-matcher.ts";
import { combine, type Judged, referenceTo, winner } from "./verdict.ts";

/** Decides a request that is one text. What is `odd` about it keeps it from being allowed. */
export function decideText(
  tool: TextMatcher["tool"],
  { full: subject, short = subject, loose = [], carriesSecret = tool === "secret" }: JudgedTexts,
  rules: RuleSet,
  context: JudgeContext,
  odd: string | null = null,
): Judged {
  const facts = { ...context, paths: [], command: null };
  const matching = rules.rules.filter(
    (rule) =>
      rule.matcher.tool === tool &&
      namesOne(rule.matcher, rule.list, [subject, short, ...(rule.list === "allow" ? [] : loose)]) &&
      conditionsHold(rule, facts),
  );
  const rule = winner(matching);
  const isHidden = hasHiddenCharacters(subject) || (tool !== "websearch" && tool !== "knowledge" && /[\n\t]/.test(subject));
  const decision = rule?.list ?? "ask";
  const doubt = isHidden ? "It holds characters that cannot be seen." : odd;
  const isAsked = doubt !== null && decision === "allow";
  const part: VerdictPart = {
    text: escapeControls(subject),
    argv: [],
    decision: isAsked ? "ask" : decision,
    rule: isAsked || rule === null ? null : referenceTo(rule),
    reason: isAsked ? doubt : rule === null ? noRuleMatches : `The rule ${rule.text} ${verbs[rule.list]} it.`,
    span: null,
  };
  const risks: Risk[] = isHidden ? ["hidden-characters"] : [];
  if (carriesSecret) risks.push("secret");
  if (tool === "websearch") risks.push("network");
  const own = `${tool}(${short})`;
  const wouldChange = rule === null && doubt === null && parseRule(own).ok ? [`A rule such as ${own} would decide it.`] : [];
  return {
    verdict: combine([part], { risks, wouldChange, ruleSetHash: rules.hash }),
    mayChange: tool === "mcp" ? "What a tool of a server does is not known." : null,
    mayBeDenied: false,
  };
}

function namesOne(matcher: TextMatcher, list: VerdictPart["decision"], texts: readonly string[]): boolean {
  return texts.some((text) => textMatches(matcher, list, text));
}

/** A call of a kind that no rule can name is always asked. */
export function decideUnknown(title: string, rules: RuleSet): Judged {
  const part: VerdictPart = {
    text: escapeControls(title),
    argv: [],
    decision: "ask",
    rule: null,
    reason: "Gatehouse does not know this kind of tool call.",
    span: null,
  };
  const risks: Risk[] = hasHiddenCharacters(title) ? ["hidden-characters"] : [];
  return {
    verdict: combine([part], { risks, wouldChange: [], ruleSetHash: rules.hash }),
    mayChange: "Gatehouse does not know this kind of tool call.",
    mayBeDenied: false,
  };
}

export const verbs = { allow: "allows", ask: "asks about", deny: "denies" } as const;
