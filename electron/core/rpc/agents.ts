import { agentDetails } from "../compose/agent-details.ts";
import type { Core } from "../core.ts";
import { opened } from "./opened.ts";
import { os } from "./server.ts";
import { steps } from "./steps.ts";

export function agentsRouter(core: Core) {
  const book = () => opened(core).agentBook;
  return os.agents.router({
    list: os.agents.list.handler(() => [...core.agents.list()]),
    offers: os.agents.offers.handler(() => core.agents.all.flatMap((profile) => opened(core).knownOffers.of(profile) ?? [])),
    details: os.agents.details.handler(async () => await agentDetails(core.agents, book())),
    add: os.agents.add.handler(({ input }) => {
      book().add(input, new Set(core.agents.builtIn.map(({ id }) => id)));
      return {};
    }),
    update: os.agents.update.handler(({ input }) => {
      book().update(input);
      return {};
    }),
    remove: os.agents.remove.handler(({ input }) => {
      opened(core).tasks.requireUnused(input.id);
      book().remove(input.id);
      return {};
    }),
    check: os.agents.check.handler(({ input, context }) => {
      const { agentChecks } = opened(core);
      return steps(async (onStep: (step: { kind: "line"; text: string }) => void, signal) => {
        const check = await agentChecks.run(input.id, context.caller.name, (text) => onStep({ kind: "line", text }), signal);
        return { kind: "done" as const, check };
      }, context.signal);
    }),
    acknowledge: os.agents.acknowledge.handler(({ input, context }) => {
      book().acknowledge(core.agents.profile(input.agentId), { ...input, by: context.caller.name });
      return {};
    }),
  });
}
