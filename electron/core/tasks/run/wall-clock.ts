import type { Clock } from "../../kernel/clock.ts";

/** The time that a run may take. It can be made to stand still; when it has run out, `onOver` is called once. */
export class WallClock implements Disposable {
  readonly #clock: Clock;
  readonly #onOver: () => void;
  #leftMs: number;
  /** Since when it runs, by the clock that only grows; null while it stands still. */
  #since: number | null = null;
  #timer: Disposable | null = null;
  #isOver = false;

  constructor(clock: Clock, limitMs: number, onOver: () => void) {
    this.#clock = clock;
    this.#onOver = onOver;
    this.#leftMs = limitMs;
    this.goOn();
  }

  /** Safe to repeat. */
  standStill(): void {
    if (this.#since === null) return;
    this.#leftMs = Math.max(0, this.#leftMs - (this.#clock.monotonic() - this.#since));
    this.#since = null;
    this.#timer?.[Symbol.dispose]();
  }

  /** Safe to repeat. */
  goOn(): void {
    if (this.#isOver || this.#since !== null) return;
    this.#since = this.#clock.monotonic();
    this.#timer = this.#clock.after(this.#leftMs, () => {
      this.#isOver = true;
      this.#onOver();
    });
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#timer?.[Symbol.dispose]();
  }
}
