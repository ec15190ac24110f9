/** Milliseconds to wait before try number `attempt` (from 0): doubling from 250 ms to 8 s, less up to a quarter so that clients spread. */
export function backOffMs(attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(8_000, 250 * 2 ** Math.min(attempt, 10));
  return Math.round(ceiling * (1 - random() / 4));
}

/** Resolves after `delayMs`, or at once when the signal fires. */
export function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, delayMs);
    signal.addEventListener("abort", done);
  });
}
