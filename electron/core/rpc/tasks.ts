import type { Core } from "../core.ts";
import { opened } from "./opened.ts";
import { os } from "./server.ts";

export function tasksRouter(core: Core) {
  const tasks = () => opened(core).tasks;
  return os.tasks.router({
    board: os.tasks.board.handler(({ context }) => opened(core).board.watch(context.signal)),
    timeline: os.tasks.timeline.handler(({ input, context }) => tasks().watchTimeline(input.id, context.signal)),
    create: os.tasks.create.handler(({ input }) => tasks().create(input)),
    start: os.tasks.start.handler(({ input }) => tasks().start(input.id)),
    cancel: os.tasks.cancel.handler(async ({ input, context }) => await tasks().cancel(input.id, context.caller.name)),
    message: os.tasks.message.handler(({ input }) => {
      tasks().message(input.id, input.text, input.when, input.images);
      return {};
    }),
    takeBack: os.tasks.takeBack.handler(({ input }) => {
      tasks().takeBack(input.id, input.entryId);
      return {};
    }),
    attach: os.tasks.attach.handler(({ input }) => tasks().attach(input.id, input.data)),
    image: os.tasks.image.handler(({ input }) => tasks().image(input.id, input.imageId)),
    retry: os.tasks.retry.handler(({ input }) => tasks().retry(input.id)),
    rank: os.tasks.rank.handler(({ input }) => tasks().rank(input.id, input.rank)),
    setMode: os.tasks.setMode.handler(async ({ input, context }) => await tasks().setMode(input.id, input.mode, context.caller.name)),
    setUnattended: os.tasks.setUnattended.handler(async ({ input, context }) => {
      return await tasks().setUnattended(input.id, input.isUnattended, context.caller.name);
    }),
    limits: os.tasks.limits.handler(({ input }) => tasks().limitsOf(input.id)),
    setLimits: os.tasks.setLimits.handler(async ({ input, context }) => {
      return await tasks().setLimits(input.id, input.limits, context.caller.name);
    }),
    finish: os.tasks.finish.handler(async ({ input }) => {
      await tasks().finish(input.id);
      return {};
    }),
    session: os.tasks.session.handler(({ input, context }) => tasks().watchSession(input.id, context.signal)),
    setOption: os.tasks.setOption.handler(async ({ input }) => {
      await tasks().setOption(input.id, input.optionId, input.value);
      return {};
    }),
    diff: os.tasks.diff.handler(async ({ input, context }) => await tasks().diff(input.id, context.signal)),
    accept: os.tasks.accept.handler(async ({ input, context }) => {
      return await tasks().accept(input.id, input.head, input.branch, context.caller.name);
    }),
    discard: os.tasks.discard.handler(async ({ input, context }) => await tasks().discard(input.id, context.caller.name)),
    remove: os.tasks.remove.handler(async ({ input, context }) => {
      await tasks().remove(input.id, context.caller.name);
      return {};
    }),
  });
}
