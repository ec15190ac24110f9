import { monitorEventLoopDelay } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";

/**
 * Preloaded into a process that is measured (`node --import`). Answers each message of its parent
 * with the delay of the event loop since the answer before, and with the memory of the process.
 */
if (isMainThread) {
  const resolutionMs = 1;
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  // Node counts the pause between two looks as delay.
  const ms = (nanoseconds: number) => Math.max(0, Math.round((nanoseconds / 1e6 - resolutionMs) * 10) / 10);
  process.on("message", () => {
    const { rss, heapUsed } = process.memoryUsage();
    const loop = { p50Ms: ms(delay.percentile(50)), p99Ms: ms(delay.percentile(99)), maximumMs: ms(delay.max) };
    process.send?.({ loop, rssBytes: rss, heapBytes: heapUsed });
    delay.reset();
  });
  process.channel?.unref();
}
