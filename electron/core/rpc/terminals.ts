import type { TaskId } from "#shared/contract/ids.ts";
import type * as z from "zod";
import type { TerminalsEvent as TerminalsEventSchema } from "#shared/contract/terminal.ts";
import type { Core } from "../core.ts";
import { Emitter } from "../kernel/events.ts";
import { liveChannel } from "../kernel/live-channel.ts";
import { opened } from "./opened.ts";
import { os } from "./server.ts";

type TerminalsEvent = z.infer<typeof TerminalsEventSchema>;

export function terminalsRouter(core: Core) {
  const terminals = () => opened(core).terminals;
  return os.terminals.router({
    watch: os.terminals.watch.handler(({ input, context }) => watch(core, input.taskId, context.signal)),
    attach: os.terminals.attach.handler(({ input, context }) => terminals().attach(input.id, context.signal)),
    acknowledge: os.terminals.acknowledge.handler(({ input }) => {
      terminals().acknowledge(input.viewerId, input.bytes);
      return {};
    }),
    openShell: os.terminals.openShell.handler(async ({ input }) => {
      return await terminals().openShell({ ...input, ...(await opened(core).tasks.liveSandbox(input.taskId)) });
    }),
    input: os.terminals.input.handler(async ({ input }) => {
      await terminals().input(input.id, input.data);
      return {};
    }),
    resize: os.terminals.resize.handler(async ({ input }) => {
      await terminals().resize(input.id, input.columns, input.rows);
      return {};
    }),
    close: os.terminals.close.handler(async ({ input }) => {
      await terminals().closeTerminal(input.id);
      return {};
    }),
  });
}

/** All terminals of the task each time: what a slow reader misses is in the next list. */
async function* watch(core: Core, taskId: TaskId, signal: AbortSignal): AsyncGenerator<TerminalsEvent, void, void> {
  const { terminals } = opened(core);
  const list = (): TerminalsEvent => ({ kind: "snapshot", terminals: [...terminals.list(taskId)] });
  const changes = new Emitter<TerminalsEvent>();
  using _terminals = terminals.changed.on((change) => {
    if (change.taskId === taskId) changes.emit(list());
  });
  yield* liveChannel<TerminalsEvent, TerminalsEvent>(changes, list, signal, 20);
}
