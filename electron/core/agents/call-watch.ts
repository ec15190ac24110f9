import type { ToolRequest } from "#shared/contract/policy.ts";
import type { Clock } from "../kernel/clock.ts";
import { randomId } from "../kernel/ids.ts";
import { activityOf, titleOf } from "./activity.ts";
import type { AgentProfile } from "./agent-profile.ts";
import type { AgentCall, AgentHost } from "./agent-session.ts";
import { CallOutput } from "./call-output.ts";
import { type CallLedger, isSilentRead, mayFailSilently } from "./call-ledger.ts";
import type { Gate, GateDecision } from "./gate.ts";
import { answerTo, cancelledAnswer, type PermissionAnswer, type PermissionAsked } from "./permission-answer.ts";
import type { SandboxFiles } from "./sandbox-files.ts";
import type { SeenCall } from "./seen-call.ts";
import type { CallNews } from "./session-update.ts";
import { absolutePath, toolRequests, type CallPlace } from "./tool-request.ts";

export interface CallWatchParts {
  readonly profile: AgentProfile;
  readonly host: AgentHost;
  readonly gate: Gate;
  readonly ledger: CallLedger;
  readonly files: SandboxFiles;
  readonly place: CallPlace;
  readonly clock: Clock;
  readonly unaskedGraceMs: number;
}

/** The calls that the agent makes by itself: answers what it asks, and sees what it did not ask. */
export class CallWatch {
  readonly #parts: CallWatchParts;
  readonly #waiting = new Set<Disposable>();
  readonly #output: CallOutput;

  constructor(parts: CallWatchParts) {
    this.#parts = parts;
    this.#output = new CallOutput(parts.host);
  }

  /** `session/request_permission`. */
  async asked(request: PermissionAsked, signal: AbortSignal): Promise<PermissionAnswer & { readonly decision: GateDecision }> {
    const { ledger, host, place } = this.#parts;
    const call = ledger.note(request.toolCall);
    if (call === null) return { ...cancelledAnswer, decision: "withdrawn" };
    const requests = toolRequests(call, place);
    call.verdict = "deciding";
    const decision = await this.#decideAll(call, requests, signal);
    const answer = answerTo(decision, request.options);
    call.verdict = answer.isAllowed ? "allowed" : "refused";
    if (decision === "allowed" && !answer.isAllowed) {
      host.notice(`${this.#parts.profile.name} offers no "allow once" for "${headingOf(call, requests, place)}"; it was refused.`);
      for (const id of call.hostIds) host.callEnded(id, "failed");
    }
    if (answer.isAllowed) this.#start(call, requests);
    return { ...answer, decision };
  }

  /** A hook of the agent asks before a call, in place of the agent. */
  async hooked(news: CallNews, signal: AbortSignal): Promise<GateDecision> {
    const call = this.#parts.ledger.note(news);
    if (call === null) return "withdrawn";
    const requests = toolRequests(call, this.#parts.place);
    call.verdict = "deciding";
    const decision = await this.#decideAll(call, requests, signal);
    call.verdict = decision === "allowed" ? "allowed" : "refused";
    if (decision === "allowed") this.#start(call, requests);
    return decision;
  }

  /** `tool_call` and `tool_call_update`. */
  seen(news: CallNews): void {
    const call = this.#parts.ledger.note(news);
    if (call === null) return;
    this.#joinTerminals(call);
    if (call.isStarted && !call.isEnded) this.#output.seen(call, news);
    switch (call.status) {
      case "pending":
        return;
      case "in_progress":
        if (call.verdict === "none") this.#judgeLater(call);
        return;
      default:
        this.#ended(call, news);
    }
  }

  /** The agent puts a form to the person for one of its calls: such a call is that form, and nothing runs unasked. */
  questioned(toolCallId: string): void {
    const { ledger, profile } = this.#parts;
    const call = ledger.find(toolCallId);
    if (call === null || call.verdict !== "none" || call.name === null || !profile.gate.questions.includes(call.name)) return;
    call.verdict = "allowed";
    call.isEnded = true;
  }

  /** Nothing is in progress any more: what still seems to be ran unasked, or ended unseen. */
  endTurn(status: "completed" | "failed"): void {
    for (const timer of this.#waiting) timer[Symbol.dispose]();
    this.#waiting.clear();
    for (const call of this.#parts.ledger.openCalls()) {
      if (call.status === "in_progress" && call.verdict === "none") this.#unasked(call);
      else if (call.verdict === "allowed") this.#tellEnded(call, status, null);
      this.#parts.ledger.end(call);
    }
    this.#parts.ledger.endTurn();
  }

  async #decideAll(call: SeenCall, requests: readonly ToolRequest[], signal: AbortSignal): Promise<GateDecision> {
    const { gate, host, place } = this.#parts;
    const heading = headingOf(call, requests, place);
    if (call.isOversized) {
      host.notice(`A call of the agent was refused unread: it is too large to be judged and shown (${heading}).`);
      return "refused";
    }
    const [first] = call.hostIds;
    call.hostIds = [first, ...requests.slice(1).map(() => randomId("call"))];
    call.realPaths = [];
    for (const [index, request] of requests.entries()) {
      const described = await this.#describe(call, request, call.hostIds[index] ?? first, signal);
      call.realPaths = [...call.realPaths, described.realPath];
      const decision = await gate.decide(described, signal);
      if (decision !== "allowed") {
        for (const id of call.hostIds.slice(0, index)) host.callEnded(id, "failed");
        return decision;
      }
    }
    return "allowed";
  }

  async #describe(call: SeenCall, request: ToolRequest, callId: string, signal: AbortSignal): Promise<AgentCall> {
    const realPath = request.tool === "filesystem" ? await this.#parts.files.realPath(request.path, signal).catch(() => null) : null;
    return { ...describeCall(call, request, this.#parts.place, callId), realPath };
  }

  #start(call: SeenCall, requests: readonly ToolRequest[]): void {
    const { host, ledger, place } = this.#parts;
    call.isStarted = true;
    for (const [index, request] of requests.entries()) {
      const id = call.hostIds[index] ?? call.hostIds[0];
      host.callStarted(id, null);
      const edit = editFor(call, request, place.worktree);
      const isWrite = request.tool === "filesystem" && request.action === "write";
      const approved = { call, hostId: id, realPath: call.realPaths[index] ?? null };
      // What a search finds it reads, by itself or through us.
      const isSearch = request.tool === "filesystem" && request.action === "search";
      if (!isWrite || edit !== null) ledger.approve(approved, isSearch ? { ...request, action: "read" } : request, edit?.after ?? null);
    }
    this.#expectOutput(call, requests);
    const [first] = requests;
    if (first !== undefined) host.activity(activityOf(first, place.worktree));
  }

  #expectOutput(call: SeenCall, requests: readonly ToolRequest[]): void {
    const index = requests.findIndex(({ tool }) => tool === "shell");
    if (index !== -1) this.#output.expect(call, call.hostIds[index] ?? call.hostIds[0], headingOf(call, requests, this.#parts.place));
  }

