import type { ToolRequest, Verdict } from "#shared/contract/policy.ts";
import { requestKey } from "../../policy/decide.ts";
import type { Sandbox } from "../../sandbox/driver.ts";
import type { ActiveRun } from "./active-run.ts";

/** Where a repository's own commands run. */
export interface CommandPlace {
  readonly sandbox: Sandbox;
  readonly worktree: string;
}

/**
 * What the rules say to a command of `gatehouse.jsonc`. A person who adopted exactly that file has
 * allowed it; before that it is asked about even where a rule would allow it. A deny holds for both.
 */
export function judgeCommand(
  run: ActiveRun,
  place: CommandPlace,
  line: string,
  isAdopted: boolean,
): { request: ToolRequest; verdict: Verdict } {
  const { services, task } = run;
  const request: ToolRequest = { tool: "shell", command: line, cwd: place.worktree };
  const rules = services.rules(task.repositoryId);
  const verdict = services.decide(request, rules, {
    worktree: place.worktree,
    home: place.sandbox.home,
    realPath: null,
    grants: isAdopted ? new Set([requestKey(request, rules.hash)]) : services.permissions.grantsOf(run.id, task.id),
    askAnyway: isAdopted ? null : "gatehouse.jsonc is new or has changed since you adopted it.",
    now: services.clock.now(),
  });
  return { request, verdict };
}
