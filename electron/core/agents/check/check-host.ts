import type { ToolRequest } from "#shared/contract/policy.ts";
import type { CommandTerminal } from "../../terminal/terminals.ts";
import { titleOf } from "../activity.ts";
import type { AgentCall, AgentHost, CallDecision } from "../agent-session.ts";
import { unreadTerminal } from "../unread-terminal.ts";

/** What a call does, as far as a check tells calls apart. */
export type CallKind = "shell" | "write" | "read" | "search" | "other";

export interface SeenByCheck {
  readonly kind: CallKind;
  readonly title: string;
}

/** Answers every call as it is told, and counts which calls asked and which did not. */
export class CheckHost implements AgentHost {
  decision: CallDecision = "refused";
  readonly asked: SeenByCheck[] = [];
  readonly unaskedCalls: SeenByCheck[] = [];
  /** Unasked calls that the profile names as silent reads. */
  readonly namedReads: SeenByCheck[] = [];
  said = "";
  readonly #worktree: string;
  #whenAsked: (call: SeenByCheck) => void = () => {};

  constructor(worktree: string) {
    this.#worktree = worktree;
  }

  onAsked(callback: (call: SeenByCheck) => void): void {
    this.#whenAsked = callback;
  }

  async decide(call: AgentCall): Promise<CallDecision> {
    const seen = this.#seen(call);
    this.asked.push(seen);
    this.#whenAsked(seen);
    return this.decision;
  }

  unasked(call: AgentCall, isKnownSilentRead: boolean): void {
    (isKnownSilentRead ? this.namedReads : this.unaskedCalls).push(this.#seen(call));
  }

  async question(): Promise<{ action: "cancel" }> {
    return { action: "cancel" };
  }

  message(_id: string, text: string): void {
    this.said = text.slice(-2_000);
  }

  openTerminal(): CommandTerminal {
    return unreadTerminal();
  }

  thought(): void {}
  plan(): void {}
  image(): void {}
  callStarted(): void {}
  callShows(): void {}
  callEnded(): void {}
  activity(): void {}
  notice(): void {}
  offered(): void {}

  #seen(call: AgentCall): SeenByCheck {
    return { kind: kindOf(call.request), title: titleOf(call.request, this.#worktree).slice(0, 200) };
  }
}

function kindOf(request: ToolRequest): CallKind {
  switch (request.tool) {
    case "shell":
      return "shell";
    case "filesystem":
      return request.action === "read" ? "read" : request.action === "list" || request.action === "search" ? "search" : "write";
    default:
      return "other";
  }
}
