import type { Actor } from "#shared/contract/audit.ts";
import type { RepositoryId, RequestId, RunId, TaskId } from "#shared/contract/ids.ts";
import type { Answer, Grant, PermissionRequest, PersonRequest, QuestionRequest } from "#shared/contract/permission.ts";
import type { QuestionAnswer } from "#shared/contract/question.ts";
import { briefAllowance } from "#shared/domain/brief-allowance.ts";
import { problemOfAnswers } from "#shared/domain/question-values.ts";
import { riskiestFirst } from "#shared/domain/risk-order.ts";
import type { AuditEvent, AuditLog } from "../audit/audit-log.ts";
import { Breather } from "../kernel/breather.ts";
import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/errors.ts";
import { Emitter } from "../kernel/events.ts";
import type { Logger } from "../kernel/logger.ts";
import type { Database } from "../storage/database.ts";
import { requestEvent } from "./audited-request.ts";
import { crowdOf } from "./crowd.ts";
import { crowded, formResolutionOf, isSameNonce, outcomeOf, resolutionOf, stale, type Unanswered, unanswered } from "./endings.ts";
import { Grants, type NewGrant } from "./grants.ts";
import { revokeGrant } from "./revoke-grant.ts";
import type { FormQuestion, FormResolution, Permissions, Question, Resolution } from "./permissions.ts";
import { RequestRows } from "./request-rows.ts";
import { composeForm, composeRequest, type Ended, latencyMs, remainingMs, type Waiting, waitFor, wholeMs } from "./waiting-request.ts";

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

/** What an ending leaves besides: a grant, or what was said to a form. */
interface Left {
  readonly grant: NewGrant | null;
  readonly given: QuestionAnswer | null;
}
const nothingLeft: Left = { grant: null, given: null };

