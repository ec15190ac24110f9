import type { Actor } from "#shared/contract/audit.ts";
import type { TimelineEntry } from "#shared/contract/task.ts";
import type { Verdict } from "#shared/contract/policy.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import type { AgentCall, CallDecision } from "../../agents/agent-session.ts";
import type { OpenIntent } from "../../audit/audit-log.ts";
import type { GrantScope, Resolution } from "../../permissions/permissions.ts";
import type { ActiveRun } from "./active-run.ts";
import { askPerson, resolutionWords } from "./ask-person.ts";
import { CallJudge, type JudgedCall } from "./judge-call.ts";
import { editSize } from "./edit-size.ts";
import { auditDetail, decidedByRule, shortened, shortenedVerdict, summarize } from "./describe-request.ts";

/** Calls that rules refused one after another before the run stops: the agent is trying doors. */
export const maximumDenialsInARow = 10;

/** How often a call is decided anew because what allowed it was taken back before it could begin. */
const maximumRounds = 5;

type CallEntry = Extract<TimelineEntry, { kind: "call" }>;
/** One request of a call that is under way. */
interface OpenRequest {
  readonly intent: OpenIntent;
  readonly call: AgentCall;
  readonly decidedBy: string;
}

type EndedResolution = Exclude<Resolution, { kind: "allowed" }>;

/** Where the calls of one run are decided, asked about, audited and shown. */
export class CallGate {
  readonly #run: ActiveRun;
  readonly #judge: CallJudge;
  readonly #agent: Actor;
  /** Calls that were allowed and have not ended: their intents, and when they began (monotonic). */
  readonly #open = new Map<string, { readonly requests: OpenRequest[]; startedAt: number; readonly entryId: string }>();
  readonly #entryIds = new Map<string, string>();
  readonly #writes = new Set<Promise<unknown>>();
  #denialsInARow = 0;
  /** An agent without a gate starts only where a person takes it that it runs unasked; its calls are counted and kept on record. */
  readonly #mayRunUnasked: boolean;

  constructor(run: ActiveRun, place: { readonly worktree: string; readonly home: string }) {
    this.#run = run;
    this.#mayRunUnasked = run.services.agents.profile(run.task.agentId).gate.level === "none";
    this.#judge = new CallJudge(run, place);
    this.#agent = { kind: "agent", runId: run.id };
  }

  /** Never throws: whatever goes wrong ends the run, and nothing is allowed (invariant 5). */
  async decide(call: AgentCall, signal: AbortSignal): Promise<CallDecision> {
    try {
      this.#run.throwIfStopped();
      return await this.#decide(call, signal);
    } catch (error) {
      this.#run.fail(error);
      return "stop";
    }
  }

