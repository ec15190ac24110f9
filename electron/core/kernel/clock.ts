/** Time, supplied rather than taken, so that tests decide what "now" is. */
export interface Clock {
  /** Milliseconds since the Unix epoch. May jump when the person sets the clock. */
  now(): number;
  /** Milliseconds that only ever grow; for measuring, never for storing. */
  monotonic(): number;
  /** Calls back once after `delayMs`; the result cancels it. */
  after(delayMs: number, callback: () => void): Disposable;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, Math.min(delayMs, maximumTimerMs));
    timer.unref();
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};

/** Longest delay `setTimeout` honours: 2^31 - 1 ms (WHATWG HTML, timers). */
const maximumTimerMs = 2_147_483_647;
