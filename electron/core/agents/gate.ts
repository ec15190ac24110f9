import { ToolRequest } from "#shared/contract/policy.ts";
import type { AgentCall, AgentHost, CallDecision } from "./agent-session.ts";

/** `withdrawn`: the turn ended, or the agent took the request back, before it was decided. */
export type GateDecision = CallDecision | "withdrawn";

/**
 * The way of every call to the host's decision. Outside a turn, after a cancel and once the session
 * has failed the answer is always `withdrawn`; a request that cannot be put to the host is refused.
 */
export class Gate {
  readonly #host: AgentHost;
  readonly #fail: (error: unknown) => void;
  #turn: AbortController | null = null;

  constructor(host: AgentHost, fail: (error: unknown) => void) {
    this.#host = host;
    this.#fail = fail;
  }

  beginTurn(): void {
    this.#turn = new AbortController();
  }

  /** Aborted once the open turn has ended; for the effects of what was allowed in it. */
  get turnSignal(): AbortSignal {
    return this.#turn?.signal ?? AbortSignal.abort();
  }

  /** From here on nothing is decided until the next turn; what is open ends as `withdrawn`. */
  endTurn(): void {
    this.#turn?.abort();
    this.#turn = null;
  }

  async decide(call: AgentCall, requestSignal: AbortSignal): Promise<GateDecision> {
    const turn = this.#turn;
    if (turn === null || requestSignal.aborted) return "withdrawn";
    const request = ToolRequest.safeParse(call.request);
    if (!request.success) {
      this.#host.notice(`A call of the agent was refused unread: it is too large to be judged and shown (${call.title}).`);
      return "refused";
    }
    const signal = AbortSignal.any([turn.signal, requestSignal]);
    try {
      const decision = await untilAborted(this.#host.decide(call, signal), signal);
      return signal.aborted ? "withdrawn" : decision;
    } catch (error) {
      if (signal.aborted) return "withdrawn";
      this.#fail(error);
      return "stop";
    }
  }
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(new Error("The request was withdrawn."));
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
