import type { Core } from "../core.ts";
import { opened } from "./opened.ts";
import { os } from "./server.ts";

export function storageRouter(core: Core) {
  return os.storage.router({
    use: os.storage.use.handler(async ({ context }) => await opened(core).retention.use(context.signal)),
    preview: os.storage.preview.handler(async ({ context }) => await opened(core).retention.preview(context.signal)),
    clear: os.storage.clear.handler(async ({ context, input }) => await opened(core).retention.clear(input.kinds, context.signal)),
  });
}
