import type { Rule } from "../rules/rule-syntax.ts";
import type { Finding, Inner } from "./finding.ts";
import type { ShellWord } from "./shell-word.ts";

/** An allow rule that already covers what an outer command runs. */
export interface Cover {
  readonly rule: Rule;
  /** Words from the start that the rule spells out; all of them for an exact rule. */
  readonly words: number;
}

/** How many words, from the first, an allow rule spells out. */
export function spelledOut(rule: Rule): number {
  const { matcher } = rule;
  if (matcher.tool !== "shell" || matcher.kind === "any") return 0;
  return matcher.kind === "exact" ? Number.POSITIVE_INFINITY : (matcher.commands[0]?.length ?? 0);
}

/** Whether a rule meets a command only by the beginning of its name (`mkfs:*` and `mkfs.ext4`): a function's name says nothing so. */
export function isForLonger({ matcher }: Rule, words: readonly ShellWord[]): boolean {
  const named = matcher.tool === "shell" ? matcher.commands[0]?.[0] : undefined;
  const name = words[0]?.text ?? "";
  return named !== undefined && named.glob === null && name !== named.text && name.startsWith(named.text);
}

/** Whether an allow rule has foreseen a finding. `isEnclosed`: a rule for exactly what encloses the command spells all of it out. */
export function isForeseen({ at, upTo }: Finding, allowed: Cover, isEnclosed: boolean): boolean {
  if (upTo !== undefined && allowed.words <= upTo) return true;
  if (at === "beside") return isEnclosed;
  return at === "never" ? allowed.words === Number.POSITIVE_INFINITY : at < allowed.words;
}

/** What of an allow rule covers what a command runs in its turn. */
export function coverFor(inner: Inner, allowed: Cover | null): Cover | null {
  if (allowed === null) return null;
  if (allowed.words === Number.POSITIVE_INFINITY) return allowed;
  if (inner.kind !== "command" || inner.at === null || allowed.words <= inner.at) return null;
  return { rule: allowed.rule, words: allowed.words - inner.at };
}
