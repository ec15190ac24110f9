import type { Emitter } from "./events.ts";

/**
 * Turns an emitter into what a `watch` procedure returns: first a snapshot, then every change,
 * without a gap between the two. A reader that falls more than `capacity` changes behind gets a
 * fresh snapshot in place of its backlog, so memory stays bounded and the reader ends up right.
 */
export async function* liveChannel<Snapshot, Change>(
  source: Emitter<Change>,
  snapshot: () => Snapshot,
  signal: AbortSignal | undefined,
  capacity = 1_000,
): AsyncGenerator<Snapshot | Change, void, void> {
  let backlog: Change[] = [];
  let isBehind = true;
  let wake: (() => void) | undefined;
  using _subscription = source.on((change) => {
    if (!isBehind) backlog.push(change);
    if (backlog.length > capacity) {
      backlog = [];
      isBehind = true;
    }
    wake?.();
  });
  const onAbort = () => wake?.();
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    while (!signal?.aborted) {
      if (isBehind) {
        isBehind = false;
        yield snapshot();
        continue;
      }
      const next = backlog.shift();
      if (next !== undefined) {
        yield next;
        continue;
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (signal?.aborted) resolve();
      });
      wake = undefined;
    }
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}
