import type { Clock } from "../../kernel/clock.ts";
import type { UsageTap } from "./usage/usage-tap.ts";

type Tap = Pick<UsageTap, "head" | "data" | "end">;

/** How long a provider may leave a call without a byte before it is told of, milliseconds: the first one comes within seconds as a rule. */
export const silentAfterMs = 45_000;

/** Who is told of a call that stays without an answer. */
export interface SilenceListener {
  silent(forMs: number): void;
  /** Something came after all. */
  spoke(): void;
}

/** Watches one call of a model that is on its way. A client may wait for it for ten minutes without a word. */
export class SilentCall implements Tap, Disposable {
  readonly #tap: Tap;
  readonly #clock: Clock;
  readonly #listener: SilenceListener;
  #heardAt: number;
  #timer: Disposable | null = null;
  #isTold = false;
  #isOver = false;

  constructor(tap: Tap, clock: Clock, listener: SilenceListener) {
    this.#tap = tap;
    this.#clock = clock;
    this.#listener = listener;
    this.#heardAt = clock.monotonic();
    this.#wait(silentAfterMs);
  }

  head(status: number, headers: Readonly<Record<string, string>>): void {
    this.#heard();
    this.#tap.head(status, headers);
  }

  data(chunk: Buffer): void {
    this.#heard();
    this.#tap.data(chunk);
  }

  end(): void {
    this.#tap.end();
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#timer?.[Symbol.dispose]();
  }

  #heard(): void {
    this.#heardAt = this.#clock.monotonic();
    if (!this.#isTold || this.#isOver) return;
    this.#isTold = false;
    this.#listener.spoke();
    this.#wait(silentAfterMs);
  }

  /** One timer a call, whatever comes: it looks again where something came meanwhile. */
  #wait(ms: number): void {
    this.#timer = this.#clock.after(ms, () => {
      if (this.#isOver) return;
      const forMs = this.#clock.monotonic() - this.#heardAt;
      if (forMs < silentAfterMs) return this.#wait(silentAfterMs - forMs);
      this.#isTold = true;
      this.#listener.silent(forMs);
    });
  }
}
