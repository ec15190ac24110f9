import type { Core } from "../core.ts";
import { os } from "./server.ts";

export function auditRouter(core: Core) {
  return os.audit.router({
    list: os.audit.list.handler(async ({ input }) => {
      const { entries, total, isTotalExact = true, unknown = [] } = await core.audit.list(input);
      return { entries: [...entries], total, isTotalExact, unknown: [...unknown] };
    }),
    names: os.audit.names.handler(() => {
      const { verbs, actors, rules, secrets } = core.audit.names();
      return { verbs: [...verbs], actors: [...actors], rules: [...rules], secrets: [...secrets] };
    }),
    verify: os.audit.verify.handler(async ({ context }) => await core.audit.verify(context.signal)),
  });
}
