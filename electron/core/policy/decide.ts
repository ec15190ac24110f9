import type { Risk, RuleReference, ToolRequest, Verdict } from "#shared/contract/policy.ts";
import type { RuleSet } from "./rule-set.ts";

/** Facts about the run that rules and risks are judged against; the decision itself is pure. */
export interface PolicyContext {
  /** Absolute folder of the worktree inside the sandbox; writes outside it are a risk and never silently allowed. */
  readonly worktree: string;
  readonly home: string;
  /** Real path of a requested path, as resolved by the caller inside the sandbox; null where unknown. */
  readonly realPath: string | null;
  /** "Allow for this run": exact requests that a person allowed earlier in this run (see `requestKey`). */
  readonly grants: ReadonlySet<string>;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** The one decision function (invariant 1). Pure: same request, rules and context, same verdict. */
export declare function decide(request: ToolRequest, rules: RuleSet, context: PolicyContext): Verdict;

/** What an answer binds to: tool, arguments, folder and rule-set hash, as a SHA-256 in hex. */
export declare function requestKey(request: ToolRequest, ruleSetHash: string): string;

export type { Risk, RuleReference };
