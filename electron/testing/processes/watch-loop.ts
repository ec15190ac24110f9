import { monitorEventLoopDelay } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { isMainThread } from "node:worker_threads";

/**
 * Preloaded into a process that is measured (`node --import`). Answers each message of its parent
 * with the delay of the event loop since the answer before, and with the memory of the process; `held`: what is still
 * in use of it once everything that can be collected has been.
 */
if (isMainThread) {
  const resolutionMs = 1;
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  // Node counts the pause between two looks as delay.
  const ms = (nanoseconds: number) => Math.max(0, Math.round((nanoseconds / 1e6 - resolutionMs) * 10) / 10);
  process.on("message", (asked) => {
    if (asked === "held") collect();
    const { rss, heapUsed, external } = process.memoryUsage();
    const loop = { p50Ms: ms(delay.percentile(50)), p99Ms: ms(delay.percentile(99)), maximumMs: ms(delay.max) };
    process.send?.({ loop, rssBytes: rss, heapBytes: heapUsed, heldBytes: heapUsed + external });
    delay.reset();
  });
  process.channel?.unref();
}

function collect(): void {
  setFlagsFromString("--expose-gc");
  const gc: unknown = runInNewContext("gc");
  if (typeof gc !== "function") throw new Error("Node has no gc to expose.");
  for (let times = 0; times < 3; times++) gc();
}
