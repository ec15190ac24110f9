import type { ToolRequest } from "#shared/contract/policy.ts";
import { escapeControls, hasHiddenCharacters } from "#shared/domain/escape-controls.ts";
import type { JudgeContext } from "./rule-tries.ts";
import type { RuleSet } from "./rule-set.ts";
import { ShellJudge } from "./shell/shell-judge.ts";
import { combine, type Judged } from "./verdict.ts";

type ShellRequest = Extract<ToolRequest, { tool: "shell" }>;

/** Decides a command on its parsed program: as allowed as its most restricted simple command. */
export function decideShell(request: ShellRequest, rules: RuleSet, context: JudgeContext, maximumParts?: number): Judged {
  const judge = new ShellJudge(rules, request.cwd, context, maximumParts);
  if (isNestedTooDeeply(request.command)) judge.giveUp(request.command, "It is nested too deeply to be judged part by part.");
  else {
    try {
      judge.judge(request.command);
    } catch (error) {
      judge.giveUp(request.command, `It could not be judged: ${error instanceof Error ? error.message : "an unknown error"}.`);
    }
  }
  if (hasHiddenCharacters(request.command))
    judge.found.doubt(request.command, "It holds characters that cannot be seen.", "hidden-characters", null);
  if (/\{\{secret:[^}]*\}\}/.test(request.command)) judge.found.risks.add("secret");
  if (judge.found.parts.length === 0) judge.found.nothing(escapeControls(request.command));
  const { parts, risks, wouldChange, mayChange, mayBeDenied } = judge.found;
  return { verdict: combine(parts, { risks, wouldChange, ruleSetHash: rules.hash }), mayChange, mayBeDenied };
}

/** Open brackets and quotes at once; the parser follows no more than 256, and reads more in quadratic time. */
const maximumNesting = 240;

/** Counts roughly, quotes or not: too high an estimate asks, it never allows. */
function isNestedTooDeeply(command: string): boolean {
  if (!/[({]/.test(command)) return false;
  let depth = 0;
  for (let at = 0; at < command.length; at += 1) {
    const code = command.charCodeAt(at);
    if (code === 0x28 || code === 0x7b) depth += 1;
    else if ((code === 0x29 || code === 0x7d) && depth > 0) depth -= 1;
    if (depth > maximumNesting) return true;
  }
  return false;
}
