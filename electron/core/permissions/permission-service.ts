import type { Actor, AuditEntry } from "#shared/contract/audit.ts";
import type { RepositoryId, RequestId, RunId, TaskId } from "#shared/contract/ids.ts";
import type { Answer, Grant, PermissionRequest, RequestStatus } from "#shared/contract/permission.ts";
import { briefAllowance } from "#shared/domain/brief-allowance.ts";
import { riskiestFirst } from "#shared/domain/risk-order.ts";
import type { AuditEvent, AuditLog } from "../audit/audit-log.ts";
import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/errors.ts";
import { Emitter } from "../kernel/events.ts";
import type { Logger } from "../kernel/logger.ts";
import type { Database } from "../storage/database.ts";
import { auditedRequest } from "./audited-request.ts";
import { grantEnded, isSameNonce, resolutionOf, stale } from "./endings.ts";
import { Grants, type NewGrant } from "./grants.ts";
import type { Permissions, Question, Resolution } from "./permissions.ts";
import { RequestRows } from "./request-rows.ts";
import { composeRequest, latencyMs, remainingMs, subjectOf, type Waiting, waitFor, wholeMs } from "./waiting-request.ts";

/** Prompts of one run that may wait at once; a further one is withdrawn. Nobody reads that many. */
export const maximumPendingOfRun = 64;

/** How often the clock is looked at, milliseconds: timers stand still while the machine sleeps. */
const sweepMs = 10_000;

export interface PermissionServiceOptions {
  readonly database: Database;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The rule that "always in this repository" would write now; null where none can. None without it. */
  readonly propose?: (request: PermissionRequest) => string | null;
}

type Ending = Exclude<RequestStatus, { status: "pending" }>;

/** See {@link Permissions}. Disk first, then memory, then the views. */
export class PermissionService implements Permissions {
  readonly changed = new Emitter<PermissionRequest>();
  readonly #rows: RequestRows;
  readonly #audit: AuditLog;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #waiting = new Map<RequestId, Waiting>();
  readonly #grants: Grants;
  readonly #propose: (request: PermissionRequest) => string | null;
  #sweep: Disposable | null = null;
  #isClosed = false;

