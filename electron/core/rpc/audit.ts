import type { AuditExporting, AuditVerifying } from "#shared/contract/audit.ts";
import type { ExportFormat } from "../audit/export-log.ts";
import type { Core } from "../core.ts";
import { Emitter } from "../kernel/events.ts";
import { liveChannel } from "../kernel/live-channel.ts";
import { os } from "./server.ts";
import { steps } from "./steps.ts";

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
    watch: os.audit.watch.handler(({ context }) => watch(core, context.signal)),
    activity: os.audit.activity.handler(async ({ input, context }) => {
      const { stepMs, steps } = await core.audit.activity(input, input.steps, context.signal);
      return { stepMs, steps: [...steps] };
    }),
    verify: os.audit.verify.handler(async ({ context }) => await core.audit.verify(context.signal)),
    verifyStepwise: os.audit.verifyStepwise.handler(({ context }) => verify(core, context.signal)),
    export: os.audit.export.handler(({ input, context }) => exportLog(core, input.format, context.caller.name, context.signal)),
  });
}

/** How often a growing log is told of, milliseconds. */
const tellMs = 300;

async function* watch(core: Core, signal: AbortSignal): AsyncGenerator<{ count: number }, void, void> {
  const grown = new Emitter<{ count: number }>();
  const telling: { timer: Disposable | null } = { timer: null };
  using _appended = core.audit.appended.on(() => {
    telling.timer ??= core.clock.after(tellMs, () => {
      telling.timer = null;
      grown.emit({ count: core.audit.count });
    });
  });
  try {
    yield* liveChannel(grown, () => ({ count: core.audit.count }), signal, 1);
  } finally {
    telling.timer?.[Symbol.dispose]();
  }
}

function verify(core: Core, signal: AbortSignal): AsyncGenerator<AuditVerifying, void, void> {
  return steps<AuditVerifying, AuditVerifying>(async (onStep, ended) => {
    const verification = await core.audit.verifyStepwise((done, total) => onStep({ kind: "advance", done, total }), ended);
    return { kind: "verified", verification };
  }, signal);
}

/** The file is chosen first, so that the log says where its copy went. */
function exportLog(core: Core, format: ExportFormat, by: string, signal: AbortSignal): AsyncGenerator<AuditExporting, void, void> {
  return steps<AuditExporting, AuditExporting>(async (onStep, ended) => {
    const { dialogs } = core.ports;
    const path = await dialogs.pickNewFile("Export the audit log", `gatehouse-audit.${format}`);
    if (path === null && dialogs.canPickFolder) return { kind: "cancelled" };
    const event = { verb: "audit.export", actor: { kind: "person" as const, name: by }, detail: { format, path } };
    return await core.audit.around(event, async (intent) => {
      const onAdvance = (done: number, total: number) => onStep({ kind: "advance", done, total });
      const exported = await core.audit.exportTo(path, format, onAdvance, ended);
      await (exported.kind === "written"
        ? intent.done({ path: exported.path, entries: exported.entries })
        : intent.refused({ why: "tampered" }));
      return exported;
    });
  }, signal);
}
