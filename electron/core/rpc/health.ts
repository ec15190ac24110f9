import type { Core } from "../core.ts";
import { opened } from "./opened.ts";
import { os } from "./server.ts";

export function healthRouter(core: Core) {
  return os.health.router({
    report: os.health.report.handler(async ({ context }) => await opened(core).health.report(context.signal)),
  });
}