  constructor(options: PermissionServiceOptions) {
    this.#rows = new RequestRows(options.database);
    this.#grants = new Grants(options.database, options.clock);
    this.#propose = options.propose ?? (() => null);
    this.#audit = options.audit;
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  async ask(question: Question, signal?: AbortSignal): Promise<Resolution> {
    const request = composeRequest(question, this.#clock.now());
    if (this.#isClosed || hasEnded(signal)) return await this.#refuseToAsk(request, "The run had ended.");
    if (this.#countOf(question.runId) >= maximumPendingOfRun) {
      return await this.#refuseToAsk(request, `${maximumPendingOfRun} requests of this run are waiting already.`);
    }
    this.#rows.insert(request);
    const { waiting, settled } = this.#wait(request, question.expiresInMs);
    const note = this.#audit.note(
      this.#event("permission.ask", waiting, gatehouse, { expiresAt: request.expiresAt, risks: [...request.verdict.risks] }),
    );
    waiting.ending = note;
    try {
      await note;
    } catch (error) {
      this.#forget(waiting, { status: "withdrawn", at: this.#clock.now(), why: "The audit log could not be written." });
      throw error;
    }
    waiting.ending = null;
    this.changed.emit(request);
    this.#arm();
    const onAbort = () => void this.#withdraw(waiting, "The run ended.");
    signal?.addEventListener("abort", onAbort, { once: true });
    if (hasEnded(signal)) onAbort();
    try {
      return await settled;
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  async answer(id: RequestId, nonce: string, answer: Answer, by: string, rule: string | null = null): Promise<PermissionRequest> {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined || waiting.ending !== null) throw stale("It has been answered or has ended.");
    if (!isSameNonce(waiting.request.nonce, nonce)) throw stale("The answer belongs to another request.");
    if (this.#isDue(waiting)) {
      await this.#expire(waiting);
      throw stale("It expired before the answer came.");
    }
    const grant = this.#grantFor(waiting, answer, rule);
    const ended = this.#answerOne(waiting, answer, by, grant);
    if (answer !== "deny-run") return await ended;
    const others = [...this.#waiting.values()].filter(
      (other) => other !== waiting && other.request.runId === waiting.request.runId && other.ending === null,
    );
    const denied = others.map(async (other) => await this.#answerOne(other, answer, by, null));
    const [first] = await Promise.all([ended, Promise.allSettled(denied)]);
    return first;
  }

  pending(): readonly PermissionRequest[] {
    const open = [...this.#waiting.values()].filter(({ ending }) => ending === null);
    return open.map(({ request }) => request).sort(riskiestFirst);
  }

  find(id: RequestId): PermissionRequest | null {
    return this.#waiting.get(id)?.request ?? null;
  }

  grantsOf(runId: RunId, taskId: TaskId): ReadonlySet<string> {
    return this.#grants.keysOf(runId, taskId);
  }

  rulesOf(repositoryId: RepositoryId): readonly string[] {
    return this.#grants.rulesOf(repositoryId);
  }

  grants(): readonly Grant[] {
    return this.#grants.list();
  }

  get rulesChanged(): Emitter<RepositoryId> {
    return this.#grants.rulesChanged;
  }

  async revoke(id: RequestId, by: string): Promise<void> {
    const grant = this.#grants.list().find((each) => each.id === id);
    if (grant === undefined) throw grantEnded();
    const { scope, summary, rule, repositoryName: repository } = grant;
    const detail = { request: id, scope, summary, writtenRule: rule, repository };
    await this.#audit.around({ verb: "permission.revoke", actor: { kind: "person", name: by }, detail }, async () => {
      if (!this.#grants.revoke(id)) throw grantEnded();
    });
  }

  dropGrants(): void {
    this.#grants.dropTimed("all");
  }

  history(limit: number): readonly PermissionRequest[] {
    return this.#rows.answered(limit);
  }

  async setExpiry(runId: RunId, expiresInMs: number | null): Promise<void> {
    const ofRun = [...this.#waiting.values()].filter(({ request }) => request.runId === runId);
    await Promise.all(ofRun.map(async (waiting) => await this.#setExpiry(waiting, expiresInMs)));
    this.#arm();
  }

  async withdrawRun(runId: RunId, why: string): Promise<void> {
    const ofRun = [...this.#waiting.values()].filter(({ request }) => request.runId === runId);
    await Promise.all(ofRun.map(async (waiting) => await this.#withdraw(waiting, why)));
    this.#grants.dropRun(runId);
  }

  async expireOrphans(): Promise<number> {
    let count = 0;
    for (const { id, request } of this.#rows.pending()) {
      if (request !== null && this.#waiting.has(request.id)) continue;
      count += 1;
      if (request === null) {
        await this.#audit.note({
          verb: "permission.expire",
          actor: gatehouse,
          detail: { request: id, why: "its record could not be read" },
        });
        this.#rows.expireUnreadable(id);
        continue;
      }
      const ended: PermissionRequest = { ...request, status: { status: "expired", at: this.#clock.now() } };
      const why = "its run was gone when Gatehouse started";
      await this.#audit.note({ ...subjectOf(request), verb: "permission.expire", actor: gatehouse, detail: { request: id, why } });
      this.#rows.settle(ended, nothingElse);
      this.changed.emit(ended);
    }
    this.#grants.dropTimed("runs");
    return count;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#sweep?.[Symbol.dispose]();
    this.#sweep = null;
    await Promise.all([...this.#waiting.values()].map(async (waiting) => await this.#withdraw(waiting, "Gatehouse was closed.")));
  }

  async #setExpiry(waiting: Waiting, expiresInMs: number | null): Promise<void> {
    await waiting.ending?.catch(() => undefined);
    if (waiting.ending !== null) return await this.#setExpiry(waiting, expiresInMs);
    if (!this.#waiting.has(waiting.request.id)) return;
    const expiresAt = expiresInMs === null ? null : this.#clock.now() + wholeMs(expiresInMs);
    const note = this.#audit.note(
      this.#event("permission.set-expiry", waiting, gatehouse, { before: waiting.request.expiresAt, expiresAt }),
    );
    waiting.ending = note;
    try {
      await note;
    } finally {
      waiting.ending = null;
    }
    const request: PermissionRequest = { ...waiting.request, expiresAt };
    this.#rows.rewrite(request);
    waiting.request = request;
    waiting.dueAt = expiresInMs === null ? null : this.#clock.monotonic() + wholeMs(expiresInMs);
    this.changed.emit(request);
  }

  /** What an answer leaves behind. The rule is worked out anew: what comes with the answer only has to be the same. */
  #grantFor({ request, key }: Waiting, answer: Answer, shown: string | null): NewGrant | null {
    if (answer === "allow-once" && briefAllowance(request).answer !== answer)
      throw new UserError(
        "CONFLICT",
        "A secret is allowed for the run: a program sends it with each request.",
        "Allow it for this run, or deny.",
      );
    if (answer === "allow-run") return { scope: "run", key };
    if (answer === "allow-hour") return { scope: "hour", key };
    if (answer !== "allow-repository") return null;
    const rule = this.#propose(request);
    if (rule === null) throw new UserError("CONFLICT", "No rule can allow this in the whole repository.", "Allow it once or for this run.");
    if (shown !== rule)
      throw new UserError("CONFLICT", `The rule that would be written has changed: it is ${rule}.`, "Look at it, then answer again.");
    return { scope: "repository", key, rule };
  }

  async #answerOne(waiting: Waiting, answer: Answer, by: string, grant: NewGrant | null): Promise<PermissionRequest> {
    const detail = {
      answer,
      latencyMs: latencyMs(waiting, this.#clock),
      ...(grant?.scope === "repository" ? { writtenRule: grant.rule } : {}),
    };
    const event = this.#event("permission.answer", waiting, { kind: "person", name: by }, detail);
    return await this.#end(waiting, { status: "answered", answer, at: this.#clock.now(), by }, event, grant);
  }

  #wait(request: PermissionRequest, expiresInMs: number | null): { readonly waiting: Waiting; readonly settled: Promise<Resolution> } {
    const { waiting, settled } = waitFor(request, expiresInMs, this.#clock);
    this.#waiting.set(request.id, waiting);
    return { waiting, settled };
  }

  /** A request that nobody is asked about: on disk and in the log like the others, ended at once. */
  async #refuseToAsk(request: PermissionRequest, why: string): Promise<Resolution> {
    const ended: PermissionRequest = { ...request, status: { status: "withdrawn", at: this.#clock.now(), why } };
    await this.#audit.note({
      ...subjectOf(request),
      verb: "permission.withdraw",
      actor: gatehouse,
      detail: { ...auditedRequest(request), why },
    });
    this.#rows.insert(ended);
    this.changed.emit(ended);
    return { kind: "withdrawn", request: ended };
  }

  async #withdraw(waiting: Waiting, why: string): Promise<void> {
    await waiting.ending?.catch(() => undefined);
    if (!this.#waiting.has(waiting.request.id)) return;
    if (waiting.ending !== null) return await this.#withdraw(waiting, why);
    await this.#endSafely(
      waiting,
      { status: "withdrawn", at: this.#clock.now(), why },
      this.#event("permission.withdraw", waiting, gatehouse, { why }),
    );
  }

  async #expire(waiting: Waiting): Promise<void> {
    if (waiting.ending !== null || !this.#waiting.has(waiting.request.id)) return;
    const event = this.#event("permission.expire", waiting, gatehouse, { latencyMs: latencyMs(waiting, this.#clock) });
    await this.#endSafely(waiting, { status: "expired", at: this.#clock.now() }, event);
  }

  /** An ending that denies: it holds even when neither log nor disk can be written (invariant 5). */
  async #endSafely(waiting: Waiting, ending: Ending, event: AuditEvent): Promise<void> {
    try {
      await this.#end(waiting, ending, event, null);
    } catch (error) {
      this.#logger.error({ err: error, request: waiting.request.id }, "a request could not be ended on disk; it is denied all the same");
      this.#forget(waiting, ending);
    }
  }

  /** Log, then disk, then memory. What fails before the disk is written leaves the request waiting. */
  async #end(waiting: Waiting, ending: Ending, event: AuditEvent, grant: NewGrant | null): Promise<PermissionRequest> {
    const ended: PermissionRequest = { ...waiting.request, status: ending };
    const work = this.#audit.around(event, async () => {
      const write = () => grant !== null && this.#grants.write(ended, grant, ending.at);
      if (!this.#rows.settle(ended, write)) throw stale("It has been answered or has ended.");
      if (grant !== null) this.#grants.written(ended, grant);
      this.#release(waiting, ended);
      return ended;
    });
    waiting.ending = work;
    try {
      return await work;
    } finally {
      waiting.ending = null;
    }
  }

  #release(waiting: Waiting, ended: PermissionRequest): void {
    this.#waiting.delete(ended.id);
    this.changed.emit(ended);
    waiting.settle(resolutionOf(ended));
  }

  #forget(waiting: Waiting, ending: Ending): void {
    if (!this.#waiting.has(waiting.request.id)) return;
    const ended: PermissionRequest = { ...waiting.request, status: ending };
    try {
      this.#rows.settle(ended, nothingElse);
    } catch (error) {
      this.#logger.error({ err: error, request: ended.id }, "a request could not be ended on disk; the next start expires it");
    }
    this.#release(waiting, ended);
  }

  /** One timer for all: the next expiry, or sooner, so that a machine that slept is noticed. */
  #arm(): void {
    this.#sweep?.[Symbol.dispose]();
    this.#sweep = null;
    if (this.#isClosed || this.#waiting.size === 0) return;
    const next = Math.min(...[...this.#waiting.values()].map((waiting) => remainingMs(waiting, this.#clock)));
    this.#sweep = this.#clock.after(Math.max(1, Math.min(next, sweepMs)), () => void this.#sweepDue());
  }

  async #sweepDue(): Promise<void> {
    const due = [...this.#waiting.values()].filter((waiting) => this.#isDue(waiting));
    const ended = Promise.all(due.map(async (waiting) => await this.#expire(waiting)));
    this.#arm();
    await ended;
  }

  #isDue(waiting: Waiting): boolean {
    return remainingMs(waiting, this.#clock) <= 0;
  }

  #countOf(runId: RunId): number {
    let count = 0;
    for (const { request } of this.#waiting.values()) if (request.runId === runId) count += 1;
    return count;
  }

  #event(verb: string, { request, key }: Waiting, actor: Actor, detail: AuditEntry["detail"]): AuditEvent {
    return { ...subjectOf(request), verb, actor, detail: { ...auditedRequest(request), requestKey: key, ...detail } };
  }
}

const gatehouse: Actor = { kind: "gatehouse" };
const nothingElse = () => {};

function hasEnded(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}
