import { createHash } from "node:crypto";
import { assertNever } from "#shared/domain/assert-never.ts";
import type { Decision, HookState, Mode, RuleReference, ToolRequest, Verdict } from "#shared/contract/policy.ts";
import { noRuleMatches } from "#shared/domain/no-rule-matches.ts";
import { decideEgress } from "./decide-egress.ts";
import { decideFilesystem } from "./decide-filesystem.ts";
import { decideShell } from "./decide-shell.ts";
import { decideText, decideUnknown } from "./decide-text.ts";
import { branchTexts, oddBranch, oddSecret, oddTool, secretTexts, toolTexts } from "./judged-texts.ts";
import { hookStates, type HookResults } from "./hooks.ts";
import type { Rule } from "./rules/rule-syntax.ts";
import type { RuleSet } from "./rule-set.ts";
import { type JudgeContext, Tries } from "./rule-tries.ts";
import { noTaint, type TaintContext, tightenByTaint } from "./taint.ts";
import { type Judged, tightened } from "./verdict.ts";

/** Facts about the run that rules and risks are judged against; the decision itself is pure. */
export interface PolicyContext {
  /** Absolute folder of the worktree inside the sandbox; writes outside it are a risk and never silently allowed. */
  readonly worktree: string;
  readonly home: string;
  /** Real path of a requested path, as resolved by the caller inside the sandbox; null where unknown. */
  readonly realPath: string | null;
  /** It was looked for and cannot be told: a loop of links, or nothing can be started. Then no rule allows it. */
  readonly isPathUnclear?: boolean;
  /** "Allow for this run": exact requests that a person allowed earlier in this run (see `requestKey`). */
  readonly grants: ReadonlySet<string>;
  /** Why even what a rule allows is asked about; null or absent where nothing says so. A grant still allows it. */
  readonly askAnyway?: string | null;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** How the task may act. Left out where there is no task: as the rules say. */
  readonly mode?: Mode;
  /** Calls that a rule with a rate still lets through. Left out: nobody keeps count, and no allow with a rate holds. */
  readonly rates?: (key: string, rule: Rule) => number | null;
  /** What `tool_pre` hooks said. One that has not spoken keeps the request from being allowed. */
  readonly hooks?: HookResults;
  /** Ingredients of a leak that the run carries. Left out where the request belongs to no run. */
  readonly taint?: TaintContext;
}

/** The one decision function (invariant 1). Pure: same request, rules and context, same verdict. */
export function decide(request: ToolRequest, rules: RuleSet, context: PolicyContext): Verdict {
  const tries = new Tries(context.rates);
  const judged = judge(request, rules, { ...context, tries });
  const { rule, decision, reasons } = judged.verdict;
  let verdict: Verdict = {
    ...judged.verdict,
    derivation: [{ layer: rule?.layer ?? null, decision, words: reasons[0] ?? noRuleMatches }],
    wouldChange: withReasons(judged.verdict, tries.words),
  };
  verdict = withinRates(verdict, tries);
  verdict = inMode(verdict, judged.mayChange, context.mode ?? "auto");
  verdict = askedAnyway(verdict, context.askAnyway ?? null);
  verdict = tightenByTaint(verdict, request, context, context.taint ?? noTaint);
  if (verdict.decision === "ask" && context.grants.size > 0 && context.grants.has(requestKey(request, verdict.ruleSetHash)))
    verdict = granted(verdict);
  if (rules.hooks.length === 0 || verdict.decision === "deny") return verdict;
  return afterHooks(verdict, hookStates(rules.hooks, request, context));
}

/** Only ever tightens: an allow becomes an ask, and a deny stays one. */
function askedAnyway(verdict: Verdict, why: string | null): Verdict {
  if (why === null || verdict.decision === "deny") return verdict;
  const derivation = [...verdict.derivation, { layer: null, decision: "ask" as const, words: why }];
  const rule = verdict.decision === "allow" ? null : verdict.rule;
  const wouldChange = ["No rule can: a person has to allow it."];
  return { ...verdict, decision: "ask", rule, reasons: [why, ...verdict.reasons], derivation, wouldChange };
}

/** What an answer binds to: tool, arguments, folder and rule-set hash, as a SHA-256 in hex. */
export function requestKey(request: ToolRequest, ruleSetHash: string): string {
  const fields = Object.entries(request).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return createHash("sha256")
    .update(JSON.stringify([ruleSetHash, fields]))
    .digest("hex");
}

