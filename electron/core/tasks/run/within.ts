import type { Clock } from "../../kernel/clock.ts";

/** Waits for the step, but no longer than `limitMs`: then it rejects, and the step goes on unattended. */
export async function within(clock: Clock, limitMs: number, step: () => Promise<void> | void): Promise<void> {
  const late = new AbortController();
  using _limit = clock.after(limitMs, () => late.abort(new Error(`It did not end within ${limitMs} ms.`)));
  await Promise.race([step(), rejection(late.signal)]);
}

async function rejection(signal: AbortSignal): Promise<never> {
  return await new Promise<never>((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
