import { eventIterator } from "@orpc/contract";
import * as z from "zod";
import { changes, reads } from "./base.ts";
import { RepositoryId, RequestId, RunId, TaskId, Timestamp } from "./ids.ts";
import { ToolRequest, Verdict } from "./policy.ts";

/** Proposed content of an edit, so that the person sees what they allow. */
export const ProposedEdit = z.object({ path: z.string(), before: z.string().nullable(), after: z.string() });
export type ProposedEdit = z.infer<typeof ProposedEdit>;

export const RequestStatus = z.discriminatedUnion("status", [
  z.object({ status: z.literal("pending") }),
  z.object({ status: z.literal("answered"), answer: z.enum(["allow-once", "allow-run", "deny"]), at: Timestamp, by: z.string() }),
  z.object({ status: z.literal("expired"), at: Timestamp }),
  /** The run ended before anyone answered. */
  z.object({ status: z.literal("withdrawn"), at: Timestamp, why: z.string() }),
]);
export type RequestStatus = z.infer<typeof RequestStatus>;

export const PermissionRequest = z.object({
  id: RequestId,
  taskId: TaskId,
  runId: RunId,
  repositoryId: RepositoryId,
  taskTitle: z.string(),
  repositoryName: z.string(),
  agentName: z.string(),
  request: ToolRequest,
  verdict: Verdict,
  edit: ProposedEdit.nullable(),
  /** The agent's own words about the call. Hostile, shown last and quoted. */
  agentWords: z.string().nullable(),
  createdAt: Timestamp,
  expiresAt: Timestamp,
  /** Must come back with the answer: binds it to exactly this request. */
  nonce: z.string(),
  status: RequestStatus,
});
export type PermissionRequest = z.infer<typeof PermissionRequest>;

export const Answer = z.enum(["allow-once", "allow-run", "deny"]);
export type Answer = z.infer<typeof Answer>;

export const PermissionEvent = z.discriminatedUnion("kind", [
  /** All that is pending, riskiest first. */
  z.object({ kind: z.literal("snapshot"), requests: z.array(PermissionRequest) }),
  z.object({ kind: z.literal("changed"), request: PermissionRequest }),
]);
export type PermissionEvent = z.infer<typeof PermissionEvent>;

export const permissions = {
  watch: reads().input(z.object({})).output(eventIterator(PermissionEvent)),
  /** Answers once. STALE_ANSWER when it was answered elsewhere, expired, or the nonce is another's. */
  answer: changes("permission.answer")
    .input(z.object({ id: RequestId, nonce: z.string().min(16).max(128), answer: Answer }))
    .output(PermissionRequest),
};
