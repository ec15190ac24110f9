import type { Clock } from "../kernel/clock.ts";
import type { TurnEnd } from "./agent-session.ts";

/** A turn that the agent works on. */
export class OpenTurn {
  readonly #clock: Clock;
  readonly #graceMs: number;
  readonly #withdraw: () => void;
  readonly #settled = new AbortController();
  #isCancelled = false;
  /** Fulfilled once the wait for the agent's word on a cancelled turn is over. */
  readonly cancelled: Promise<TurnEnd>;

  /** `withdraw` tells the agent that the turn is over; it has `graceMs` to say so itself. */
  constructor(clock: Clock, graceMs: number, withdraw: () => void) {
    this.#clock = clock;
    this.#graceMs = graceMs;
    this.#withdraw = withdraw;
    this.cancelled = new Promise<TurnEnd>((resolve) => {
      this.#settled.signal.addEventListener("abort", () => resolve({ kind: "cancelled" }), { once: true });
    });
  }

  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  /** Once; nothing is decided any more. */
  cancel(): void {
    if (this.#isCancelled) return;
    this.#isCancelled = true;
    this.#withdraw();
    this.#clock.after(this.#graceMs, () => this.settle());
  }

  /** Ends the wait for the agent's word on it. */
  settle(): void {
    this.#settled.abort();
  }
}

export function onAbort(signal: AbortSignal, callback: () => void): Disposable {
  if (signal.aborted) callback();
  signal.addEventListener("abort", callback, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener("abort", callback) };
}
