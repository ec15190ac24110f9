import type { Core } from "../core.ts";
import { opened } from "./opened.ts";
import { os } from "./server.ts";

export function settingsRouter(core: Core) {
  return os.settings.router({
    get: os.settings.get.handler(() => opened(core).settings.get()),
    update: os.settings.update.handler(({ input }) => opened(core).settings.update(input)),
  });
}
