import type { Core } from "../core.ts";
import { opened } from "./opened.ts";
import { os } from "./server.ts";

export function backupsRouter(core: Core) {
  return os.backups.router({
    list: os.backups.list.handler(async () => [...(await opened(core).backups.list())]),
    state: os.backups.state.handler(async () => await opened(core).backupSchedule.state()),
    create: os.backups.create.handler(async ({ context }) => {
      const { manifest: _, ...summary } = await opened(core).backups.create(context.signal);
      return summary;
    }),
    rehearse: os.backups.rehearse.handler(async ({ context, input }) => {
      return await opened(core).backupSchedule.rehearse(input.name, context.signal);
    }),
    remove: os.backups.remove.handler(async ({ input }) => {
      await opened(core).backups.remove(input.name);
      return {};
    }),
    offered: os.backups.offered.handler(async () => [...(await core.recovery.offered())]),
    bring: os.backups.bring.handler(async ({ context, input }) => await core.recovery.bring(input.path, context.signal)),
    restore: os.backups.restore.handler(async ({ context, input }) => {
      return { keptIn: await core.recovery.restore(input.name, context.caller.name) };
    }),
  });
}
