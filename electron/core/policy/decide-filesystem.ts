import { createHash } from "node:crypto";
import type { Risk, ToolRequest, VerdictPart } from "#shared/contract/policy.ts";
import { escapeControls, hasHiddenCharacters } from "#shared/domain/escape-controls.ts";
import type { JudgeContext } from "./rule-tries.ts";
import { verbs } from "./decide-text.ts";
import { conditionsHold } from "./rules/conditions.ts";
import { isWithin, otherReadings, resolvePath, withHome } from "./paths.ts";
import type { RuleSet } from "./rule-set.ts";
import { type FilesystemAction, mayNameBelow, namesBelow, pathMatches, pathMayMatch } from "./rules/filesystem-matcher.ts";
import { parseRule, type Rule } from "./rules/rule-syntax.ts";
import { sensitiveChange } from "#shared/domain/sensitive-paths.ts";
import { combine, type Judged, referenceTo, winner } from "./verdict.ts";

type FilesystemRequest = Extract<ToolRequest, { tool: "filesystem" }>;

/** Paths of one request, absolute and normalised. */
interface Paths {
  readonly real: string;
  readonly requested: string;
  /** What programs may take it for besides. */
  readonly others: readonly string[];
}

/** What rules speak of, in the order in which a request does it. */
const stepsOf = {
  read: ["read"],
  write: ["write"],
  delete: ["delete"],
  list: ["list"],
  search: ["list", "read"],
  move: ["read", "delete", "write"],
} as const satisfies Readonly<Record<FilesystemRequest["action"], readonly FilesystemAction[]>>;

interface Step {
  readonly request: FilesystemRequest;
  readonly action: FilesystemAction;
}

/** Decides on the real path where it is known; a deny on the path as requested, or as another program reads it, holds as well. */
export function decideFilesystem(request: FilesystemRequest, rules: RuleSet, context: JudgeContext): Judged {
  const requested = resolvePath(withHome(request.path, context.home), request.cwd);
  const real = context.realPath === null ? requested : resolvePath(context.realPath, "/");
  const others = otherReadings(request.path, context.home).map((path) => resolvePath(path, request.cwd));
  const paths: Paths = { real, requested, others };
  const steps = stepsOf[request.action].map((action): Step => ({ request, action }));
  const unclear = unclearPath(request, context);
  const judged = steps.map((step) => decideStep(step, paths, unclear, rules, context));
  const parts = judged.map(({ part }) => part);
  const changes = steps.filter(({ action }) => isChange(action)).map(({ action }) => action);
  const isInside = isWithin(real, context.worktree) && isWithin(requested, context.worktree);
  const sensitive = sensitiveIn(real, context) ?? sensitiveIn(requested, context);
  const risks: Risk[] = [];
  if (unclear === hiddenWords) risks.push("hidden-characters");
  if (!isInside) risks.push("outside-worktree");
  for (const action of changes) risks.push(action === "delete" ? "deletes" : "writes");
  if (changes.length > 0 && sensitive !== null) risks.push(sensitive.risk);
  const asked = steps.filter((_, at) => parts[at]?.decision === "ask").map(({ action }) => action);
  const isAsked = parts.every(({ decision }) => decision !== "deny") && asked.length > 0 && judged.every(({ isUnclear }) => !isUnclear);
  return {
    // An answer binds to where the path leads: a link that is moved afterwards is asked about anew.
    verdict: combine(parts, {
      risks,
      wouldChange: isAsked ? wouldAllow(asked, paths) : [],
      ruleSetHash: real === requested ? rules.hash : `${rules.hash}+${sha256(real)}`,
    }),
    mayChange: changes.length > 0 ? `It would ${request.action} ${escapeControls(request.path)}.` : null,
    mayBeDenied: false,
  };
}

/** One step by the rules; `isUnclear`: no rule can allow it. */
function decideStep(
  step: Step,
  paths: Paths,
  unclearPath: string | null,
  rules: RuleSet,
  context: JudgeContext,
): { readonly part: VerdictPart; readonly isUnclear: boolean } {
  const { action, request } = step;
  const rule = winner(rules.rules.filter((rule) => applies(rule, step, paths, context)));
  const unclear = unclearPath ?? deniedBelow(step, paths.real, rules.deniedPaths, context);
  const doubt = rule?.list !== "allow" ? null : (unclear ?? (isChange(action) ? changeDoubt(paths, rule, context) : null));
  const part: VerdictPart = {
    text: escapeControls(`${action} ${request.path}`),
    argv: [],
    decision: doubt === null ? (rule?.list ?? "ask") : "ask",
    rule: rule === null || doubt !== null ? null : referenceTo(rule),
    reason: doubt ?? (rule === null ? "No rule names this path." : `The rule ${rule.text} ${verbs[rule.list]} it.`),
    span: null,
  };
  return { part, isUnclear: unclear !== null };
}