/** What the rules alone say. */
export function judge(request: ToolRequest, rules: RuleSet, context: JudgeContext): Judged {
  switch (request.tool) {
    case "shell":
      return decideShell(request, rules, context);
    case "filesystem":
      return decideFilesystem(request, rules, context);
    case "egress":
      return decideEgress(request, rules, context);
    case "websearch":
    case "knowledge":
      return decideText(request.tool, { full: request.query }, rules, context);
    case "secret":
      return decideText("secret", secretTexts(request), rules, context, oddSecret(request, rules));
    case "git":
      return decideText("git", branchTexts(request), rules, context, oddBranch(request.branch));
    case "mcp":
      return decideText("mcp", toolTexts(request), rules, context, oddTool(request));
    case "unknown":
      return decideUnknown(request.title, rules);
    default:
      return assertNever(request);
  }
}

/** One call can use a rule more often than its rate still lets through. */
function withinRates(verdict: Verdict, tries: Tries): Verdict {
  const rates = [...tries.states(verdict)];
  if (rates.length === 0) return verdict;
  const counted = { ...verdict, rates };
  const over = rates.find(({ rule, uses, left }) => rule.list === "allow" && uses > left);
  if (over !== undefined && verdict.decision === "allow") {
    const words = `The rate of ${over.rule.text} lets ${over.left} more through, and this needs ${over.uses}.`;
    return tightened(counted, "ask", { ...over.rule, layer: "rate" }, words);
  }
  const empty = rates.find(({ rule, left }) => rule.list === "allow" && left < 1);
  return empty === undefined || verdict.decision !== "ask"
    ? counted
    : { ...counted, wouldChange: [...counted.wouldChange, `The rate of ${empty.rule.text} is used up; later it would allow it.`] };
}

function inMode(verdict: Verdict, mayChange: string | null, mode: Mode): Verdict {
  if (mode === "auto" || mayChange === null || verdict.decision === "deny") return verdict;
  switch (mode) {
    case "plan": {
      const rule: RuleReference = { text: "plan mode", list: "deny", layer: "mode" };
      const denied = tightened(verdict, "deny", rule, `The task only plans, and nothing that may change something runs. ${mayChange}`);
      return { ...denied, wouldChange: ["In another mode of the task the rules would decide it."] };
    }
    case "ask": {
      if (verdict.decision === "ask") return verdict;
      const rule: RuleReference = { text: "ask mode", list: "ask", layer: "mode" };
      const asked = tightened(verdict, "ask", rule, `The task asks before whatever may change something. ${mayChange}`);
      return { ...asked, wouldChange: ["In auto mode the rules would allow it."] };
    }
    default:
      return assertNever(mode);
  }
}

function granted(verdict: Verdict): Verdict {
  const rule: RuleReference = { text: "allowed for this run", list: "allow", layer: "grant" };
  const words = "A person allowed exactly this for the rest of the run.";
  return {
    ...verdict,
    decision: "allow",
    rule,
    reasons: [words, ...verdict.reasons],
    derivation: [...verdict.derivation, { layer: "grant", decision: "allow", words }],
  };
}

/** Hooks only tighten: a refusal or a failure denies, a wish to ask or silence asks. */
function afterHooks(verdict: Verdict, hooks: readonly HookState[]): Verdict {
  const known = { ...verdict, hooks: [...hooks] };
  const worst = hooks.find(({ state }) => state === "refused" || state === "failed") ?? hooks.find(({ state }) => state === "asked");
  if (worst !== undefined) {
    const decision: Decision = worst.state === "asked" ? "ask" : "deny";
    return tightened(known, decision, { text: `hook ${worst.name}`, list: decision, layer: "hook" }, worst.words);
  }
  const due = hooks.find(({ state }) => state === "due");
  if (due === undefined) return known;
  return tightened(known, "ask", { text: `hook ${due.name}`, list: "ask", layer: "hook" }, due.words);
}

/** What would have changed the verdict; every verdict says at least one thing. */
function withReasons({ decision, rule, wouldChange }: Verdict, idle: readonly string[]): string[] {
  const known = [...idle, ...wouldChange];
  if (known.length > 0) return known;
  if (decision === "deny" && rule !== null)
    return [
      rule.layer === "floor"
        ? "Nothing: no rule can drop what is built in."
        : `Without the ${rule.layer} rule deny ${rule.text} the others would decide it.`,
    ];
  if (decision === "allow" && rule !== null)
    return [`Without the ${rule.layer} rule allow ${rule.text}, or with a deny rule that names it, it would not be allowed.`];
  if (decision === "ask" && rule !== null) return [`An allow rule as specific as ${rule.text} would allow it.`];
  return [decision === "ask" ? "No rule can: it is asked about whatever the rules say." : "A deny rule that names it would deny it."];
}
