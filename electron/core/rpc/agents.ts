import type { Core } from "../core.ts";
import { os } from "./server.ts";

export function agentsRouter(core: Core) {
  return os.agents.router({
    list: os.agents.list.handler(() => [...core.agents.list()]),
  });
}
