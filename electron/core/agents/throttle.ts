import type { Clock } from "../kernel/clock.ts";

/** Runs at most once in `everyMs`, the last time not before the last request. */
export class Throttle {
  readonly #clock: Clock;
  readonly #everyMs: number;
  readonly #run: () => void;
  #timer: Disposable | null = null;
  #lastAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, everyMs: number, run: () => void) {
    this.#clock = clock;
    this.#everyMs = everyMs;
    this.#run = run;
  }

  request(): void {
    const waitMs = this.#lastAt + this.#everyMs - this.#clock.monotonic();
    if (waitMs <= 0) this.now();
    else this.#timer ??= this.#clock.after(waitMs, () => this.now());
  }

  /** Runs at once; what was requested before is done with it. */
  now(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = null;
    this.#lastAt = this.#clock.monotonic();
    this.#run();
  }
}
