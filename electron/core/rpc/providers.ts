import type { Core } from "../core.ts";
import { opened } from "./opened.ts";
import { os } from "./server.ts";

export function providersRouter(core: Core) {
  const book = () => opened(core).usage.providers;
  return os.providers.router({
    list: os.providers.list.handler(() => [...book().list()]),
    add: os.providers.add.handler(({ input }) => book().add(input)),
    update: os.providers.update.handler(({ input: { id, ...provider } }) => book().update(id, provider)),
    remove: os.providers.remove.handler(({ input }) => {
      book().remove(input.id);
      return {};
    }),
  });
}
