import { backOffMs, pause } from "./back-off.ts";
import type { Problem } from "./problem.ts";
import { toProblem } from "./problem.ts";

export interface Follow<E> {
  /** Opens the subscription; its first event is always a snapshot, so that opening it again is safe. */
  readonly open: (signal: AbortSignal) => Promise<AsyncIterable<E>>;
  /** Events since the last call, in order, at most once a frame. */
  readonly onEvents: (events: readonly E[]) => void;
  /** Why it is not live now; null once it is again. */
  readonly onProblem?: (problem: Problem | null) => void;
}

/** Codes after which opening again cannot help: the screen itself has to go. */
const final = new Set(["LOCKED", "FORBIDDEN", "NOT_FOUND", "INVALID_INPUT"]);

/** Least time between two batches, so that a burst of events draws once a frame; an event after a silence is not kept waiting. */
const gatherMs = 16;

/** Stays subscribed until the signal fires, opening again after a loss. */
export async function follow<E>({ open, onEvents, onProblem }: Follow<E>, signal: AbortSignal): Promise<void> {
  let attempt = 0;
  const gathered = gather(onEvents);
  while (!signal.aborted) {
    try {
      for await (const event of await open(signal)) {
        if (signal.aborted) return;
        if (attempt > 0) onProblem?.(null);
        attempt = 0;
        gathered(event);
      }
    } catch (error) {
      if (signal.aborted) return;
      const problem = toProblem(error);
      onProblem?.(problem);
      if (final.has(problem.code)) return;
    }
    await pause(backOffMs(attempt), signal);
    attempt += 1;
  }
}

function gather<E>(onEvents: (events: readonly E[]) => void): (event: E) => void {
  let waiting: E[] = [];
  let passedAt = Number.NEGATIVE_INFINITY;
  return (event) => {
    waiting.push(event);
    if (waiting.length > 1) return;
    const pass = () => {
      const events = waiting;
      waiting = [];
      passedAt = performance.now();
      onEvents(events);
    };
    setTimeout(pass, Math.max(0, passedAt + gatherMs - performance.now()));
  };
}
