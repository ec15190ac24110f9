import type { Core } from "../core.ts";
import { progress } from "./progress.ts";
import { os } from "./server.ts";

export function sandboxesRouter(core: Core) {
  return os.sandboxes.router({
    engines: os.sandboxes.engines.handler(async ({ context }) => [...(await core.engines.reports(context.signal))]),
    list: os.sandboxes.list.handler(async ({ context }) => {
      const all = await core.engines.list(context.signal);
      return all.map((one) => (core.opened?.left.isBeingRemoved(one.id) === true ? { ...one, state: "removing" } : one));
    }),
    images: os.sandboxes.images.handler(async ({ context }) => [...(await core.engines.images(context.signal))]),
    buildImage: os.sandboxes.buildImage.handler(({ context }) => {
      return progress((onLine, signal) => core.engines.buildImage(onLine, signal), context.signal);
    }),
    setUpLocal: os.sandboxes.setUpLocal.handler(({ context }) => {
      return progress((onLine, signal) => core.engines.setUpLocal(onLine, signal), context.signal);
    }),
  });
}
