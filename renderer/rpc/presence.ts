import type { Client } from "./client.ts";

/** So often at most core hears that the person is there; far below the shortest idle lock. */
const reportEveryMs = 20_000;

const signs = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"] as const;

/** Tells core that the person touches this window, so that it does not lock under their hands. What agents do is no sign. */
export function reportPresence(client: Client, signal: AbortSignal): void {
  let reportedAt = Number.NEGATIVE_INFINITY;
  const report = (event: Event) => {
    if (!event.isTrusted || performance.now() - reportedAt < reportEveryMs) return;
    reportedAt = performance.now();
    // Locked, or the connection is gone: the person will see it.
    client.unlock.present({}, { signal }).catch(() => undefined);
  };
  for (const sign of signs) window.addEventListener(sign, report, { capture: true, passive: true, signal });
}
