import type { TimelineEntry } from "#shared/contract/task.ts";
import type { Verdict } from "#shared/contract/policy.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import type { EgressAnswer, EgressHost, EgressRequest } from "../../gateway/egress/egress-gate.ts";
import { randomId } from "../../kernel/ids.ts";
import type { Resolution } from "../../permissions/permissions.ts";
import type { HookResult } from "../../policy/hooks.ts";
import type { ActiveRun } from "./active-run.ts";
import { taintContext } from "./run-taint.ts";
import { shortened, shortenedVerdict, summarize } from "./describe-request.ts";
import { CallJudge } from "./judge-call.ts";

type CallEntry = Extract<TimelineEntry, { kind: "call" }>;

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
    const { services, task } = this.#run;
    const entryId = randomId("e");
    const show = (how: Pick<CallEntry, "decision" | "decidedBy" | "status">) =>
      this.#run.timeline.put({
        ...{ id: entryId, at: this.#run.timeline.find(entryId)?.at ?? services.clock.now(), kind: "call", title: summarize(request) },
        ...{ request: shortened(request), verdict: shortenedVerdict(verdict), durationMs: null, terminalId: null, diff: null },
        ...how,
      });
    show({ decision: "waiting", decidedBy: "you are asked", status: "pending" });
    this.#run.activity(`Waiting for you: ${summarize(request)}`);
    const resolution = await services.permissions.ask(
      {
        taskId: task.id,
        runId: this.#run.id,
        repositoryId: task.repositoryId,
        taskTitle: task.title,
        repositoryName: services.repository(task.repositoryId).name,
        agentName: services.agents.profile(task.agentId).name,
        request,
        verdict,
        edit: null,
        agentWords: words,
        expiresInMs: services.settings().promptExpirySeconds * 1_000,
      },
      AbortSignal.any([signal, this.#run.signal]),
    );
    const answer = this.#answerOf(request, resolution);
    const isAllowed = answer.kind === "allowed";
    show({ decision: isAllowed ? "allow" : "deny", decidedBy: answer.words, status: isAllowed ? "completed" : "refused" });
    return answer;
  }

  fail(error: unknown): void {
    this.#run.fail(error);
  }

  notice(text: string): void {
    if (this.#run.stopReason === null) this.#run.notice(text);
  }

  /** As for any call: a denial or an expiry ends the run (invariant 6). */
  #answerOf(request: EgressRequest, resolution: Resolution): EgressAnswer {
    const summary = summarize(request);
    const requestId = resolution.request.id;
    switch (resolution.kind) {
      case "allowed": {
        const { status } = resolution.request;
        return { kind: "allowed", words: `${status.status === "answered" ? status.by : "a person"} allowed it` };
      }
      case "denied":
        this.#run.stop({ kind: "denied", requestId, summary });
        return { kind: "stop", words: "a person denied it" };
      case "expired":
        this.#run.stop({ kind: "expired", requestId, summary });
        return { kind: "stop", words: "nobody answered in time" };
      case "withdrawn":
        return { kind: "stop", words: "the client or the run ended before anyone answered" };
      default:
        return assertNever(resolution);
    }
  }
}
