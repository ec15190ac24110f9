import * as z from "zod";
import { changesAudited } from "./base.ts";
import { TaskId, Timestamp } from "./ids.ts";

/**
 * What must never meet unasked in one run: something untrusted was read, private data or a secret was
 * opened, something can be sent out or changed in the world.
 */
export const TaintIngredient = z.enum(["untrusted", "private", "outward"]);
export type TaintIngredient = z.infer<typeof TaintIngredient>;

/** The first time that an ingredient came in since a person last cleared the task. */
export const TaintMark = z.object({
  ingredient: TaintIngredient,
  at: Timestamp,
  runId: z.string(),
  /** What brought it in, in words that may hold hostile text. */
  source: z.string().max(500),
});
export type TaintMark = z.infer<typeof TaintMark>;

export const taint = {
  /** Takes all marks from a task, with a reason that stays in the audit log. NOT_FOUND where there is none. */
  clear: changesAudited("taint.clear", { role: "owner" })
    .input(z.object({ taskId: TaskId, reason: z.string().trim().min(3, "Say why.").max(1_000) }))
    .output(z.object({})),
};
