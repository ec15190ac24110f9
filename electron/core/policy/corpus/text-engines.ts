import type { Decision, RuleList } from "#shared/contract/policy.ts";

/** A stand-in for engines that decide on the text of a command; for comparison in the bench, never for deciding. */
export type TextEngine = (command: string, rules: RuleList) => Decision;

/** The whole command against the rules' beginnings, as it stands. */
export const rawPrefix: TextEngine = (command, rules) => {
  const begins = (list: readonly string[]) => list.some((rule) => command.trim().startsWith(bodyOf(rule)));
  if (begins(rules.deny)) return "deny";
  return begins(rules.allow) ? "allow" : "ask";
};

/** The command cut at `&&`, `||`, `;`, `|` and line ends with a regular expression, each piece like {@link rawPrefix}. */
export const regexSplit: TextEngine = (command, rules) => {
  const decisions = command
    .split(/&&|\|\||[;|\n]/)
    .map((piece) => piece.trim())
    .filter((piece) => piece !== "")
    .map((piece) => rawPrefix(piece, rules));
  if (decisions.includes("deny")) return "deny";
  return decisions.length > 0 && decisions.every((decision) => decision === "allow") ? "allow" : "ask";
};

function bodyOf(rule: string): string {
  return rule
    .replace(/^shell\(/, "")
    .replace(/(:\*)?\)$/, "")
    .replace(/^\*$/, "");
}
