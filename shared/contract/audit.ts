import { eventIterator } from "@orpc/contract";
import * as z from "zod";
import { changesAudited, reads } from "./base.ts";
import { Timestamp } from "./ids.ts";

/** Who did it: the person, an agent in a run, or Gatehouse itself. */
export const Actor = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("person"), name: z.string() }),
  z.object({ kind: z.literal("agent"), runId: z.string() }),
  z.object({ kind: z.literal("gatehouse") }),
]);
export type Actor = z.infer<typeof Actor>;

/**
 * One line of the log. An `intent` is on disk before its effect begins; the `outcome` names it by
 * sequence number. A `note` has no effect of its own. Values of secrets never appear.
 */
export const AuditEntry = z.object({
  sequence: z.int().nonnegative(),
  at: Timestamp,
  phase: z.enum(["intent", "outcome", "note"]),
  /** Sequence number of the intent that this outcome ends; null otherwise. */
  intent: z.int().nonnegative().nullable(),
  /** `noun.verb`: `task.accept`, `tool.shell`, `sandbox.create`. */
  verb: z.string().max(80),
  actor: Actor,
  taskId: z.string().nullable(),
  runId: z.string().nullable(),
  outcome: z.enum(["done", "failed", "refused"]).nullable(),
  detail: z.record(z.string(), z.json()),
  /** The id that all entries and log lines of one call share, and of what it led to. */
  call: z.string().max(64).optional(),
  previousHash: z.string(),
  hash: z.string(),
});
export type AuditEntry = z.infer<typeof AuditEntry>;

export const AuditVerification = z.discriminatedUnion("result", [
  z.object({
    result: z.literal("intact"),
    entries: z.int(),
    root: z.string(),
    /** Entries that a signed checkpoint covers; those after them are the newest, not signed yet. */
    signed: z.int().optional(),
    /** How many alarms the log holds. */
    epoch: z.int().optional(),
    /** Public keys that signed its checkpoints, in base64url. */
    keys: z.array(z.string()).optional(),
  }),
  z.object({ result: z.literal("tampered"), firstBad: z.int(), problem: z.string(), entries: z.int() }),
]);
export type AuditVerification = z.infer<typeof AuditVerification>;

/** What the index of the log knows of an entry. A null looks for anything. */
const indexed = {
  taskId: z.string().max(64).nullable().default(null),
  /** A verb, or its noun alone for all of its verbs. */
  verb: z.string().max(80).nullable().default(null),
  runId: z.string().max(64).nullable().default(null),
  /** `gatehouse`, `agent`, `person`, or a person's name. */
  actor: z.string().max(200).nullable().default(null),
  /** `unknown`: intents that a crash left without an outcome. */
  outcome: z.enum(["done", "failed", "refused", "unknown"]).nullable().default(null),
  /** Part of the text of the rule that decided. */
  rule: z.string().max(2_000).nullable().default(null),
  /** Name of a secret. */
  secret: z.string().max(200).nullable().default(null),
  /** First and last millisecond. */
  from: Timestamp.nullable().default(null),
  to: Timestamp.nullable().default(null),
};

/** Which entries to look at. */
export const AuditFilter = z.object({ ...indexed, text: z.string().max(200).nullable().default(null) });
export type AuditFilter = z.infer<typeof AuditFilter>;

/** A filter that a person kept under a name. */
export const AuditView = z.object({
  name: z.string().trim().min(1, "Give the view a name.").max(60),
  filter: AuditFilter,
  /** Takes the place of the filter's times: the last so many milliseconds. */
  withinMs: z
    .int()
    .min(1_000)
    .max(10 * 365 * 86_400_000)
    .nullable(),
});
export type AuditView = z.infer<typeof AuditView>;

/** What happened from `at` until the next step. */
export const AuditStep = z.object({
  at: Timestamp,
  /** Tool calls, connections and secrets that were let through, by a rule or by a person. */
  allowed: z.int(),
  asked: z.int(),
  deniedByRule: z.int(),
  deniedByPerson: z.int(),
  /** Nobody answered in time. */
  expired: z.int(),
  connected: z.int(),
  connectionsRefused: z.int(),
});
export type AuditStep = z.infer<typeof AuditStep>;

/** How far a verification or an export has come, of `total`. */
const Advance = z.object({ kind: z.literal("advance"), done: z.int(), total: z.int() });

export const AuditVerifying = z.discriminatedUnion("kind", [
  Advance,
  z.object({ kind: z.literal("verified"), verification: AuditVerification }),
]);
export type AuditVerifying = z.infer<typeof AuditVerifying>;

export const AuditExporting = z.discriminatedUnion("kind", [
  Advance,
  z.object({ kind: z.literal("written"), path: z.string(), entries: z.int() }),
  /** The person chose no file. */
  z.object({ kind: z.literal("cancelled") }),
  /** A log that is not as it was written is not exported; its file is the evidence. */
  z.object({ kind: z.literal("tampered"), firstBad: z.int(), problem: z.string() }),
]);
export type AuditExporting = z.infer<typeof AuditExporting>;

export const audit = {
  /** Newest first. `before` is the sequence number to go on from, `skip` how many of those that match are left out first. */
  list: reads()
    .input(
      z.object({
        ...AuditFilter.shape,
        before: z.int().positive().nullable().default(null),
        skip: z.int().min(0).max(10_000_000).default(0),
        limit: z.int().min(1).max(500).default(200),
      }),
    )
    .output(
      z.object({
        entries: z.array(AuditEntry),
        /** How many match. With `text`: of those that were looked at, from `before` on. */
        total: z.int(),
        /** Whether the whole log was looked at for `total`. */
        isTotalExact: z.boolean().optional(),
        /** Sequence numbers of intents on this page that a crash left without an outcome. */
        unknown: z.array(z.int()).optional(),
      }),
    ),
  /** What there is to filter by. */
  names: reads()
    .input(z.object({}))
    .output(
      z.object({
        verbs: z.array(z.string()),
        actors: z.array(z.string()),
        rules: z.array(z.string()),
        secrets: z.array(z.string()),
      }),
    ),
  /** How many entries there are, now and whenever it has grown, at most a few times a second. */
  watch: reads()
    .input(z.object({}))
    .output(eventIterator(z.object({ count: z.int() }))),
  /** What was decided over time, oldest first: at most `steps` equal steps over what matches. */
  activity: reads()
    .input(z.object({ ...indexed, steps: z.int().min(1).max(400).default(60) }))
    .output(z.object({ stepMs: z.int(), steps: z.array(AuditStep) })),
  verify: reads().input(z.object({})).output(AuditVerification),
  /** The same, saying in bytes how far it has come. */
  verifyStepwise: reads().input(z.object({})).output(eventIterator(AuditVerifying)),
  /**
   * Writes the whole log to a file that the person chooses, or, on a host without dialogs, into the data
   * folder: `jsonl` with checkpoints and keys, to be verified elsewhere; `csv` for a spreadsheet.
   */
  export: changesAudited("audit.export")
    .input(z.object({ format: z.enum(["jsonl", "csv"]) }))
    .output(eventIterator(AuditExporting)),
};
