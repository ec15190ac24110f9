import { type ParsedRule, parseRule } from "./rule-syntax.ts";

/** Rules of one generation; two are kept, and what was not used through a whole one goes. */
const maximumRules = 10_000;

/** Longer rules are read anew each time, so that what is kept stays small. */
const maximumLength = 1_000;

let young = new Map<string, ParsedRule>();
let old = new Map<string, ParsedRule>();

/** {@link parseRule}, remembered by text: rule sets that are compiled again and again share most of their rules. */
export function parsedRule(text: string): ParsedRule {
  if (text.length > maximumLength) return parseRule(text);
  const known = young.get(text);
  if (known !== undefined) return known;
  const result = old.get(text) ?? parseRule(text);
  if (young.size >= maximumRules) {
    old = young;
    young = new Map();
  }
  young.set(text, result);
  return result;
}
