import type { Core } from "../core.ts";
import { requireCaFile } from "../gateway/dial/trusted-cas.ts";
import { opened } from "./opened.ts";
import { os } from "./server.ts";

export function settingsRouter(core: Core) {
  return os.settings.router({
    get: os.settings.get.handler(() => opened(core).settings.get()),
    update: os.settings.update.handler(async ({ input }) => {
      if (typeof input.extraCaFile === "string") await requireCaFile(input.extraCaFile, core.clock.now());
      return opened(core).settings.update(input);
    }),
  });
}
