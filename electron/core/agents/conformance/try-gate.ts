import type { CommandTerminal } from "../../terminal/terminals.ts";
import { titleOf } from "../activity.ts";
import type { AgentCall, AgentHost, CallDecision, TurnEnd } from "../agent-session.ts";
import { type NewAgentSession, startAgentSession } from "../start-agent-session.ts";
import { unreadTerminal } from "../unread-terminal.ts";

/** What one turn showed of an agent's gate. The gate is full when `unasked` is empty. */
export interface ConformanceReport {
  readonly end: TurnEnd;
  readonly asked: readonly string[];
  /** Calls that the profile names as silent reads. */
  readonly silentReads: readonly string[];
  /** Calls that ran without asking and that the profile does not name. */
  readonly unasked: readonly string[];
  readonly notices: readonly string[];
}

export interface ConformanceTrial extends Omit<NewAgentSession, "host" | "taskId"> {
  readonly prompt: string;
  /** What the trial answers; everything is allowed where it is not given: the sandbox holds nothing of value. */
  readonly decide?: (call: AgentCall) => CallDecision;
}

/** Runs one turn of an agent in a sandbox made for it, and counts which of its calls asked. */
export async function tryGate(trial: ConformanceTrial, signal: AbortSignal): Promise<ConformanceReport> {
  const host = new CountingHost(trial.worktree, trial.decide ?? (() => "allowed"));
  const session = await startAgentSession({ ...trial, host, taskId: "conformance" }, signal);
  try {
    const end = await session.prompt(trial.prompt, signal);
    return { end, asked: host.asked, silentReads: host.silentReads, unasked: host.unaskedCalls, notices: host.notices };
  } finally {
    await session.end();
  }
}

class CountingHost implements AgentHost {
  readonly asked: string[] = [];
  readonly silentReads: string[] = [];
  readonly unaskedCalls: string[] = [];
  readonly notices: string[] = [];
  readonly #worktree: string;
  readonly #decide: (call: AgentCall) => CallDecision;

  constructor(worktree: string, decide: (call: AgentCall) => CallDecision) {
    this.#worktree = worktree;
    this.#decide = decide;
  }

  async decide(call: AgentCall): Promise<CallDecision> {
    this.asked.push(titleOf(call.request, this.#worktree));
    return this.#decide(call);
  }

  unasked(call: AgentCall, isKnownSilentRead: boolean): void {
    (isKnownSilentRead ? this.silentReads : this.unaskedCalls).push(titleOf(call.request, this.#worktree));
  }

  async question(): Promise<{ action: "cancel" }> {
    return { action: "cancel" };
  }

  notice(text: string): void {
    this.notices.push(text);
  }

  openTerminal(): CommandTerminal {
    return unreadTerminal();
  }

  message(): void {}
  thought(): void {}
  plan(): void {}
  image(): void {}
  callStarted(): void {}
  callShows(): void {}
  callEnded(): void {}
  activity(): void {}
  offered(): void {}
}
