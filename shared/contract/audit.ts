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
  z.object({ result: z.literal("intact"), entries: z.int(), root: z.string() }),
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
      }),
    )
    .output(z.object({ entries: z.array(AuditEntry), total: z.int() })),
  verify: reads().input(z.object({})).output(AuditVerification),
};
