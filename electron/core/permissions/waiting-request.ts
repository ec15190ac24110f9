import { randomBytes } from "node:crypto";
import { RequestId } from "#shared/contract/ids.ts";
import type { PermissionRequest } from "#shared/contract/permission.ts";
import type { Clock } from "../kernel/clock.ts";
import { Emitter } from "../kernel/events.ts";
import { randomId } from "../kernel/ids.ts";
import { requestKey } from "../policy/decide.ts";
import type { Question, Resolution } from "./permissions.ts";

/** A request that waits, with what settles it. */
export interface Waiting {
  request: PermissionRequest;
  readonly key: string;
  readonly askedAt: number;
  /** By the clock that only grows. */
  dueAt: number | null;
  readonly settle: (resolution: Resolution) => void;
  /** What is being written about it now, its asking or its one ending; whoever comes later waits. */
  ending: Promise<unknown> | null;
}

/** The question as a request of its own, with the nonce that its answer has to bring. */
export function composeRequest({ expiresInMs, ...asked }: Question, now: number): PermissionRequest {
  return {
    ...asked,
    id: RequestId.parse(randomId("req", 16)),
    createdAt: now,
    expiresAt: expiresInMs === null ? null : now + wholeMs(expiresInMs),
    nonce: randomBytes(16).toString("hex"),
    status: { status: "pending" },
  };
}

/** `expiresInMs`: null for a request that waits as long as it takes. */
export function waitFor(
  request: PermissionRequest,
  expiresInMs: number | null,
  clock: Clock,
): { readonly waiting: Waiting; readonly settled: Promise<Resolution> } {
  const ended = new Emitter<Resolution>();
  const settled = new Promise<Resolution>((resolve) => void ended.on(resolve));
  const key = requestKey(request.request, request.verdict.ruleSetHash);
  const settle = (resolution: Resolution) => ended.emit(resolution);
  const askedAt = clock.monotonic();
  const dueAt = expiresInMs === null ? null : askedAt + wholeMs(expiresInMs);
  return { waiting: { request, key, askedAt, dueAt, settle, ending: null }, settled };
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

/** Whom an entry of the log about it is about. */
export function subjectOf({ taskId, runId }: PermissionRequest): { readonly taskId: string; readonly runId: string } {
  return { taskId, runId };
}

export function wholeMs(ms: number): number {
  return Math.max(1, Math.round(ms));
}