/** See {@link Permissions}. Disk first, then memory, then the views. */
export class PermissionService implements Permissions {
  readonly changed = new Emitter<PersonRequest>();
  readonly #rows: RequestRows;
  readonly #audit: AuditLog;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #waiting = new Map<RequestId, Waiting>();
  readonly #grants: Grants;
  readonly #propose: (request: PermissionRequest) => string | null;
  readonly #breather = new Breather();
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
    await this.#breather.turn();
    const crowd = this.#isClosed || hasEnded(signal) ? null : crowdOf(this.#waiting.values(), request);
    if (crowd !== null) return crowded(await this.#refuseToAsk(request, crowd), crowd);
    return resolutionOf(await this.#ask(request, question.expiresInMs, signal));
  }

  async askForm(question: FormQuestion, signal?: AbortSignal): Promise<FormResolution> {
    const request = composeForm(question, this.#clock.now());
    const crowd = crowdOf(this.#waiting.values(), request);
    return formResolutionOf(await (crowd === null ? this.#ask(request, question.expiresInMs, signal) : this.#refuseToAsk(request, crowd)));
  }

  async #ask(request: PersonRequest, expiresInMs: number | null, signal: AbortSignal | undefined): Promise<Ended> {
    if (this.#isClosed || hasEnded(signal)) return await this.#refuseToAsk(request, "The run had ended.");
    this.#rows.insert(request);
    const { waiting, settled } = waitFor(request, expiresInMs, this.#clock);
    this.#waiting.set(request.id, waiting);
    const { expiresAt } = request;
    const detail = request.kind === "permission" ? { expiresAt, risks: [...request.verdict.risks] } : { expiresAt };
    const asker: Actor = request.kind === "permission" ? gatehouse : { kind: "agent", runId: request.runId };
    const note = this.#audit.note(requestEvent("ask", waiting, asker, detail));
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
    const waiting = await this.#answerable(id, nonce);
    const { request } = waiting;
    if (request.kind !== "permission") throw wrongKind();
    const grant = this.#grantFor(request, waiting.key, answer, rule);
    const ended = this.#answerOne(waiting, request, answer, by, grant);
    if (answer !== "deny-run") return await ended;
    // A form of the run ends with it: there is nothing in it to deny.
    const denied = [...this.#waiting.values()].map(async (other) => {
      const isOther = other !== waiting && other.request.runId === request.runId && other.ending === null;
      if (isOther && other.request.kind === "permission") await this.#answerOne(other, other.request, answer, by, null);
    });
    const [first] = await Promise.all([ended, Promise.allSettled(denied)]);
    return first;
  }

  async answerForm(id: RequestId, nonce: string, answer: QuestionAnswer, by: string): Promise<QuestionRequest> {
    const waiting = await this.#answerable(id, nonce);
    const { request } = waiting;
    if (request.kind !== "question") throw wrongKind();
    const problem = answer.action === "accept" ? problemOfAnswers(request.form, answer.values) : null;
    if (problem !== null) throw new UserError("INVALID_INPUT", problem, "Correct it, then send it again.");
    const how = outcomeOf(answer);
    const ended: QuestionRequest = { ...request, status: { status: "answered", how, at: this.#clock.now(), by } };
    const event = requestEvent("answer", waiting, { kind: "person", name: by }, { how, latencyMs: latencyMs(waiting, this.#clock) });
    await this.#end(waiting, ended, event, { grant: null, given: answer });
    return ended;
  }

  /** The request, where it can be answered now. */
  async #answerable(id: RequestId, nonce: string): Promise<Waiting> {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined || waiting.ending !== null) throw stale("It has been answered or has ended.");
    if (!isSameNonce(waiting.request.nonce, nonce)) throw stale("The answer belongs to another request.");
    if (!this.#isDue(waiting)) return waiting;
    await this.#expire(waiting);
    throw stale("It expired before the answer came.");
  }

  pending(): readonly PersonRequest[] {
    const open = [...this.#waiting.values()].filter(({ ending }) => ending === null);
    return open.map(({ request }) => request).sort(riskiestFirst);
  }

  waitingOf(taskId: TaskId): number {
    let count = 0;
    for (const { request, ending } of this.#waiting.values()) if (ending === null && request.taskId === taskId) count += 1;
    return count;
  }

  find(id: RequestId): PersonRequest | null {
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
    await revokeGrant(this.#grants, this.#audit, id, by);
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
      const ended = unanswered(request, { status: "expired", at: this.#clock.now() });
      const why = "its run was gone when Gatehouse started";
      await this.#audit.note(requestEvent("expire", { request, key: null }, gatehouse, { why }));
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
    const before = waiting.request.expiresAt;
    const note = this.#audit.note(requestEvent("set-expiry", waiting, gatehouse, { before, expiresAt }));
    waiting.ending = note;
    try {
      await note;
    } finally {
      waiting.ending = null;
    }
    const request: PersonRequest = { ...waiting.request, expiresAt };
    this.#rows.rewrite(request);
    waiting.request = request;
    waiting.dueAt = expiresInMs === null ? null : this.#clock.monotonic() + wholeMs(expiresInMs);
    this.changed.emit(request);
  }

  /** What an answer leaves behind. The rule is worked out anew: what comes with the answer only has to be the same. */
  #grantFor(request: PermissionRequest, key: string | null, answer: Answer, shown: string | null): NewGrant | null {
    if (key === null) return null;
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

  async #answerOne(
    waiting: Waiting,
    request: PermissionRequest,
    answer: Answer,
    by: string,
    grant: NewGrant | null,
  ): Promise<PermissionRequest> {
    const detail = {
      answer,
      latencyMs: latencyMs(waiting, this.#clock),
      ...(grant?.scope === "repository" ? { writtenRule: grant.rule } : {}),
    };
    const ended: PermissionRequest = { ...request, status: { status: "answered", answer, at: this.#clock.now(), by } };
    await this.#end(waiting, ended, requestEvent("answer", waiting, { kind: "person", name: by }, detail), { grant, given: null });
    return ended;
  }

  /** A request that nobody is asked about: on disk and in the log like the others, ended at once. */
  async #refuseToAsk(request: PersonRequest, why: string): Promise<Ended> {
    const ended = unanswered(request, { status: "withdrawn", at: this.#clock.now(), why });
    await this.#audit.note(requestEvent("withdraw", { request, key: null }, gatehouse, { why }));
    this.#rows.insert(ended);
    this.changed.emit(ended);
    return { request: ended, given: null };
  }

  async #withdraw(waiting: Waiting, why: string): Promise<void> {
    await waiting.ending?.catch(() => undefined);
    if (!this.#waiting.has(waiting.request.id)) return;
    if (waiting.ending !== null) return await this.#withdraw(waiting, why);
    await this.#endSafely(
      waiting,
      { status: "withdrawn", at: this.#clock.now(), why },
      requestEvent("withdraw", waiting, gatehouse, { why }),
    );
  }

  async #expire(waiting: Waiting): Promise<void> {
    if (waiting.ending !== null || !this.#waiting.has(waiting.request.id)) return;
    const event = requestEvent("expire", waiting, gatehouse, { latencyMs: latencyMs(waiting, this.#clock) });
    await this.#endSafely(waiting, { status: "expired", at: this.#clock.now() }, event);
  }

  /** An ending that denies: it holds even when neither log nor disk can be written (invariant 5). */
  async #endSafely(waiting: Waiting, ending: Unanswered, event: AuditEvent): Promise<void> {
    try {
      await this.#end(waiting, unanswered(waiting.request, ending), event, nothingLeft);
    } catch (error) {
      this.#logger.error({ err: error, request: waiting.request.id }, "a request could not be ended on disk; it is denied all the same");
      this.#forget(waiting, ending);
    }
  }

  /** Log, then disk, then memory. What fails before the disk is written leaves the request waiting. */
  async #end(waiting: Waiting, ended: PersonRequest, event: AuditEvent, { grant, given }: Left): Promise<void> {
    const work = this.#audit.around(event, async () => {
      await this.#breather.turn();
      const at = ended.status.status === "pending" ? this.#clock.now() : ended.status.at;
      const write = () => grant !== null && this.#grants.write(ended, grant, at);
      if (!this.#rows.settle(ended, write)) throw stale("It has been answered or has ended.");
      if (grant !== null) this.#grants.written(ended, grant);
      this.#release(waiting, { request: ended, given });
    });
    waiting.ending = work;
    try {
      await work;
    } finally {
      waiting.ending = null;
    }
  }

  #release(waiting: Waiting, ended: Ended): void {
    this.#waiting.delete(ended.request.id);
    this.changed.emit(ended.request);
    waiting.settle(ended);
  }

  #forget(waiting: Waiting, ending: Unanswered): void {
    if (!this.#waiting.has(waiting.request.id)) return;
    const ended = unanswered(waiting.request, ending);
    try {
      this.#rows.settle(ended, nothingElse);
    } catch (error) {
      this.#logger.error({ err: error, request: ended.id }, "a request could not be ended on disk; the next start expires it");
    }
    this.#release(waiting, { request: ended, given: null });
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
}

const gatehouse: Actor = { kind: "gatehouse" };
const nothingElse = () => {};

function wrongKind(): UserError {
  return new UserError("INVALID_INPUT", "This is not how that request is answered.", "Open it and answer what it asks.");
}

function hasEnded(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}
