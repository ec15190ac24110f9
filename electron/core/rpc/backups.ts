import type { Core } from "../core.ts";
import { opened } from "./opened.ts";
import { os } from "./server.ts";

export function backupsRouter(core: Core) {
  return os.backups.router({
    list: os.backups.list.handler(async () => [...(await opened(core).backups.list())]),
    create: os.backups.create.handler(async ({ context }) => {
      const { name, path } = await opened(core).backups.create(context.signal);
      return { name, path };
    }),
  });
}
