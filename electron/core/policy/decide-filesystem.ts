import type { Risk, ToolRequest, VerdictPart } from "#shared/contract/policy.ts";
import { escapeControls, hasHiddenCharacters } from "#shared/domain/escape-controls.ts";
import type { JudgeContext } from "./rule-tries.ts";
import { verbs } from "./decide-text.ts";
import { conditionsHold } from "./rules/conditions.ts";
import { isWithin, resolvePath, withHome } from "./paths.ts";
import type { RuleSet } from "./rule-set.ts";
import { pathMatches, pathMayMatch } from "./rules/filesystem-matcher.ts";
import type { Rule } from "./rules/rule-syntax.ts";
import { sensitiveChange } from "#shared/domain/sensitive-paths.ts";
import { combine, type Judged, referenceTo, winner } from "./verdict.ts";

type FilesystemRequest = Extract<ToolRequest, { tool: "filesystem" }>;

/** Decides on the real path where it is known; a deny on the path as requested holds as well. */
export function decideFilesystem(request: FilesystemRequest, rules: RuleSet, context: JudgeContext): Judged {
  const requested = resolvePath(withHome(request.path, context.home), request.cwd);
  const real = context.realPath === null ? requested : resolvePath(context.realPath, "/");
  const changes = request.action === "write" || request.action === "delete";
  const rule = winner(
    rules.rules.filter(
      (rule) =>
        applies(rule, request, [real, requested], context) && conditionsHold(rule, { ...context, paths: [real, requested], command: null }),
    ),
  );
  const risks: Risk[] = [];
  const doubts: string[] = [];
  const isInside = isWithin(real, context.worktree) && isWithin(requested, context.worktree);
  const sensitive = sensitiveChange(isInside ? real.slice(context.worktree.replace(/\/+$/, "").length) : real);
  if (hasHiddenCharacters(request.path) || /[\n\t]/.test(request.path)) {
    risks.push("hidden-characters");
    doubts.push("The path holds characters that cannot be seen.");
  }
  if (!isInside) risks.push("outside-worktree");
  if (changes) risks.push(request.action === "delete" ? "deletes" : "writes");
  if (changes && !isInside) doubts.push(`It would change ${escapeControls(real)}, which is outside the worktree.`);
  if (changes && sensitive !== null) {
    risks.push(sensitive.risk);
    doubts.push(`It would change ${sensitive.what}.`);
  }
  const isNamed =
    rule !== null &&
    rule.matcher.tool === "filesystem" &&
    rule.matcher.pattern !== null &&
    doubts.length > 0 &&
    !risks.includes("hidden-characters");
  const doubt = rule?.list === "allow" && !isNamed ? doubts[0] : undefined;
  const part: VerdictPart = {
    text: escapeControls(`${request.action} ${request.path}`),
    argv: [],
    decision: doubt === undefined ? (rule?.list ?? "ask") : "ask",
    rule: rule === null || doubt !== undefined ? null : referenceTo(rule),
    reason: doubt ?? (rule === null ? "No rule names this path." : `The rule ${rule.text} ${verbs[rule.list]} it.`),
    span: null,
  };
  const wouldChange =
    part.decision === "ask" ? [`A rule such as filesystem(${request.action}:${escapeControls(real)}) would allow it.`] : [];
  return {
    verdict: combine([part], { risks, wouldChange, ruleSetHash: rules.hash }),
    mayChange: changes ? `It would ${request.action} ${escapeControls(request.path)}.` : null,
    mayBeDenied: false,
  };
}

/** An allow must hold for the real path and the path as requested; deny and ask for either. */
function applies(rule: Rule, request: FilesystemRequest, paths: readonly [string, string], context: JudgeContext): boolean {
  const { matcher } = rule;
  if (matcher.tool !== "filesystem") return false;
  if (matcher.action !== null && matcher.action !== request.action) return false;
  const { pattern } = matcher;
  if (pattern === null) return true;
  // Leave to change what lies in a folder is none to put something in the folder's place.
  const isChange = request.action === "write" || request.action === "delete";
  if (rule.list === "allow") return paths.every((path) => pathMatches(pattern, path, context, isChange));
  return paths.some((path) => pathMayMatch(pattern, path, context));
}
