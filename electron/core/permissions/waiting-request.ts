import { randomBytes } from "node:crypto";
import { RequestId } from "#shared/contract/ids.ts";
import type { PermissionRequest, PersonRequest, QuestionRequest } from "#shared/contract/permission.ts";
import type { QuestionAnswer } from "#shared/contract/question.ts";
import type { Clock } from "../kernel/clock.ts";
import { Emitter } from "../kernel/events.ts";
import { randomId } from "../kernel/ids.ts";
import { requestKey } from "../policy/decide.ts";
import type { FormQuestion, Question } from "./permissions.ts";

/** How a request ended. `given`: what was said to a form, which is kept nowhere. */
export interface Ended {
  readonly request: PersonRequest;
  readonly given: QuestionAnswer | null;
}

/** A request that waits, with what settles it. */
export interface Waiting {
  request: PersonRequest;
  /** By which a grant would name it; null for a form, which grants nothing. */
  readonly key: string | null;
  readonly askedAt: number;
  /** By the clock that only grows. */
  dueAt: number | null;
  readonly settle: (ended: Ended) => void;
  /** What is being written about it now, its asking or its one ending; whoever comes later waits. */
  ending: Promise<unknown> | null;
}

/** The question as a request of its own, with the nonce that its answer has to bring. */
export function composeRequest({ expiresInMs, ...asked }: Question, now: number): PermissionRequest {
  return { kind: "permission", ...asked, ...begun(expiresInMs, now) };
}

/** As {@link composeRequest}, of a form. */
export function composeForm({ expiresInMs, ...asked }: FormQuestion, now: number): QuestionRequest {
  return { kind: "question", ...asked, ...begun(expiresInMs, now) };
}

function begun(expiresInMs: number | null, now: number) {
  return {
    id: RequestId.parse(randomId("req", 16)),
    createdAt: now,
    expiresAt: expiresInMs === null ? null : now + wholeMs(expiresInMs),
    nonce: randomBytes(16).toString("hex"),
    status: { status: "pending" as const },
  };
}

/** `expiresInMs`: null for a request that waits as long as it takes. */
export function waitFor(
  request: PersonRequest,
  expiresInMs: number | null,
  clock: Clock,
): { readonly waiting: Waiting; readonly settled: Promise<Ended> } {
  const ended = new Emitter<Ended>();
  const settled = new Promise<Ended>((resolve) => void ended.on(resolve));
  const key = request.kind === "permission" ? requestKey(request.request, request.verdict.ruleSetHash) : null;
  const askedAt = clock.monotonic();
  const dueAt = expiresInMs === null ? null : askedAt + wholeMs(expiresInMs);
  return { waiting: { request, key, askedAt, dueAt, settle: (how) => ended.emit(how), ending: null }, settled };
}

/** By the clock of the wall and by the one that only grows: setting the clock back gains no time. */
export function remainingMs({ request, dueAt }: Waiting, clock: Clock): number {
  if (request.expiresAt === null || dueAt === null) return Number.POSITIVE_INFINITY;
  return Math.min(request.expiresAt - clock.now(), dueAt - clock.monotonic());
}

/** How long it has waited. */
export function latencyMs({ askedAt }: Waiting, clock: Clock): number {
  return Math.round(clock.monotonic() - askedAt);
}

export function wholeMs(ms: number): number {
  return Math.max(1, Math.round(ms));
}
