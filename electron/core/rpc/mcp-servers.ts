import type { Core } from "../core.ts";
import { opened } from "./opened.ts";
import { os } from "./server.ts";

export function mcpServersRouter(core: Core) {
  const book = () => opened(core).mcp;
  return os.mcpServers.router({
    list: os.mcpServers.list.handler(() => [...book().list()]),
    add: os.mcpServers.add.handler(({ input }) => book().add(input)),
    update: os.mcpServers.update.handler(({ input: { id, ...server } }) => book().update(id, server)),
    confirm: os.mcpServers.confirm.handler(({ input }) => book().confirm(input.id, input.hash)),
    remove: os.mcpServers.remove.handler(({ input }) => {
      book().remove(input.id);
      return {};
    }),
  });
}
