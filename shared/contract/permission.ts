import { eventIterator } from "@orpc/contract";
import * as z from "zod";
import { changesAudited, reads } from "./base.ts";
import { RepositoryId, RequestId, RunId, TaskId, Timestamp } from "./ids.ts";
import { ToolRequest, Verdict } from "./policy.ts";
import { QuestionAnswer, QuestionForm } from "./question.ts";

/** Proposed content of an edit, so that the person sees what they allow. */
export const ProposedEdit = z.object({ path: z.string(), before: z.string().nullable(), after: z.string() });
export type ProposedEdit = z.infer<typeof ProposedEdit>;

/** How a person can answer. Every one of them binds to exactly the request, under the rules it was judged by. */
export const Answer = z.enum(["allow-once", "allow-run", "allow-hour", "allow-repository", "deny", "deny-run"]);
export type Answer = z.infer<typeof Answer>;

const unanswered = [
  z.object({ status: z.literal("pending") }),
  z.object({ status: z.literal("expired"), at: Timestamp }),
  /** The run ended before anyone answered. */
  z.object({ status: z.literal("withdrawn"), at: Timestamp, why: z.string() }),
] as const;

export const RequestStatus = z.discriminatedUnion("status", [
  ...unanswered,
  z.object({ status: z.literal("answered"), answer: Answer, at: Timestamp, by: z.string() }),
]);
export type RequestStatus = z.infer<typeof RequestStatus>;

/** What everything that waits for a person has in common. */
const asked = {
  id: RequestId,
  taskId: TaskId,
  runId: RunId,
  repositoryId: RepositoryId,
  taskTitle: z.string(),
  repositoryName: z.string(),
  agentName: z.string(),
  createdAt: Timestamp,
  /** When it ends unanswered; null while its run is unattended: then it waits until a person answers. */
  expiresAt: Timestamp.nullable(),
  /** Must come back with the answer: binds it to exactly this request. */
  nonce: z.string(),
};

/** Something that a run wants to do and a person decides. Unanswered, it is denied. */
export const PermissionRequest = z.object({
  /** Left out in records of before there were questions. */
  kind: z.literal("permission").default("permission"),
  ...asked,
  request: ToolRequest,
  verdict: Verdict,
  edit: ProposedEdit.nullable(),
  /** The agent's own words about the call. Hostile, shown last and quoted. */
  agentWords: z.string().nullable(),
  status: RequestStatus,
});
export type PermissionRequest = z.infer<typeof PermissionRequest>;

/** What a person did with a form. */
export const QuestionOutcome = z.enum(["answered", "declined", "cancelled"]);
export type QuestionOutcome = z.infer<typeof QuestionOutcome>;

/** A form that an agent wants filled in. Nothing is allowed by it; unanswered, the agent hears that it was left and goes on. */
export const QuestionRequest = z.object({
  kind: z.literal("question"),
  ...asked,
  form: QuestionForm,
  status: z.discriminatedUnion("status", [
    ...unanswered,
    /** What was answered is the agent's alone. */
    z.object({ status: z.literal("answered"), how: QuestionOutcome, at: Timestamp, by: z.string() }),
  ]),
});
export type QuestionRequest = z.infer<typeof QuestionRequest>;

/** Whatever waits for a person. */
export const PersonRequest = z.discriminatedUnion("kind", [PermissionRequest, QuestionRequest]);
export type PersonRequest = z.infer<typeof PersonRequest>;

/** What a person allowed beyond one request. Named by the request it came from. */
export const Grant = z.object({
  id: RequestId,
  /** `run`, `hour`: exactly this request. `repository`: what `rule` matches in this repository. */
  scope: z.enum(["run", "hour", "repository"]),
  repositoryName: z.string(),
  taskTitle: z.string(),
  summary: z.string(),
  rule: z.string().nullable(),
  grantedAt: Timestamp,
  expiresAt: Timestamp.nullable(),
  by: z.string(),
});
export type Grant = z.infer<typeof Grant>;

/** A request of the past, as a proposal or a replay names it. */
export const PastRequest = z.object({ id: RequestId, summary: z.string(), answer: Answer, at: Timestamp });
export type PastRequest = z.infer<typeof PastRequest>;

/** "Allow like this": the narrowest rule that would have allowed a request; null where no rule can, with why. */
export const Proposal = z.object({
  rule: z.string().nullable(),
  why: z.string().nullable(),
  /** Requests of this repository that were asked about and that the rule would have allowed, newest first; 20 at most. */
  matches: z.array(PastRequest),
  matchCount: z.int(),
  /** Answered requests that were looked at. */
  considered: z.int(),
});
export type Proposal = z.infer<typeof Proposal>;

export const PermissionEvent = z.discriminatedUnion("kind", [
  /** All that is pending, riskiest first. */
  z.object({ kind: z.literal("snapshot"), requests: z.array(PersonRequest) }),
  z.object({ kind: z.literal("changed"), request: PersonRequest }),
]);
export type PermissionEvent = z.infer<typeof PermissionEvent>;

export const permissions = {
  watch: reads().input(z.object({})).output(eventIterator(PermissionEvent)),
  /** Answers once. STALE_ANSWER when it was answered elsewhere, expired, or the nonce is another's. */
  answer: changesAudited("permission.answer")
    .input(
      z.object({
        id: RequestId,
        nonce: z.string().min(16).max(128),
        answer: Answer,
        /** With `allow-repository`: the rule that was shown. CONFLICT when it is not the one that core proposes now. */
        rule: z.string().max(8_192).nullable().default(null),
      }),
    )
    .output(PermissionRequest),
  /** Answers a form once. STALE_ANSWER as above; INVALID_INPUT for what does not fit the form. */
  answerQuestion: changesAudited("question.end")
    .input(z.object({ id: RequestId, nonce: z.string().min(16).max(128), answer: QuestionAnswer }))
    .output(QuestionRequest),
  /** What `allow-repository` would write for a request that waits. */
  proposal: reads()
    .input(z.object({ id: RequestId }))
    .output(Proposal),
  /** What the person was asked about and answered, newest first. */
  past: reads()
    .input(z.object({ limit: z.int().min(1).max(50) }))
    .output(z.array(PastRequest)),
  /** What is allowed beyond one request now, newest first. */
  grants: reads().input(z.object({})).output(z.array(Grant)),
  /** Takes a grant back; what runs already goes on. NOT_FOUND when it has ended. */
  revoke: changesAudited("permission.revoke")
    .input(z.object({ id: RequestId }))
    .output(z.object({})),
};
