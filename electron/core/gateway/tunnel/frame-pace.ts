import type { Clock } from "../../kernel/clock.ts";
import type { FrameBudget } from "./http2/session.ts";

/** Frames a second, in the long run, and at once: far more than clients need, and a small part of what core can read. */
const framesPerSecond = 50_000;
const burst = 20_000;

/** A token bucket: a relay that floods core with tiny frames is read more slowly. */
export class FramePace implements FrameBudget {
  readonly #clock: Clock;
  #tokens = burst;
  #atMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#atMs = clock.monotonic();
  }

  take(frames: number): number {
    const nowMs = this.#clock.monotonic();
    this.#tokens = Math.min(burst, this.#tokens + ((nowMs - this.#atMs) / 1_000) * framesPerSecond) - frames;
    this.#atMs = nowMs;
    return this.#tokens >= 0 ? 0 : (-this.#tokens / framesPerSecond) * 1_000;
  }

  after(delayMs: number, callback: () => void): void {
    this.#clock.after(delayMs, callback);
  }
}