  unasked(call: AgentCall, isKnownSilentRead: boolean): void {
    const words = summarize(call.request);
    this.#show(call, {
      decision: "unasked",
      decidedBy: isKnownSilentRead ? "a call that this agent is known not to ask about" : "nobody was asked",
      status: "running",
    });
    this.#later(async () => {
      this.#run.services.board.show(this.#run.services.store.countUnaskedCall(this.#run.taskId));
      await this.#run.services.audit.note({
        verb: "tool.unasked",
        actor: this.#agent,
        taskId: this.#run.taskId,
        runId: this.#run.id,
        detail: { ...auditDetail(call.request), knownSilentRead: isKnownSilentRead },
      });
    });
    this.#later(async () => await this.#judge.happened(call, null));
    if (!isKnownSilentRead && !this.#mayRunUnasked) this.#run.stop({ kind: "ungated-call", summary: words });
  }

  callStarted(callId: string, terminalId: string | null): void {
    const open = this.#open.get(callId);
    if (open !== undefined) open.startedAt = this.#run.services.clock.monotonic();
    this.#change(callId, (entry) => ({ ...entry, status: "running", terminalId: terminalId ?? entry.terminalId }));
  }

  callShows(callId: string, terminalId: string): void {
    this.#change(callId, (entry) => ({ ...entry, terminalId }));
  }

  callEnded(callId: string, status: "completed" | "failed"): void {
    const open = this.#open.get(callId);
    this.#open.delete(callId);
    const durationMs = open === undefined ? null : Math.round(this.#run.services.clock.monotonic() - open.startedAt);
    this.#change(callId, (entry) => (entry.status === "refused" ? entry : { ...entry, status, durationMs }));
    for (const { intent, call, decidedBy } of open?.requests ?? []) {
      this.#later(async () => await intent[status === "completed" ? "done" : "failed"]({ durationMs }));
      this.#judge.after(call, { decision: "allow", status, decidedBy });
    }
  }

  /** Ends what is still open when the agent has ended; resolves once every outcome is on disk. */
  async close(): Promise<void> {
    for (const [callId, open] of [...this.#open]) {
      this.#open.delete(callId);
      this.#change(callId, (entry) => ({ ...entry, status: "failed" }));
      for (const { intent } of open.requests) this.#later(async () => await intent.failed({ why: "the run ended" }));
    }
    while (this.#writes.size > 0) await Promise.all(this.#writes);
  }

  async #decide(call: AgentCall, signal: AbortSignal): Promise<CallDecision> {
    for (let round = 1; ; round += 1) {
      const judged = await this.#judge.judge(call, [], false, signal);
      this.#run.throwIfStopped();
      const { verdict } = judged;
      switch (verdict.decision) {
        case "allow": {
          const decision = await this.#allow(call, judged, { verdict, decidedBy: decidedByRule(verdict), approval: { decidedBy: "rule" } });
          if (decision !== "taken back") return decision;
          break;
        }
        case "deny":
          return await this.#refuse(call, verdict);
        case "ask":
          return await this.#ask(call, judged, signal);
        default:
          return assertNever(verdict.decision);
      }
      if (round >= maximumRounds) return await this.#refuse(call, verdict);
    }
  }

  async #ask(call: AgentCall, { verdict, said }: JudgedCall, signal: AbortSignal): Promise<CallDecision> {
    const { services } = this.#run;
    this.#show(call, { decision: "waiting", decidedBy: "you are asked", verdict, status: "pending" });
    const askedAt = services.clock.monotonic();
    const resolution = await askPerson(this.#run, { ...call, verdict }, signal);
    if (resolution.kind === "withdrawn" && signal.aborted && this.#run.stopReason === null) {
      this.#show(call, { decision: "deny", decidedBy: "the agent took it back", verdict, status: "refused" });
      return "refused";
    }
    if (resolution.kind !== "allowed") return this.#endRun(call, resolution, verdict);
    const words = `${resolutionWords(resolution)} ${scopeWords[resolution.scope]} after ${elapsed(services.clock.monotonic() - askedAt)}`;
    const approval = { decidedBy: "person", requestId: resolution.request.id, scope: resolution.scope };
    for (let round = 1; ; round += 1) {
      this.#run.throwIfStopped();
      const now = await this.#judge.judge(call, said, true, signal);
      this.#run.throwIfStopped();
      const isDue = now.verdict.hooks.some(({ state }) => state === "due");
      if (now.verdict.decision === "deny" || isDue || round > maximumRounds) return await this.#refuse(call, now.verdict);
      const decision = await this.#allow(call, now, { verdict, decidedBy: words, approval });
      if (decision !== "taken back") return decision;
    }
  }

  /** `taken back`: what allowed it does not hold any more; it has not begun. */
  async #allow(
    call: AgentCall,
    now: JudgedCall,
    { verdict, decidedBy, approval }: { verdict: Verdict; decidedBy: string; approval: Readonly<Record<string, string>> },
  ): Promise<CallDecision | "taken back"> {
    const intent = await this.#run.services.audit.intent({
      verb: `tool.${call.request.tool}`,
      actor: this.#agent,
      taskId: this.#run.taskId,
      runId: this.#run.id,
      detail: { ...auditDetail(call.request), ...approval, rule: verdict.rule?.text ?? null, ruleSetHash: verdict.ruleSetHash },
    });
    if (this.#run.stopReason !== null) {
      await intent.refused({ why: "the run ended first" });
      return "stop";
    }
    if (!this.#judge.stillHolds(call, now)) {
      await intent.refused({ why: "rules, mode or grant changed first" });
      return "taken back";
    }
    this.#denialsInARow = 0;
    const entryId = this.#show(call, { decision: "allow", decidedBy, verdict, status: "running" });
    const open = this.#open.get(call.callId) ?? { requests: [], startedAt: this.#run.services.clock.monotonic(), entryId };
    open.requests.push({ intent, call, decidedBy });
    this.#open.set(call.callId, open);
    this.#run.activity(summarize(call.request));
    return "allowed";
  }

  async #refuse(call: AgentCall, verdict: Verdict): Promise<CallDecision> {
    this.#show(call, { decision: "deny", decidedBy: decidedByRule(verdict), verdict, status: "refused" });
    const intent = await this.#run.services.audit.intent({
      verb: `tool.${call.request.tool}`,
      actor: this.#agent,
      taskId: this.#run.taskId,
      runId: this.#run.id,
      detail: { ...auditDetail(call.request), rule: verdict.rule?.text ?? null, ruleSetHash: verdict.ruleSetHash },
    });
    await intent.refused({ by: "rule" });
    this.#judge.after(call, { decision: "deny", status: "refused", decidedBy: decidedByRule(verdict) });
    this.#denialsInARow += 1;
    if (this.#denialsInARow < maximumDenialsInARow) return "refused";
    this.#run.stop({ kind: "many-denials", count: this.#denialsInARow });
    return "stop";
  }

  #endRun(call: AgentCall, resolution: EndedResolution, verdict: Verdict): CallDecision {
    if (resolution.kind === "withdrawn") this.#run.stop({ kind: "cancelled", by: "Gatehouse" });
    this.#show(call, { decision: "deny", decidedBy: resolutionWords(resolution), verdict, status: "refused" });
    return "stop";
  }

  #show(call: AgentCall, how: Partial<CallEntry> & Pick<CallEntry, "decision" | "decidedBy" | "status">): string {
    const id = this.#entryIds.get(call.callId) ?? `${this.#run.id}:${this.#entryIds.size}`;
    this.#entryIds.set(call.callId, id);
    const { timeline } = this.#run;
    const before = timeline.find(id);
    const entry: CallEntry = {
      id,
      at: before?.at ?? this.#run.services.clock.now(),
      kind: "call",
      title: call.title.slice(0, 2_000),
      request: shortened(call.request),
      durationMs: null,
      terminalId: before?.kind === "call" ? before.terminalId : null,
      diff: editSize(call.edit),
      ...how,
      verdict: how.verdict ? shortenedVerdict(how.verdict) : null,
    };
    // Sixty calls that come, or end, at once are one write; what was asked and answered stands in its own table and in the log.
    if (how.decision === "allow") timeline.put(entry);
    else timeline.stream(entry);
    return id;
  }

  #change(callId: string, change: (entry: CallEntry) => CallEntry): void {
    const id = this.#entryIds.get(callId);
    const entry = id === undefined ? null : this.#run.timeline.find(id);
    if (entry?.kind !== "call") return;
    try {
      this.#run.timeline.put(change(entry));
    } catch (error) {
      this.#run.fail(error);
    }
  }

  #later(write: () => Promise<void>): void {
    const written = write()
      .catch((error: unknown) => this.#run.fail(error))
      .finally(() => this.#writes.delete(written));
    this.#writes.add(written);
  }
}

const scopeWords: Readonly<Record<GrantScope, string>> = {
  once: "once",
  run: "for this run",
  hour: "for an hour",
  repository: "always in this repository",
};

function elapsed(ms: number): string {
  return ms < 90_000 ? `${Math.max(1, Math.round(ms / 1_000))} s` : `${Math.round(ms / 60_000)} min`;
}
