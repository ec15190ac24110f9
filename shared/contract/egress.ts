import { eventIterator } from "@orpc/contract";
import * as z from "zod";
import { changesAudited, reads } from "./base.ts";
import { RepositoryId, RunId, TaskId, Timestamp } from "./ids.ts";

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
export const EgressWay = z.enum(["none", "open", "lost", "cut-off"]);
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

/** Where one of the person's package managers gets packages from, as rules that would allow it. `source`: where that was read. */
export const RegistryPreset = z.object({
  tool: z.enum(["npm", "pip", "cargo", "go", "apt"]),
  source: z.string(),
  rules: z.array(z.string()),
});
export type RegistryPreset = z.infer<typeof RegistryPreset>;

/** A rule of a repository's allowlist. */
export const AllowedEgress = z.object({ rule: z.string(), addedAt: Timestamp, addedBy: z.string() });
export type AllowedEgress = z.infer<typeof AllowedEgress>;

const egressRules = z.array(z.string().trim().min(1).max(2_000)).min(1).max(50);

/** Most rules of one task's own. */
export const maximumTaskRules = 50;

export const egress = {
  /** The allowlist of a repository, oldest first: `egress(…)` rules that hold for its runs besides the workspace's. */
  allowlist: reads()
    .input(z.object({ repositoryId: RepositoryId }))
    .output(z.array(AllowedEgress)),
  /** What could be put on it in one click: read from the person's own configuration of package managers. */
  presets: reads().input(z.object({})).output(z.array(RegistryPreset)),
  /** Puts rules on a repository's allowlist. RULES_MALFORMED when one is none, or not about egress; then nothing changes. */
  allow: changesAudited("egress.allow", { role: "owner" })
    .input(z.object({ repositoryId: RepositoryId, rules: egressRules }))
    .output(z.array(AllowedEgress)),
  /** Takes rules off it again. */
  disallow: changesAudited("egress.disallow", { role: "owner" })
    .input(z.object({ repositoryId: RepositoryId, rules: egressRules }))
    .output(z.array(AllowedEgress)),
  /** Where the runs of this one task may connect besides: `egress(…)` rules of its own. */
  taskAllowlist: reads()
    .input(z.object({ taskId: TaskId }))
    .output(z.array(z.string())),
  /** Replaces them; none: what the workspace's and the repository's rules say, and nothing else. RULES_MALFORMED as for `allow`. */
  setTaskAllowlist: changesAudited("egress.set-task-allowlist", { role: "owner" })
    .input(z.object({ taskId: TaskId, rules: z.array(z.string().trim().min(1).max(2_000)).max(maximumTaskRules) }))
    .output(z.array(z.string())),
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
