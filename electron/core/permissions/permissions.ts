import type { Answer, PermissionRequest, ProposedEdit } from "#shared/contract/permission.ts";
import type { RepositoryId, RequestId, RunId, TaskId } from "#shared/contract/ids.ts";
import type { ToolRequest, Verdict } from "#shared/contract/policy.ts";
import type { Emitter } from "../kernel/events.ts";

/** Everything about a call that a person needs to answer it. */
export interface Question {
  readonly taskId: TaskId;
  readonly runId: RunId;
  readonly repositoryId: RepositoryId;
  readonly taskTitle: string;
  readonly repositoryName: string;
  readonly agentName: string;
  readonly request: ToolRequest;
  readonly verdict: Verdict;
  readonly edit: ProposedEdit | null;
  readonly agentWords: string | null;
  readonly expiresInMs: number;
}

/** How a question ended. `withdrawn`: the run ended first, or core is closing. */
export type Resolution =
  | { readonly kind: "allowed"; readonly request: PermissionRequest; readonly scope: "once" | "run" }
  | { readonly kind: "denied"; readonly request: PermissionRequest }
  | { readonly kind: "expired"; readonly request: PermissionRequest }
  | { readonly kind: "withdrawn"; readonly request: PermissionRequest };

/**
 * Asks, waits, answers, expires. Requests are in the database before anybody is asked, so a kill
 * at any moment leaves them there; at start those of ended runs expire to deny.
 */
export interface Permissions {
  /** Persists the question, tells the views, and settles when it has ended. Audited. */
  ask(question: Question, signal?: AbortSignal): Promise<Resolution>;
  /** The person's answer. STALE_ANSWER unless pending, unexpired and of this nonce. Audited. */
  answer(id: RequestId, nonce: string, answer: Answer, by: string): Promise<PermissionRequest>;
  /** Pending requests, riskiest first. */
  pending(): readonly PermissionRequest[];
  /** Exact requests that a person allowed for this run, as `requestKey`s. */
  grantsOf(runId: RunId): ReadonlySet<string>;
  /** Ends all pending requests of a run; drops its grants. */
  withdrawRun(runId: RunId, why: string): Promise<void>;
  /** At start: every request still pending belongs to a run that is gone; it expires to deny. */
  expireOrphans(): Promise<number>;
  readonly changed: Emitter<PermissionRequest>;
  close(): Promise<void>;
}
