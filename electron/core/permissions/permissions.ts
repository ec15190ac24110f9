import type {
  Answer,
  Grant,
  PermissionRequest,
  PersonRequest,
  ProposedEdit,
  QuestionOutcome,
  QuestionRequest,
} from "#shared/contract/permission.ts";
import type { RepositoryId, RequestId, RunId, TaskId } from "#shared/contract/ids.ts";
import type { ToolRequest, Verdict } from "#shared/contract/policy.ts";
import type { QuestionAnswer, QuestionForm } from "#shared/contract/question.ts";
import type { Emitter } from "../kernel/events.ts";

/** Who asks, and for how long it is worth answering. */
export interface Asker {
  readonly taskId: TaskId;
  readonly runId: RunId;
  readonly repositoryId: RepositoryId;
  readonly taskTitle: string;
  readonly repositoryName: string;
  readonly agentName: string;
  /** Null: it waits until a person answers. */
  readonly expiresInMs: number | null;
}

/** A form that an agent wants filled in. */
export interface FormQuestion extends Asker {
  readonly form: QuestionForm;
}

/** Everything about a call that a person needs to answer it. */
export interface Question extends Asker {
  readonly request: ToolRequest;
  readonly verdict: Verdict;
  readonly edit: ProposedEdit | null;
  readonly agentWords: string | null;
}

/** For how long an answer allows. */
export type GrantScope = "once" | "run" | "hour" | "repository";

/**
 * How a question ended. `withdrawn`: the run ended first, or core is closing. `crowded`: nobody was asked, because so many wait
 * already.
 */
export type Resolution =
  | { readonly kind: "allowed"; readonly request: PermissionRequest; readonly scope: GrantScope }
  | { readonly kind: "denied"; readonly request: PermissionRequest }
  | { readonly kind: "expired"; readonly request: PermissionRequest }
  | { readonly kind: "withdrawn"; readonly request: PermissionRequest }
  | { readonly kind: "crowded"; readonly request: PermissionRequest; readonly why: string };

/** How a form ended, and what the agent gets to hear. */
export interface FormResolution {
  readonly how: QuestionOutcome | "expired" | "withdrawn";
  readonly answer: QuestionAnswer;
}

/**
 * Asks, waits, answers, expires. Requests are in the database before anybody is asked, so a kill
 * at any moment leaves them there; at start those of ended runs expire to deny.
 */
export interface Permissions {
  /** Persists the question, tells the views, and settles when it has ended. Audited. */
  ask(question: Question, signal?: AbortSignal): Promise<Resolution>;
  /** As {@link Permissions.ask}, for a form. Whatever comes of it, nothing is allowed by it. */
  askForm(question: FormQuestion, signal?: AbortSignal): Promise<FormResolution>;
  /** The person's answer. STALE_ANSWER unless pending, unexpired and of this nonce. Audited. */
  answer(id: RequestId, nonce: string, answer: Answer, by: string, rule?: string | null): Promise<PermissionRequest>;
  /** What the person says to a form. STALE_ANSWER as above; INVALID_INPUT where it does not fit the form. Audited, without a value. */
  answerForm(id: RequestId, nonce: string, answer: QuestionAnswer, by: string): Promise<QuestionRequest>;
  /** Pending requests, riskiest first. */
  pending(): readonly PersonRequest[];
  /** How many of a task are pending. */
  waitingOf(taskId: TaskId): number;
  /** The pending request of this id; null when none waits. */
  find(id: RequestId): PersonRequest | null;
  /** Exact requests that a person allowed for this run, or for an hour in its task, as `requestKey`s. */
  grantsOf(runId: RunId, taskId: TaskId): ReadonlySet<string>;
  /** Rules that answers wrote for this repository. */
  rulesOf(repositoryId: RepositoryId): readonly string[];
  /** What is allowed beyond one request, newest first. */
  grants(): readonly Grant[];
  /** Takes a grant back. NOT_FOUND when it has ended. Audited. */
  revoke(id: RequestId, by: string): Promise<void>;
  /** Ends every grant but the rules that were written. */
  dropGrants(): void;
  /** What people answered, newest first. */
  history(limit: number): readonly PermissionRequest[];
  /** After a repository has gained or lost a rule by an answer or a revocation. */
  readonly rulesChanged: Emitter<RepositoryId>;
  /** From now on the pending requests of a run wait for so long, or until a person answers. Audited. */
  setExpiry(runId: RunId, expiresInMs: number | null): Promise<void>;
  /** Ends all pending requests of a run; drops its grants. */
  withdrawRun(runId: RunId, why: string): Promise<void>;
  /** At start: every request still pending belongs to a run that is gone; it expires to deny. */
  expireOrphans(): Promise<number>;
  readonly changed: Emitter<PersonRequest>;
  close(): Promise<void>;
}
