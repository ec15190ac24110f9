import type { Core } from "../core.ts";
import { opened } from "./opened.ts";
import { os } from "./server.ts";

export function attemptsRouter(core: Core) {
  const attempts = () => opened(core).attempts;
  return os.attempts.router({
    create: os.attempts.create.handler(({ input }) => attempts().create(input.task, input.by)),
    compare: os.attempts.compare.handler(async ({ input, context }) => await attempts().compare(input.group, context.signal)),
    accept: os.attempts.accept.handler(async ({ input, context }) => await attempts().accept({ ...input, by: context.caller.name })),
  });
}
