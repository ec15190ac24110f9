import type { Core } from "../core.ts";
import { liveChannel } from "../kernel/live-channel.ts";
import { os } from "./server.ts";

export function appRouter(core: Core) {
  return os.app.router({
    status: os.app.status.handler(() => core.status()),
    watch: os.app.watch.handler(({ context }) => liveChannel(core.statusChanged, () => core.status(), context.signal)),
    stopEverything: os.app.stopEverything.handler(async ({ context }) => ({ stoppedRuns: await core.endEverything(context.caller.name) })),
  });
}
