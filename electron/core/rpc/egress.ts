import { homedir } from "node:os";
import type * as z from "zod";
import type { EgressEvent as EgressEventSchema } from "#shared/contract/egress.ts";
import type { TaskId } from "#shared/contract/ids.ts";
import type { Core } from "../core.ts";
import { readRegistries } from "../gateway/allowlist/package-registries.ts";
import { Emitter } from "../kernel/events.ts";
import { liveChannel } from "../kernel/live-channel.ts";
import { opened } from "./opened.ts";
import { os } from "./server.ts";

type EgressEvent = z.infer<typeof EgressEventSchema>;

/** Rows of a snapshot, and changes that a slow reader may be behind before it gets a new one. */
const shownRows = 200;

export function egressRouter(core: Core) {
  const gateway = () => opened(core).gateway;
  return os.egress.router({
    allowlist: os.egress.allowlist.handler(({ input }) => [...gateway().allowlists.of(input.repositoryId)]),
    presets: os.egress.presets.handler(async () => {
      return [...(await readRegistries({ home: homedir(), environment: process.env, asksTools: true }))];
    }),
    allow: os.egress.allow.handler(async ({ input, context }) => {
      opened(core).repositories.get(input.repositoryId);
      return [...(await gateway().allowlists.allow(input.repositoryId, input.rules, context.caller.name))];
    }),
    disallow: os.egress.disallow.handler(async ({ input, context }) => {
      return [...(await gateway().allowlists.disallow(input.repositoryId, input.rules, context.caller.name))];
    }),
    taskAllowlist: os.egress.taskAllowlist.handler(({ input }) => {
      opened(core).tasks.require(input.taskId);
      return [...gateway().allowlists.ofTask(input.taskId)];
    }),
    setTaskAllowlist: os.egress.setTaskAllowlist.handler(async ({ input, context }) => {
      opened(core).tasks.require(input.taskId);
      return [...(await gateway().allowlists.setTask(input.taskId, input.rules, context.caller.name))];
    }),
    watch: os.egress.watch.handler(({ input, context }) => watch(core, input.taskId, context.signal)),
    list: os.egress.list.handler(({ input }) => {
      const { rows, total } = gateway().ledger.list(input);
      return { rows: [...rows], total };
    }),
    cutOff: os.egress.cutOff.handler(async ({ input, context }) => {
      await gateway().cutOff(input.runId, context.caller.name);
      return {};
    }),
  });
}

async function* watch(core: Core, taskId: TaskId, signal: AbortSignal): AsyncGenerator<EgressEvent, void, void> {
  const { gateway } = opened(core);
  const { ledger } = gateway;
  const snapshot = (): EgressEvent => {
    const { rows } = ledger.list({ taskId, before: null, limit: shownRows, text: null, status: null, runId: null });
    return { kind: "snapshot", rows: [...rows], totals: ledger.totals(taskId), ...gateway.wayOf(taskId) };
  };
  const changes = new Emitter<EgressEvent>();
  using _rows = ledger.changed.on((row) => {
    if (row.taskId === taskId) changes.emit({ kind: "changed", row, totals: ledger.totals(taskId) });
  });
  using _way = gateway.wayChanged.on((changed) => {
    if (changed === taskId) changes.emit(snapshot());
  });
  yield* liveChannel<EgressEvent, EgressEvent>(changes, snapshot, signal, shownRows);
}
