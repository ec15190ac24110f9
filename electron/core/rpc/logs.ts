import type { LogEvent } from "#shared/contract/log.ts";
import type { Core } from "../core.ts";
import { Emitter } from "../kernel/events.ts";
import { liveChannel } from "../kernel/live-channel.ts";
import { faultReport } from "../logs/fault-report.ts";
import { os } from "./server.ts";

export function logsRouter(core: Core) {
  return os.logs.router({
    watch: os.logs.watch.handler(({ context }) => watchLines(core, context.signal)),
    report: os.logs.report.handler(async ({ context }) => {
      const health = (await core.opened?.health.report(context.signal)) ?? null;
      const redact = (text: string) => core.liveSecrets.redact(text);
      return { text: faultReport({ status: core.status(), health, lines: core.logBook?.lines() ?? [], redact, now: core.clock.now() }) };
    }),
  });
}

async function* watchLines({ logBook }: Core, signal: AbortSignal): AsyncGenerator<LogEvent, void, void> {
  const changes = new Emitter<LogEvent>();
  using _lines = logBook?.added.on((line) => changes.emit({ kind: "added", line }));
  yield* liveChannel<LogEvent, LogEvent>(changes, () => ({ kind: "snapshot", lines: [...(logBook?.lines() ?? [])] }), signal);
}
