import type { Clock } from "../kernel/clock.ts";
import type { Lifetime } from "../kernel/lifecycle.ts";
import type { SandboxDriver } from "../sandbox/driver.ts";
import { mendSandboxes } from "../tasks/reconciler.ts";
import type { RunServices } from "../tasks/run/run-services.ts";
import type { Tasks } from "../tasks/tasks.ts";

/** When an engine that did not answer at the start is asked again what it holds, milliseconds; twice as long each time. */
const askAgainMs = 15_000;
const askAgainAtMostMs = 300_000;

/** Engines can be slow to answer: the person sees the board meanwhile, and nothing runs before they have. */
export function mendInBackground(services: RunServices, tasks: Tasks, lifetime: Lifetime): void {
  const ending = new AbortController();
  const mended = mendAndOpen(services, tasks, ending.signal);
  lifetime.defer(async () => {
    ending.abort();
    await mended;
  });
}

async function mendAndOpen(services: RunServices, tasks: Tasks, signal: AbortSignal): Promise<void> {
  let silent = await mend(services, services.engines.all(), signal);
  if (!signal.aborted) tasks.open();
  for (let waitMs = askAgainMs; silent.length > 0; waitMs = Math.min(askAgainAtMostMs, waitMs * 2)) {
    await pause(services.clock, waitMs, signal);
    if (signal.aborted) return;
    silent = await mend(services, silent, signal);
  }
}

async function mend(services: RunServices, engines: readonly SandboxDriver[], signal: AbortSignal): Promise<readonly SandboxDriver[]> {
  try {
    return await mendSandboxes(services, engines, signal);
  } catch (error) {
    services.logger.error({ err: error }, "the sandboxes that were left could not be looked at");
    return engines;
  }
}

/** Until then, or until the signal. */
async function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const timer = clock.after(delayMs, resolve);
    const end = () => {
      timer[Symbol.dispose]();
      resolve();
    };
    signal.addEventListener("abort", end, { once: true });
  });
}
