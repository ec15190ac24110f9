import { forEachChild, parse, type Command, type Redirection, type SyntaxNode } from "unbash";
import type { Risk, ToolRequest, Verdict, VerdictPart } from "#shared/contract/policy.ts";
import { escapeControls, hasHiddenCharacters } from "#shared/domain/escape-controls.ts";
import type { PolicyContext } from "./decide.ts";
import { verbs } from "./decide-text.ts";
import type { RuleSet } from "./rule-set.ts";
import type { Rule } from "./rules/rule-syntax.ts";
import { dequote, type ShellWord } from "./shell/shell-word.ts";
import { combine, referenceTo, winner } from "./verdict.ts";

type ShellRequest = Extract<ToolRequest, { tool: "shell" }>;

/** Decides a command on its parsed program: as allowed as its most restricted simple command. */
export function decideShell(request: ShellRequest, rules: RuleSet, _context: PolicyContext): Verdict {
  const parts: VerdictPart[] = [];
  const risks = new Set<Risk>();
  const program = parse(request.command);
  const visit = (node: SyntaxNode): void => {
    if (node.type === "Command") parts.push(judge(node, request.command, rules));
    if (node.type === "Script" && (node.errors?.length ?? 0) > 0) {
      risks.add("unparsable");
      parts.push(doubt(request.command, "The shell would not understand it."));
    }
    forEachChild(node, visit);
  };
  visit(program);
  if (hasHiddenCharacters(request.command)) {
    risks.add("hidden-characters");
    parts.push(doubt(request.command, "It holds characters that cannot be seen."));
  }
  return combine(parts, { risks, wouldChange: [], ruleSetHash: rules.hash });
}

function judge(command: Command, source: string, rules: RuleSet): VerdictPart {
  const words = [command.name, ...command.args].flatMap((word) => (word?.type === "Word" ? [dequote(word)] : []));
  const argv = words.map((word) => word.text);
  const base = {
    text: escapeControls(source.slice(command.pos, command.end)),
    argv,
    span: [command.pos, command.end] satisfies [number, number],
  };
  const rule = winner(rules.rules.filter((rule) => matches(rule, words)));
  if (rule?.list === "deny") return { ...base, decision: "deny", rule: referenceTo(rule), reason: `The rule ${rule.text} denies it.` };
  if (argv[0] === null) return { ...base, decision: "ask", rule: null, reason: "The command's name is computed when it runs." };
  if (command.redirects.some(writes)) return { ...base, decision: "ask", rule: null, reason: "It writes a file by redirection." };
  if (rule === null) return { ...base, decision: "ask", rule: null, reason: "No rule matches it." };
  return { ...base, decision: rule.list, rule: referenceTo(rule), reason: `The rule ${rule.text} ${verbs[rule.list]} it.` };
}

function matches(rule: Rule, words: readonly ShellWord[]): boolean {
  const { matcher } = rule;
  if (matcher.tool !== "shell") return false;
  if (matcher.kind === "any") return true;
  if (matcher.program !== null || words.length < matcher.words.length) return false;
  if (matcher.kind === "exact" && words.length !== matcher.words.length) return false;
  return matcher.words.every((expected, index) => {
    const text = words[index]?.text ?? null;
    if (text === expected) return true;
    const isLast = index === matcher.words.length - 1;
    return rule.list !== "allow" && matcher.kind === "prefix" && isLast && text !== null && text.startsWith(expected);
  });
}

function writes(redirect: Redirection): boolean {
  if (redirect.type !== "Redirect" || redirect.operator === "<") return false;
  const target = redirect.target === undefined ? null : dequote(redirect.target).text;
  if (target === "/dev/null") return false;
  return !((redirect.operator === ">&" || redirect.operator === "<&") && target !== null && /^(\d+-?|-)$/.test(target));
}

function doubt(source: string, reason: string): VerdictPart {
  return { text: escapeControls(source), argv: [], decision: "ask", rule: null, reason, span: null };
}
