import type { Clock } from "../../kernel/clock.ts";
import type { Meter } from "../meter.ts";

/** What one run may do with its way out. */
export interface EgressLimits {
  /** Connections a second, in the long run, and at once. Further ones are refused and counted in one row. */
  readonly connectionsPerSecond: number;
  readonly burst: number;
  /** The same for requests, which share connections where they can be seen. */
  readonly requestsPerSecond: number;
  readonly requestBurst: number;
  /** Bytes out of and into the sandbox over the whole run. Beyond them its connections end. */
  readonly bytesUp: number;
  readonly bytesDown: number;
  /** Longest a connection may live, and be without a byte either way, milliseconds. */
  readonly connectionMs: number;
  readonly idleMs: number;
}

const gibibyte = 1_024 ** 3;

export const defaultEgressLimits: EgressLimits = {
  connectionsPerSecond: 200,
  burst: 1_000,
  requestsPerSecond: 500,
  requestBurst: 5_000,
  bytesUp: 8 * gibibyte,
  bytesDown: 64 * gibibyte,
  connectionMs: 12 * 3_600_000,
  idleMs: 15 * 60_000,
};

/** A token bucket over a clock that only grows. */
export class TokenRate {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #at: number;

  constructor(perSecond: number, burst: number, nowMs: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
    this.#at = nowMs;
  }

  /** Whether one more may come now. */
  take(nowMs: number): boolean {
    this.#tokens = Math.min(this.#burst, this.#tokens + ((nowMs - this.#at) / 1_000) * this.#perSecond);
    this.#at = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

/** Counts what all connections of one run move. */
export class RunMeter implements Meter {
  readonly #limits: EgressLimits;
  readonly #clock: Clock;
  #up = 0;
  #down = 0;

  constructor(limits: EgressLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  up(bytes: number): boolean {
    this.#up += bytes;
    return this.#up <= this.#limits.bytesUp;
  }

  down(bytes: number): boolean {
    this.#down += bytes;
    return this.#down <= this.#limits.bytesDown;
  }

  every(look: () => void): Disposable {
    let timer: Disposable;
    const next = () => {
      timer = this.#clock.after(this.#limits.idleMs, () => {
        next();
        look();
      });
    };
    next();
    return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
  }

  atLimit(end: () => void): Disposable {
    return this.#clock.after(this.#limits.connectionMs, end);
  }
}
