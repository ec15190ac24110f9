import type { RuleReference } from "#shared/contract/policy.ts";
import { sensitiveChange } from "#shared/domain/sensitive-paths.ts";
import { decide } from "../decide.ts";
import { isLocalHost } from "../decide-egress.ts";
import { ruleSetOf } from "../rule-set.ts";
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
  let left = maximumComparisons;
  return rules.flatMap((rule, index) => {
    if (left < 0) return [];
    const by = rules.find((other, place) => {
      left -= 1;
      return other !== rule && decidesBefore(other, place, rule, index, rules);
    });
    return by === undefined ? [] : [{ rule: reference(rule), by: reference(by), why: words(rule, by) }];
  });
}

function decidesBefore(other: Rule, place: number, rule: Rule, index: number, rules: readonly Rule[]): boolean {
  if (other.conditions.length > 0 || !covers(other, rule)) return false;
  const isSame = covers(rule, other) && rule.conditions.length === 0;
  if (other.list === "deny") return rule.list !== "deny" || !isSame || place < index;
  if (rule.list === "deny") return false;
  const [wide, narrow] = [other.matcher.specificity, rule.matcher.specificity];
  const between = (list: Rule["list"], isBetween: (specificity: number) => boolean) =>
    rules.some(
      (each) =>
        each !== other &&
        each !== rule &&
        each.list === list &&
        each.matcher.tool === rule.matcher.tool &&
        isBetween(each.matcher.specificity),
    );
  // An ask knows more spellings than the allow of the same words: a wider allow would let those through.
  if (other.list === "allow" && rule.list === "ask") return isSame && !between("allow", (specificity) => specificity < narrow);
  if (other.list !== rule.list) return false;
  if (isSame) return place < index;
  // The wider one says the same only where nothing wins over it that the narrower one wins over, and where it lets as much through.
  if (rule.list === "ask") return !between("allow", (specificity) => specificity >= wide && specificity < narrow);
  return !between("ask", (specificity) => specificity > wide && specificity <= narrow) && !spellsOutMore(rule, other);
}

/** Whether the narrower allow may let through what the wider one leaves asked about: it names what is special about it. */
function spellsOutMore({ matcher }: Rule, wide: Rule): boolean {
  switch (matcher.tool) {
    case "shell": {
      const [words = []] = matcher.commands;
      // Options run and write, and what a wrapper runs is allowed by whoever names it.
      if (words.slice(1).some(({ text }) => !/^[a-z0-9][a-z0-9:._/-]*$/i.test(text))) return true;
      const command = words.map(({ text }) => text).join(" ");
      return [command, `${command} x`].some((text) => isLeftAsked(text, wide));
    }
    case "filesystem":
      return matcher.pattern !== null && (/^[~/]/.test(matcher.pattern) || sensitiveChange(matcher.pattern) !== null);
    case "egress":
      return matcher.path !== null || isLocalHost(matcher.host.pattern);
    default:
      return false;
  }
}

function isLeftAsked(command: string, wide: Rule): boolean {
  const context = { worktree: "/w", home: "/home/agent", realPath: null, grants: new Set<string>(), now: 0 };
  return decide({ tool: "shell", command, cwd: "/w" }, ruleSetOf([wide]), context).decision !== "allow";
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
