import type { Clock } from "../core/kernel/clock.ts";

/** A clock that moves only when told to, and fires what has come due. */
export class ManualClock implements Clock {
  #now: number;
  #timers: { readonly due: number; readonly callback: () => void }[] = [];

  constructor(now = 1_700_000_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  after(delayMs: number, callback: () => void): Disposable {
    const timer = { due: this.#now + delayMs, callback };
    this.#timers.push(timer);
    return { [Symbol.dispose]: () => void (this.#timers = this.#timers.filter((other) => other !== timer)) };
  }

  advance(byMs: number): void {
    this.#now += byMs;
    const due = this.#timers.filter((timer) => timer.due <= this.#now).sort((a, b) => a.due - b.due);
    this.#timers = this.#timers.filter((timer) => timer.due > this.#now);
    for (const timer of due) timer.callback();
  }
}