function isChange(action: FilesystemAction): boolean {
  return action === "write" || action === "delete";
}

/** An allow must hold for the real path and the path as requested; deny and ask for any reading, and for what goes along with a folder. */
function applies(rule: Rule, { action }: Step, { real, requested, others }: Paths, context: JudgeContext): boolean {
  const { matcher, list } = rule;
  if (matcher.tool !== "filesystem") return false;
  if (matcher.action !== null && matcher.action !== action) return false;
  const paths = list === "allow" ? [real, requested] : [real, requested, ...others];
  const { pattern } = matcher;
  const isNamed =
    pattern === null ||
    (list === "allow"
      ? // Leave to change what lies in a folder is none to put something in the folder's place.
        paths.every((path) => pathMatches(pattern, path, context, isChange(action)))
      : paths.some((path) => pathMayMatch(pattern, path, context) || (action === "delete" && namesBelow(pattern, path, context))));
  return isNamed && conditionsHold(rule, { ...context, paths, command: null });
}

const hiddenWords = "The path holds characters that cannot be seen.";

/** Why it cannot be told which file it is; then nothing allows it. */
function unclearPath({ action, path }: FilesystemRequest, context: JudgeContext): string | null {
  if (hasHiddenCharacters(path) || /[\n\t]/.test(path)) return hiddenWords;
  if (path.trim() === "" && action !== "list") return "It names no path.";
  if (/\\|^[a-z]:/i.test(path)) return "The path is written as on Windows, which programs read in different ways.";
  if (/^[a-z][a-z0-9+.-]*:\/\/|^file:/i.test(path)) return "It is written as an address, not as a path.";
  if (/^~[^/]/.test(path)) return "It begins with '~', and whose home folder that means is not known.";
  return context.isPathUnclear === true ? "Where the path leads could not be found out." : null;
}

/** Why a change is asked about although a rule allows it, unless the rule spells out just that; null where nothing is special. */
function changeDoubt({ real, requested }: Paths, { matcher }: Rule, context: JudgeContext): string | null {
  const pattern = matcher.tool === "filesystem" ? matcher.pattern : null;
  const isWhole = isWithin(resolvePath(context.worktree, "/"), real);
  if (isWhole && (pattern === null || /[*?]/.test(pattern)))
    return `It would change ${escapeControls(real)}, which holds the whole worktree.`;
  const outside = [real, requested].find((path) => !isWithin(path, context.worktree));
  if (outside !== undefined && (pattern === null || pattern.startsWith("**/")))
    return `It would change ${escapeControls(outside)}, which is outside the worktree.`;
  const sensitive = sensitiveIn(real, context) ?? sensitiveIn(requested, context);
  const isSpelledOut = pattern !== null && sensitiveChange(pattern) !== null;
  return sensitive === null || isSpelledOut ? null : `It would change ${sensitive.what}.`;
}

/**
 * Why a change, a read or a search of a whole folder is asked about: a deny names something in it. A search may come across whatever a
 * pattern can name below it; a plain read or change is one of a folder only where the pattern says that it is one.
 */
function deniedBelow({ action, request }: Step, folder: string, denied: readonly Rule[], context: JudgeContext): string | null {
  if (action === "list" && request.action === "list") return null;
  const isBelow = request.action === "search" ? mayNameBelow : namesBelow;
  const rule = denied.find(
    ({ matcher }) =>
      matcher.tool === "filesystem" &&
      (matcher.action ?? action) === action &&
      matcher.pattern !== null &&
      isBelow(matcher.pattern, folder, context),
  );
  return rule === undefined ? null : `The rule ${rule.text} denies what lies in it.`;
}

/** The rules that name exactly this, where some can. */
function wouldAllow(actions: readonly FilesystemAction[], { real, requested }: Paths): readonly string[] {
  if (real !== requested) return [`A rule that names both ${escapeControls(requested)} and ${escapeControls(real)} would allow it.`];
  const rules = actions.map((action) => `filesystem(${action}:${real})`);
  if (!rules.every((rule) => parseRule(rule).ok)) return [];
  return [
    rules.length === 1 ? `A rule such as ${rules.join()} would allow it.` : `The rules ${rules.join(" and ")} together would allow it.`,
  ];
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function sensitiveIn(path: string, { worktree }: JudgeContext): ReturnType<typeof sensitiveChange> {
  return sensitiveChange(isWithin(path, worktree) ? path.slice(resolvePath(worktree, "/").length) : path);
}
