import type { Verdict } from "#shared/contract/policy.ts";
import type { EgressAnswer, EgressHost, EgressRequest } from "../../gateway/egress/egress-gate.ts";
import { randomId } from "../../kernel/ids.ts";
import type { HookResult } from "../../policy/hooks.ts";
import type { ActiveRun } from "./active-run.ts";
import { askInTimeline, resolutionWords } from "./ask-person.ts";
import { summarize } from "./describe-request.ts";
import { CallJudge } from "./judge-call.ts";
import { taintContext } from "./run-taint.ts";

/** Where the gateway of a run learns what its rules say, and asks the person (invariant 1). */
export class EgressDesk implements EgressHost {
  readonly #run: ActiveRun;
  readonly #place: { readonly worktree: string; readonly home: string };

  readonly #judge: CallJudge;
  /** What hooks said about a request before a person was asked. */
  readonly #said = new WeakMap<EgressRequest, readonly HookResult[]>();

  constructor(run: ActiveRun, place: { readonly worktree: string; readonly home: string }) {
    this.#run = run;
    this.#judge = new CallJudge(run, place);
    this.#place = place;
  }

  judge(request: EgressRequest): Verdict {
    const { services, task } = this.#run;
    return services.decide(request, services.egressRules(task), {
      ...this.#place,
      realPath: null,
      grants: services.permissions.grantsOf(this.#run.id, task.id),
      now: services.clock.now(),
      mode: services.store.get(task.id).mode,
      taint: taintContext(this.#run, request),
    });
  }

  async decide(request: EgressRequest, isApproved: boolean, signal: AbortSignal): Promise<Verdict> {
    const call = { callId: randomId("call"), title: summarize(request), request, realPath: null, edit: null, agentWords: null };
    const { verdict, said } = await this.#judge.judge(call, this.#said.get(request) ?? [], isApproved, signal);
    this.#said.set(request, said);
    return verdict;
  }

  async ask(request: EgressRequest, verdict: Verdict, words: string | null, signal: AbortSignal): Promise<EgressAnswer> {
    const resolution = await askInTimeline(this.#run, { request, verdict, agentWords: words }, signal);
    return { kind: resolution.kind === "allowed" ? "allowed" : "stop", words: resolutionWords(resolution) };
  }

  fail(error: unknown): void {
    this.#run.fail(error);
  }

  isUnattended(): boolean {
    return this.#run.services.store.get(this.#run.taskId).isUnattended;
  }

  notice(text: string): void {
    if (this.#run.stopReason === null) this.#run.notice(text);
  }
}
