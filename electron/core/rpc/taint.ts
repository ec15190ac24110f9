import type { Core } from "../core.ts";
import { opened } from "./opened.ts";
import { os } from "./server.ts";

export function taintRouter(core: Core) {
  return os.taint.router({
    clear: os.taint.clear.handler(async ({ input, context }) => {
      await opened(core).taint.clear(input.taskId, input.reason, context.caller.name);
      return {};
    }),
  });
}
