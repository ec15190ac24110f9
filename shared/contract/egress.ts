import { eventIterator } from "@orpc/contract";
import * as z from "zod";
import { changesAudited, reads } from "./base.ts";
import { RunId, TaskId, Timestamp } from "./ids.ts";

/**
 * One connection out of a sandbox, or one request where it can be seen. Host, path and program are hostile
 * text; the program is what it calls itself. Refusals beyond what one run may write are counted in one row.
 */
export const EgressRow = z.object({
  id: z.string().max(40),
  taskId: TaskId,
  runId: RunId,
  at: Timestamp,
  host: z.string(),
  port: z.int(),
  method: z.string().nullable(),
  /** Without query. */
  path: z.string().nullable(),
  program: z.string().nullable(),
  /** `tunnelled`: its content was not seen. `opened`: TLS was opened for it. `plain`: it had no TLS. Null: it did not get that far. */
  carried: z.enum(["tunnelled", "opened", "plain"]).nullable(),
  decision: z.enum(["waiting", "allow", "deny"]),
  /** In words: the rule, or who answered. */
  decidedBy: z.string(),
  rule: z.string().nullable(),
  /** Name of the secret that was added. */
  secret: z.string().nullable(),
  status: z.enum(["waiting", "open", "done", "failed", "refused", "cut-off", "interrupted"]),
  /** Why it was refused or failed. */
  why: z.string().nullable(),
  bytesUp: z.int().nonnegative(),
  bytesDown: z.int().nonnegative(),
  durationMs: z.int().nonnegative().nullable(),
  /** How many refusals this row stands for. */
  count: z.int().positive(),
});
export type EgressRow = z.infer<typeof EgressRow>;

/** What the rows of one task add up to, whatever the filter. */
export const EgressTotals = z.object({
  connections: z.int(),
  refused: z.int(),
  open: z.int(),
  hosts: z.int(),
  bytesUp: z.int(),
  bytesDown: z.int(),
});
export type EgressTotals = z.infer<typeof EgressTotals>;

/** Whether the running run of a task can reach anything; `none` while nothing of it runs. */
export const EgressWay = z.enum(["none", "open", "lost", "cut-off", "unavailable"]);
export type EgressWay = z.infer<typeof EgressWay>;

export const EgressEvent = z.discriminatedUnion("kind", [
  /** The newest rows, newest first, and what all add up to. */
  z.object({
    kind: z.literal("snapshot"),
    rows: z.array(EgressRow),
    totals: EgressTotals,
    way: EgressWay,
    runId: RunId.nullable(),
  }),
  /** A row is new, or has changed. */
  z.object({ kind: z.literal("changed"), row: EgressRow, totals: EgressTotals }),
]);
export type EgressEvent = z.infer<typeof EgressEvent>;

export const egress = {
  /** The newest 200 connections of a task, then each change. */
  watch: reads()
    .input(z.object({ taskId: TaskId }))
    .output(eventIterator(EgressEvent)),
  /** Connections of a task, newest first. `before` is the id to go on from. */
  list: reads()
    .input(
      z.object({
        taskId: TaskId,
        before: z.string().max(40).nullable().default(null),
        limit: z.int().min(1).max(500).default(200),
        /** Part of a host, path, program or rule. */
        text: z.string().max(200).nullable().default(null),
        status: EgressRow.shape.status.nullable().default(null),
        runId: RunId.nullable().default(null),
      }),
    )
    .output(z.object({ rows: z.array(EgressRow), total: z.int() })),
  /** Ends every connection of a run and lets no further one out, as long as it lives. CONFLICT when it does not run. */
  cutOff: changesAudited("egress.cut-off")
    .input(z.object({ runId: RunId }))
    .output(z.object({})),
};