  /** A call that shows a terminal of ours was decided when that terminal was made. */
  #joinTerminals(call: SeenCall): void {
    if (call.verdict !== "none" || call.terminalIds.length === 0) return;
    if (call.terminalIds.every((id) => this.#parts.ledger.isOurTerminal(id))) {
      call.verdict = "allowed";
      call.isEnded = true;
    }
  }

  #judgeLater(call: SeenCall): void {
    if (call.isWatched || mayFailSilently(call, this.#parts.profile.silentReads)) return;
    call.isWatched = true;
    const timer = this.#parts.clock.after(this.#parts.unaskedGraceMs, () => {
      this.#waiting.delete(timer);
      if (call.verdict === "none") this.#unasked(call);
    });
    this.#waiting.add(timer);
  }

  #ended(call: SeenCall, news: CallNews): void {
    const status = call.status === "completed" ? "completed" : "failed";
    if (call.verdict === "none") this.#unasked(call);
    else if (status === "completed" && (call.verdict === "refused" || call.verdict === "deciding")) this.#unasked(call);
    if (call.verdict === "deciding") return;
    this.#tellEnded(call, status, news);
    this.#parts.ledger.end(call);
  }

  #unasked(call: SeenCall): void {
    const { profile, place, host } = this.#parts;
    const requests = toolRequests(call, place);
    const isKnown = call.verdict === "none" && !call.isOversized && isSilentRead(call, requests, profile.silentReads);
    call.verdict = "unasked";
    call.isStarted = true;
    const [request] = requests;
    if (request !== undefined) host.unasked(describeCall(call, request, place, call.hostIds[0]), isKnown);
    this.#expectOutput(call, requests);
  }

  #tellEnded(call: SeenCall, status: "completed" | "failed", news: CallNews | null): void {
    if (!call.isStarted || call.isEnded) return;
    call.isEnded = true;
    this.#output.ended(call, news, status);
    for (const id of call.hostIds) this.#parts.host.callEnded(id, status);
  }
}

function describeCall(call: SeenCall, request: ToolRequest, place: CallPlace, callId: string): AgentCall {
  return {
    callId,
    title: headingOf(call, [request], place),
    request,
    realPath: null,
    edit: editFor(call, request, place.worktree),
    agentWords: wordsOf(call),
  };
}

const between = "\n\u22ef\n";

function headingOf(call: SeenCall, requests: readonly ToolRequest[], place: CallPlace): string {
  const [request] = requests;
  return request === undefined ? (call.title ?? "") : titleOf(request, place.worktree);
}

function editFor(call: SeenCall, request: ToolRequest, worktree: string): AgentCall["edit"] {
  if (request.tool !== "filesystem") return null;
  const edits = call.edits.filter((edit) => absolutePath(edit.path, worktree) === request.path);
  const [first, ...others] = edits;
  if (first === undefined || others.length === 0) return first === undefined ? null : { ...first, path: request.path };
  // Several changes of one file are shown one after the other.
  const before = edits.every((edit) => edit.before === null) ? null : edits.map((edit) => edit.before ?? "").join(between);
  return { path: request.path, before, after: edits.map(({ after }) => after).join(between) };
}

/** The agent's own words about its call: what it says beside it, else the description in its input. */
function wordsOf(call: SeenCall): string | null {
  if (call.words !== null) return call.words;
  const input = call.rawInput;
  if (typeof input !== "object" || input === null || !("description" in input)) return call.title;
  return typeof input.description === "string" ? input.description.slice(0, 2_000) : call.title;
}
