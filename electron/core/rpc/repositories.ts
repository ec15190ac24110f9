import type { Core } from "../core.ts";
import { opened } from "./opened.ts";
import { os } from "./server.ts";

export function repositoriesRouter(core: Core) {
  return os.repositories.router({
    list: os.repositories.list.handler(() => opened(core).repositories.list()),
    branches: os.repositories.branches.handler(async ({ input, context }) => {
      return await opened(core).repositories.branches(input.id, context.signal);
    }),
    add: os.repositories.add.handler(async ({ input, context }) => await opened(core).repositories.add(input.path, context.signal)),
    addSample: os.repositories.addSample.handler(async ({ context }) => await opened(core).repositories.addSample(context.signal)),
    remove: os.repositories.remove.handler(({ input }) => {
      opened(core).repositories.remove(input.id);
      return {};
    }),
    pickFolder: os.repositories.pickFolder.handler(async () => ({ path: await core.ports.dialogs.pickFolder("Add a repository") })),
  });
}
