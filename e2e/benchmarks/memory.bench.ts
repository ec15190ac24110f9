import { setTimeout as pause } from "node:timers/promises";
import type { Page } from "playwright-core";
import { chromiumPath, missing } from "../../electron/testing/engines.ts";
import { launchBrowser } from "../app.ts";
import { megabytes, round } from "./figures.ts";
import { WebHost } from "./web-host.ts";

const runs = 10;
/** What a process does just after it started, or just after ten runs did, is not idle. */
const settleMs = 4_000;

/** Megabytes of core's process and of the page's heap: with nothing to do, and with ten runs that wait at a prompt. */
export const bench = { name: "memory", run };

async function run(): Promise<unknown> {
  const reason = missing("docker");
  if (reason !== null) return { skipped: reason };
  await using host = await WebHost.open();
  await host.setUp({ maximumRuns: runs, maximumRunsPerRepository: runs });
  const browser = chromiumPath() === null ? null : await launchBrowser();
  try {
    const context = await browser?.newContext();
    await context?.addCookies([{ ...host.cookie, url: host.origin }]);
    const page = (await context?.newPage()) ?? null;
    await page?.goto(host.origin);
    await page?.getByRole("link", { name: /^Board/ }).waitFor();
    const idle = await measure(host, page);
    const begun = performance.now();
    await startRuns(host);
    const untilAllAsk = performance.now() - begun;
    const busy = await measure(host, page);
    const sandboxes = await host.client.sandboxes.list({});
    const known = sandboxes.flatMap(({ memoryBytes }) => (memoryBytes === null ? [] : [memoryBytes]));
    return {
      unit: "MB",
      idle,
      runs,
      withRuns: busy,
      coreOfOneRun: round((busy.coreRss - idle.coreRss) / runs),
      sandboxOfOneRun: megabytes(known.reduce((sum, bytes) => sum + bytes, 0) / Math.max(1, known.length)),
      secondsUntilAllAsk: round(untilAllAsk / 1_000),
      ...(page === null ? { skipped: "no Chromium: the page was not measured" } : {}),
    };
  } finally {
    await browser?.close();
  }
}

async function startRuns(host: WebHost): Promise<void> {
  const tasks = await Promise.all(Array.from({ length: runs }, async () => await host.createTask({ run: "npm install left-pad" })));
  const asking = new Set<string>();
  const requests = await host.client.permissions.watch({});
  for (const { id } of tasks) await host.client.tasks.start({ id });
  for await (const event of requests) {
    for (const { taskId } of event.kind === "snapshot" ? event.requests : [event.request]) asking.add(taskId);
    if (asking.size === runs) return;
  }
}

async function measure(host: WebHost, page: Page | null) {
  await pause(settleMs);
  const { rssBytes, heapBytes } = await host.read();
  return { coreRss: megabytes(rssBytes), coreHeap: megabytes(heapBytes), pageHeap: page === null ? null : await pageHeap(page) };
}

/** Of what is still in use, after a collection. */
async function pageHeap(page: Page): Promise<number> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("HeapProfiler.collectGarbage");
  const { usedSize } = await devtools.send("Runtime.getHeapUsage");
  return megabytes(usedSize);
}
