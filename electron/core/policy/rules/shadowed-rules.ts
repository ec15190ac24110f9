import type { RuleReference } from "#shared/contract/policy.ts";
import { literalWord } from "../shell/shell-word.ts";
import { baseName } from "../shell/inspect.ts";
import { NamedCommand, names } from "./match-words.ts";
import type { Rule } from "./rule-syntax.ts";

/** Every rule is looked at beside every other, up to some 1,700 rules; of more, the first ones. About a quarter of a second. */
const maximumComparisons = 3_000_000;

/** A rule that never decides, with the one that always decides before it. */
export interface ShadowedRule {
  readonly rule: RuleReference;
  readonly by: RuleReference;
  /** A sentence. */
  readonly why: string;
}

/**
 * Rules that can be left out without changing any verdict, as far as that can be told from their
 * texts: a deny stands before them, the same words are allowed, or a wider rule of their list says it.
 */
export function shadowedRules(rules: readonly Rule[]): readonly ShadowedRule[] {
  const asks = rules.filter(({ list }) => list === "ask");
  let left = maximumComparisons;
  return rules.flatMap((rule, index) => {
    if (left < 0) return [];
    const by = rules.find((other, place) => {
      left -= 1;
      return other !== rule && decidesBefore(other, place, rule, index, asks);
    });
    return by === undefined ? [] : [{ rule: reference(rule), by: reference(by), why: words(rule, by) }];
  });
}

function decidesBefore(other: Rule, place: number, rule: Rule, index: number, asks: readonly Rule[]): boolean {
  if (other.conditions.length > 0 || !covers(other, rule)) return false;
  const isSame = covers(rule, other) && rule.conditions.length === 0;
  if (other.list === "deny") return rule.list !== "deny" || !isSame || place < index;
  if (rule.list === "deny") return false;
  if (other.list === "allow" && rule.list === "ask") return isSame;
  if (other.list !== rule.list) return false;
  if (isSame) return place < index;
  // A wider allow says the same only where no ask rule comes between the two.
  return rule.list === "ask" || !asks.some((ask) => covers(ask, rule) || covers(rule, ask));
}

/** Whether everything that `narrow` names is named by `wide`. */
function covers(wide: Rule, narrow: Rule): boolean {
  const a = wide.matcher;
  const b = narrow.matcher;
  if (a.tool !== b.tool) return false;
  if (a.kind === "any") return true;
  if (b.kind === "any") return false;
  if (a.tool === "shell" && b.tool === "shell") return coversShell(wide, narrow);
  if (a.tool === "filesystem" && b.tool === "filesystem") {
    if (a.action !== null && a.action !== b.action) return false;
    return a.pattern === null || a.pattern === b.pattern;
  }
  if (a.tool === "egress" && b.tool === "egress") {
    const isOpen =
      (a.port === null || a.port === b.port) &&
      (a.method === null || a.method === b.method) &&
      (a.path === null || a.path.pattern === b.path?.pattern);
    return isOpen && (a.host.pattern === b.host.pattern || (!b.host.pattern.includes("*") && a.host.matches(b.host.pattern)));
  }
  if ("glob" in a && "glob" in b)
    return a.glob.pattern === b.glob.pattern || (!/[*?]/.test(b.glob.pattern) && a.glob.matches(b.glob.pattern));
  return false;
}

function coversShell(wide: Rule, narrow: Rule): boolean {
  const a = wide.matcher;
  const b = narrow.matcher;
  if (a.tool !== "shell" || b.tool !== "shell" || a.commands.length !== 1 || b.commands.length !== 1) return wide.text === narrow.text;
  const [from = []] = a.commands;
  const [to = []] = b.commands;
  if ([...from, ...to].some(({ glob }) => glob !== null)) return wide.text === narrow.text;
  if (a.kind === "exact" && b.kind === "prefix") return false;
  if (wide.list === "allow")
    return from.every(({ text }, index) => to[index]?.text === text) && (a.kind === "prefix" || from.length === to.length);
  const command = to.map(({ text }) => literalWord(text));
  return names(from, a.kind === "prefix", new NamedCommand(command, baseName(to[0]?.text ?? ""), "/")) === "yes";
}

function reference({ text, list, layer }: Rule): RuleReference {
  return { text, list, layer };
}

function words(rule: Rule, by: Rule): string {
  if (by.list === "deny" && rule.list !== "deny") return `It never decides: ${by.text} denies what it names.`;
  if (by.list === "allow" && rule.list === "ask") return "It never decides: an allow rule names the same words, and allow comes first.";
  return `It says nothing that ${by.text} does not say.`;
}
