import { setImmediate as turn } from "node:timers/promises";
import type { Clock } from "../kernel/clock.ts";

/** How long the event loop is held at a time: well under a frame, and less than one durable audit entry takes at its slowest. */
const sliceMs = 6;

/** Goes through many, giving way to everything else every few milliseconds. Rejects with the signal's reason once it fires. */
export async function inSlices<T>(
  items: Iterable<T>,
  each: (item: T) => void,
  clock: Pick<Clock, "monotonic">,
  signal: AbortSignal,
): Promise<void> {
  let began = clock.monotonic();
  for (const item of items) {
    if (clock.monotonic() - began >= sliceMs) {
      await turn();
      signal.throwIfAborted();
      began = clock.monotonic();
    }
    each(item);
  }
  signal.throwIfAborted();
}
