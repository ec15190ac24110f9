import type { Mode, RuleReference, Verdict } from "#shared/contract/policy.ts";
import type { AgentCall } from "../../agents/agent-session.ts";
import { type PolicyContext, requestKey } from "../../policy/decide.ts";
import type { HookResult } from "../../policy/hooks.ts";
import type { HookedCall, HookedResult } from "../../rules/hook-runner.ts";
import type { ActiveRun } from "./active-run.ts";
import { joinTaint, taintContext } from "./run-taint.ts";

/** A verdict with what hooks said on the way to it. */
export interface JudgedCall {
  readonly verdict: Verdict;
  readonly said: readonly HookResult[];
  /** The mode of the task by then. */
  readonly mode: Mode;
}

/** How often hooks are asked anew because the rules changed meanwhile. */
const maximumRounds = 3;

/** Brings the calls of one run to the one decision function, with all that it has to know: mode, grants, rates, hooks. */
export class CallJudge {
  readonly #run: ActiveRun;
  readonly #place: { readonly worktree: string; readonly home: string };

  constructor(run: ActiveRun, place: { readonly worktree: string; readonly home: string }) {
    this.#run = run;
    this.#place = place;
  }

  /**
   * Decides, runs the `tool_pre` hooks that have to be heard, and decides again. What the verdict uses of a rate is used up
   * at once if the call goes on: because it is allowed, or because a person `approved` it. `said`: by hooks about this call before.
   */
  async judge(call: AgentCall, said: readonly HookResult[], isApproved: boolean, signal: AbortSignal): Promise<JudgedCall> {
    const { services, task } = this.#run;
    const heard = [...said];
    for (let round = 1; ; round += 1) {
      const rules = call.request.tool === "egress" ? services.egressRules(task) : services.rules(task.repositoryId);
      const verdict = services.decide(call.request, rules, { ...this.#context(call), hooks: heard });
      const due = new Set(verdict.hooks.filter(({ state }) => state === "due").map(({ name }) => name));
      const isOver = due.size === 0 || verdict.decision === "deny" || round > maximumRounds;
      if (isOver) {
        if (verdict.decision === "allow" || (isApproved && verdict.decision === "ask")) {
          services.rates.take(task.repositoryId, verdict.rates);
          await this.happened(call, verdict.decision === "allow" ? verdict.rule : null);
        }
        return { verdict, said: heard, mode: services.store.get(task.id).mode };
      }
      const hooks = rules.hooks.filter(({ id }) => due.has(id));
      heard.push(...(await services.hooks.before(hooks, this.#hooked(call), AbortSignal.any([signal, this.#run.signal]))));
    }
  }

  /** Whether a call would be decided by the same rules, mode and grant now: they may have been changed or revoked since. */
  stillHolds({ request }: AgentCall, { verdict, mode }: Pick<JudgedCall, "verdict" | "mode">): boolean {
    const { services, task } = this.#run;
    const { hash } = services.rules(task.repositoryId);
    if (verdict.ruleSetHash !== hash && !verdict.ruleSetHash.startsWith(`${hash}+`)) return false;
    if (services.store.get(task.id).mode !== mode) return false;
    const isGranted = verdict.rule?.layer === "grant";
    return !isGranted || services.permissions.grantsOf(this.#run.id, task.id).has(requestKey(request, verdict.ruleSetHash));
  }

  /** What the call brings into its run, whether it was decided or ran unasked. */
  async happened(call: AgentCall, allowedBy: RuleReference | null): Promise<void> {
    await joinTaint(this.#run, call.request, { ...this.#place, realPath: call.realPath }, allowedBy);
  }

  /** Lets `tool_post` hooks know how a call ended. */
  after(call: AgentCall, result: HookedResult): void {
    const { services, task } = this.#run;
    const { hooks } = services.rules(task.repositoryId);
    if (hooks.length > 0) services.hooks.after(hooks, this.#context(call), this.#hooked(call), result);
  }

  #context(call: AgentCall): PolicyContext {
    const { services, task } = this.#run;
    return {
      ...this.#place,
      realPath: call.realPath,
      isPathUnclear: call.request.tool === "filesystem" && call.realPath === null,
      grants: services.permissions.grantsOf(this.#run.id, task.id),
      now: services.clock.now(),
      mode: services.store.get(task.id).mode,
      taint: taintContext(this.#run, call.request),
      rates: (key, rule) => services.rates.left(task.repositoryId, key, rule),
    };
  }

  #hooked({ request }: AgentCall): HookedCall {
    const { services, task } = this.#run;
    return {
      taskId: task.id,
      runId: this.#run.id,
      taskTitle: task.title,
      repositoryName: services.repository(task.repositoryId).name,
      agentName: services.agents.profile(task.agentId).name,
      request,
    };
  }
}
