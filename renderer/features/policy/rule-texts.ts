import type { RuleList, RuleSuggestion } from "#shared/contract/policy.ts";

/** The three fields of the editor: one rule a line. */
export type RuleTexts = Readonly<Record<keyof RuleList, string>>;

export function textsOf(rules: RuleList): RuleTexts {
  return { deny: rules.deny.join("\n"), allow: rules.allow.join("\n"), ask: rules.ask.join("\n") };
}

/** Empty lines at the end are no rules. */
export function linesOf(text: string): string[] {
  const lines = text.split("\n");
  while (lines.at(-1)?.trim() === "") lines.pop();
  return lines;
}

/** What is written, with more rules below. */
export function withAdded(texts: RuleTexts, more: RuleList): RuleTexts {
  const of = (list: keyof RuleList) => [...linesOf(texts[list]), ...more[list]].join("\n");
  return { deny: of("deny"), allow: of("allow"), ask: of("ask") };
}

export function withSuggestion(rules: RuleList, { adds, removes }: RuleSuggestion): RuleTexts {
  const left = (list: keyof RuleList) => rules[list].filter((text) => !removes[list].includes(text));
  return withAdded(textsOf({ deny: left("deny"), allow: left("allow"), ask: left("ask") }), adds);
}
