import * as z from "zod";
import { reads } from "./base.ts";
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

export const audit = {
  /** Newest first. `before` is the sequence number to go on from. */
  list: reads()
    .input(
      z.object({
        before: z.int().positive().nullable().default(null),
        limit: z.int().min(1).max(500).default(200),
        taskId: z.string().max(64).nullable().default(null),
        verb: z.string().max(80).nullable().default(null),
        text: z.string().max(200).nullable().default(null),
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
  verify: reads().input(z.object({})).output(AuditVerification),
};
