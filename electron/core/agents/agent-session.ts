import type { ImageType } from "#shared/contract/image.ts";
import type { ProposedEdit } from "#shared/contract/permission.ts";
import type { ToolRequest } from "#shared/contract/policy.ts";
import type { QuestionAnswer, QuestionForm } from "#shared/contract/question.ts";
import type { PlanEntry, SessionOffer } from "#shared/contract/task.ts";
import type { CommandTerminal } from "../terminal/terminals.ts";

/** A call that the agent wants to make, in our words. `callId` joins it with its later updates. */
export interface AgentCall {
  readonly callId: string;
  readonly title: string;
  readonly request: ToolRequest;
  /** For a filesystem request: the real path of its path as resolved inside the sandbox; null where unknown. */
  readonly realPath: string | null;
  readonly edit: ProposedEdit | null;
  readonly agentWords: string | null;
}

/** `refused`: a rule denies it; the agent is told and goes on. `stop`: the run is ending. */
export type CallDecision = "allowed" | "refused" | "stop";

/** What a session reports and asks. Implemented by the run; every effect passes `decide` first. */
export interface AgentHost {
  decide(call: AgentCall, signal: AbortSignal): Promise<CallDecision>;
  /** The agent wants a form filled in. Nothing is allowed by an answer. `signal`: it waits no longer. */
  question(form: QuestionForm, signal: AbortSignal): Promise<QuestionAnswer>;
  /** A call that was seen but never asked for. `isKnownSilentRead`: the profile names it as one. */
  unasked(call: AgentCall, isKnownSilentRead: boolean): void;
  message(id: string, text: string): void;
  thought(id: string, text: string): void;
  plan(entries: readonly PlanEntry[]): void;
  /** A picture of the agent, as base64 of whatever it is. */
  image(data: string): void;
  callStarted(callId: string, terminalId: string | null): void;
  /** What a call that has started prints is on this screen. */
  callShows(callId: string, terminalId: string): void;
  callEnded(callId: string, status: "completed" | "failed"): void;
  activity(words: string): void;
  /** Something the person should know about the session itself: text cut, a request refused unread. */
  notice(text: string): void;
  openTerminal(title: string): CommandTerminal;
  /** What the agent offers to choose and to say, whenever it changes. */
  offered(offer: SessionOffer): void;
}

export type TurnEnd =
  | { readonly kind: "end-of-turn" }
  | { readonly kind: "cancelled" }
  | { readonly kind: "refused"; readonly text: string }
  | { readonly kind: "limit"; readonly text: string };

/** What an agent is told: words, and pictures as base64. */
export interface Prompt {
  readonly text: string;
  readonly images: readonly { readonly type: ImageType; readonly data: string }[];
}

/** One agent process in one sandbox, spoken to over ACP. Errors: AGENT_FAILED, AGENT_PROTOCOL, NOT_GATED. */
export interface AgentSession {
  /** What the agent calls the session; absent or null where it cannot be taken up after a restart. */
  readonly sessionId?: string | null;
  /** Whether it took up the session that it was asked to, and so remembers what was said. */
  readonly isResumed?: boolean;
  /** Whether it takes pictures, by its own word; absent: it does not. */
  readonly takesImages?: boolean;
  /** One turn. Settles when the agent ends it; rejects with AGENT_FAILED when the process dies (last stderr lines in the message). */
  prompt(prompt: string | Prompt, signal: AbortSignal): Promise<TurnEnd>;
  /** Takes one of the choices that were offered. CONFLICT where it is none. */
  setOption?(id: string, value: string): Promise<void>;
  /** Cancels the turn, then ends the process group: SIGTERM, SIGKILL after 2 s. Safe to repeat. */
  end(): Promise<void>;
}
