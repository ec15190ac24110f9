import type { Core } from "../core.ts";
import { opened } from "./opened.ts";
import { os } from "./server.ts";

export function repositorySettingsRouter(core: Core) {
  return os.repositorySettings.router({
    file: os.repositorySettings.file.handler(async ({ input, context }) => {
      await opened(core).refreshSettings(input.repositoryId, context.signal);
      return opened(core).repositorySettings.of(input.repositoryId);
    }),
    adopt: os.repositorySettings.adopt.handler(async ({ input, context }) => {
      await opened(core).repositorySettings.adopt(input.repositoryId, input.sha256, context.caller.name);
      return {};
    }),
  });
}
