import type { Core } from "../core.ts";
import { os } from "./server.ts";

export function auditRouter(core: Core) {
  return os.audit.router({
    list: os.audit.list.handler(async ({ input }) => {
      const { entries, total } = await core.audit.list(input);
      return { entries: [...entries], total };
    }),
    verify: os.audit.verify.handler(async ({ context }) => await core.audit.verify(context.signal)),
  });
}
