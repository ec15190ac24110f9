import type { Core } from "../core.ts";
import { opened } from "./opened.ts";
import { os } from "./server.ts";
import { steps } from "./steps.ts";

type OnLine = (step: { kind: "line"; text: string }) => void;

export function mcpServersRouter(core: Core) {
  const book = () => opened(core).mcp;
  return os.mcpServers.router({
    list: os.mcpServers.list.handler(() => [...book().list()]),
    resolve: os.mcpServers.resolve.handler(({ input, context }) => {
      const { mcpChecks } = opened(core);
      return steps(async (onStep: OnLine, signal) => {
        const found = await mcpChecks.resolve(input, context.caller.name, (text) => onStep({ kind: "line", text }), signal);
        return { kind: "done" as const, package: found };
      }, context.signal);
    }),
    package: os.mcpServers.package.handler(async ({ input }) => await opened(core).serverPackages.facts(input.lock)),
    check: os.mcpServers.check.handler(({ input, context }) => {
      const { mcpChecks } = opened(core);
      return steps(async (onStep: OnLine, signal) => {
        const check = await mcpChecks.run(input.id, context.caller.name, (text) => onStep({ kind: "line", text }), signal);
        return { kind: "done" as const, check };
      }, context.signal);
    }),
    add: os.mcpServers.add.handler(({ input }) => book().add(input)),
    update: os.mcpServers.update.handler(({ input: { id, ...server } }) => book().update(id, server)),
    confirm: os.mcpServers.confirm.handler(({ input }) => book().confirm(input.id, input.hash)),
    remove: os.mcpServers.remove.handler(({ input }) => {
      book().remove(input.id);
      return {};
    }),
  });
}
