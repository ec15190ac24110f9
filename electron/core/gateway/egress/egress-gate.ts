import type { RunId, TaskId } from "#shared/contract/ids.ts";
import type { EgressRow } from "#shared/contract/egress.ts";
import type { ToolRequest, Verdict } from "#shared/contract/policy.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import type { AuditLog, OpenIntent } from "../../audit/audit-log.ts";
import type { Clock } from "../../kernel/clock.ts";
import { randomId } from "../../kernel/ids.ts";
import type { Logger } from "../../kernel/logger.ts";
import { requestKey } from "../../policy/decide.ts";
import type { DialTarget } from "../dial/dial-error.ts";
import type { Refused } from "../intercept/interceptor.ts";
import { LateOutcomes } from "./late-outcomes.ts";
import type { EgressLedger } from "./ledger.ts";
import { OpenQuestions, type QuestionOutcome } from "./open-questions.ts";

export type EgressRequest = Extract<ToolRequest, { tool: "egress" }>;

/** What a run supplies: the rules in force for it, and the person. */
export interface EgressHost {
  /** What `policy.decide` would say, with the run's rules, grants and facts. Changes nothing and lets nothing out. */
  judge(request: EgressRequest): Verdict;
  /** Decides: hooks are heard, and what the verdict uses of a rate is used up if the request goes on. `isApproved`: by a person, just now. */
  decide(request: EgressRequest, isApproved: boolean, signal: AbortSignal): Promise<Verdict>;
  /** Asks the person as for any call. `stop`: the run has been ended by the answer, or had ended. */
  ask(request: EgressRequest, verdict: Verdict, words: string | null, signal: AbortSignal): Promise<EgressAnswer>;
  /** Something went wrong that must end the run: nothing is let out unrecorded. */
  fail(error: unknown): void;
  /** Whether nobody is there to answer: then questions wait for as long as it takes. */
  isUnattended(): boolean;
  notice(text: string): void;
}

export type EgressAnswer = { readonly kind: "allowed"; readonly words: string } | { readonly kind: "stop"; readonly words: string };

/** One connection or request that somebody in the sandbox wants. */
export interface Wanted extends DialTarget {
  readonly method: string | null;
  readonly path: string | null;
  readonly program: string | null;
  readonly carried: NonNullable<EgressRow["carried"]>;
  /** An upload of Git LFS. */
  readonly git?: "push";
  /** Who allowed what this is a part of, where a person did: then they are not asked again. */
  readonly approvedBy?: string;
}

export type Admission = { readonly kind: "allowed"; readonly record: OpenRecord } | Refused;

/** The row of a connection that was let out. Ended exactly once. */
export interface OpenRecord {
  /** By a person who was asked about exactly this, or their grant; else by a rule. */
  readonly isByPerson: boolean;
  /** In words: the rule, or who answered. */
  readonly decidedBy: string;
  /** Aborted where it is not allowed any more, with the reason in words; whoever carries the connection ends it. */
  readonly cut: AbortSignal;
  /** The name of the secret that was added to it. */
  usedSecret(name: string): void;
  end(outcome: RecordOutcome): Promise<void>;
}

export interface RecordOutcome {
  readonly status: "done" | "failed" | "refused" | "cut-off";
  readonly why: string | null;
  readonly bytesUp: number;
  readonly bytesDown: number;
  /** What is known of it only afterwards: the address, the status of the response. */
  readonly detail?: Readonly<Record<string, string | number>>;
}

export interface EgressGateParts {
  readonly runId: RunId;
  readonly taskId: TaskId;
  readonly host: EgressHost;
  readonly ledger: EgressLedger;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A connection that was let out and has not ended. */
interface OpenConnection {
  readonly request: EgressRequest;
  /** By the person, or a grant of theirs: then no rule has to allow it. */
  readonly isByPerson: boolean;
  readonly cut: AbortController;
  secret: string | null;
}

/** Connections that may wait for the person at once, of one run; further ones are refused. */
const maximumWaiting = 128;

/** How long refusals are counted into one row, milliseconds. */
const manyWithinMs = 1_000;

/** Where the connections of one run are decided, asked about and put on record: intent before effect, outcome after. */
export class EgressGate {
  readonly #parts: EgressGateParts;
  readonly #questions: OpenQuestions;
  readonly #open = new Set<OpenConnection>();
  readonly #writes = new Set<Promise<unknown>>();
  readonly #late: LateOutcomes;
  #waiting = 0;
  #many: { readonly row: EgressRow; count: number } | null = null;
  #manyTimer: Disposable | null = null;

  /** `ending`: aborted with the run. */
  constructor(parts: EgressGateParts, ending: AbortSignal) {
    this.#parts = parts;
    this.#late = new LateOutcomes(parts.clock);
    this.#questions = new OpenQuestions({ clock: parts.clock, ending, waitsForever: () => parts.host.isUnattended() });
  }

  /** Rules or secrets have changed: cuts what would not be let out any more. `isBound`: whether a secret may still go where it goes. */
  reconsider(isBound: (secret: string, request: EgressRequest) => boolean): void {
    for (const connection of this.#open) {
      const why = this.#problemOf(connection, isBound);
      if (why !== null) connection.cut.abort(new Error(why));
    }
  }

  /** Cuts every connection that is open. */
  cutAll(why: string): void {
    for (const connection of this.#open) connection.cut.abort(new Error(why));
  }

  #problemOf({ request, isByPerson, secret }: OpenConnection, isBound: (secret: string, request: EgressRequest) => boolean): string | null {
    const verdict = this.#parts.host.judge(request);
    // What the rules alone say: neither the mode nor what the run has read since takes back what was let out.
    const byRules = verdict.derivation[0]?.decision ?? verdict.decision;
    if (byRules === "deny" || (byRules === "ask" && !isByPerson)) return "The rules have changed and do not allow it any more.";
    if (secret !== null && !isBound(secret, request)) return `The secret ${secret} may not be used here any more.`;
    return null;
  }

  /** Never throws: what goes wrong ends the run, and nothing is let out (invariant 5). */
  async admit(wanted: Wanted, signal: AbortSignal): Promise<Admission> {
    const row = this.#newRow(wanted, wanted.carried);
    try {
      return await this.#admit(wanted, row, signal);
    } catch (error) {
      if (!signal.aborted) this.#parts.host.fail(error);
      const why = signal.aborted ? "It was given up before it was decided." : "Gatehouse could not put it on record.";
      this.#parts.ledger.put({ ...row, decision: "deny", status: "refused", why, decidedBy: "nobody", durationMs: 0 });
      return { kind: "refused", status: 503, why };
    }
  }

  /** A refusal that needs no decision: what cannot be read, or is not in its one form. */
  refuse(what: Omit<Wanted, "carried">, why: string): void {
    const row = this.#newRow(what, null);
    void this.#write(async () => await this.#writeRefusal(row, why, "Gatehouse", null));
  }

  /** One of very many refusals: they share a row, and an entry of the log for each time that it is written. */
  refuseOneOfMany(why: string): void {
    const { clock } = this.#parts;
    const many = (this.#many ??= { row: this.#newRow({ host: "", port: 0, method: null, path: null, program: null }, null), count: 0 });
    many.count += 1;
    if (many.count > 1) return;
    this.#manyTimer = clock.after(manyWithinMs, () => this.#writeMany(why));
  }

  #writeMany(why: string): void {
    const many = this.#many;
    this.#many = null;
    this.#manyTimer?.[Symbol.dispose]();
    this.#manyTimer = null;
    if (many === null) return;
    void this.#write(async () => await this.#writeRefusal({ ...many.row, count: many.count }, why, "Gatehouse", null));
  }

  /** Resolves once every outcome is on disk. */
  async settled(): Promise<void> {
    this.#writeMany("Too many connections came at once.");
    this.#late.flush();
    while (this.#writes.size > 0) {
      await Promise.all(this.#writes);
      this.#late.flush();
    }
  }

  async #admit(wanted: Wanted, row: EgressRow, signal: AbortSignal): Promise<Admission> {
    const { host, ledger } = this.#parts;
    const { port, method, path } = wanted;
    const request: EgressRequest = {
      tool: "egress",
      host: wanted.host,
      port,
      method,
      path,
      ...(wanted.git === undefined ? {} : { git: wanted.git }),
    };
    while (true) {
      signal.throwIfAborted();
      const verdict = await host.decide(request, false, signal);
      switch (verdict.decision) {
        case "allow":
          this.#questions.forget(() => requestKey(request, verdict.ruleSetHash));
          return await this.#allow(row, request, verdict, verdict.rule?.text ?? "a rule");
        case "deny":
          return await this.#deny(row, verdict);
        case "ask": {
          const key = requestKey(request, verdict.ruleSetHash);
          const words = wanted.approvedBy ?? this.#questions.takePermit(key);
          if (words !== null) return await this.#approved(row, request, verdict, words, signal);
          if (this.#waiting >= maximumWaiting) return await this.#tooMany(row, `${maximumWaiting} connections of this run wait already.`);
          ledger.put({ ...row, decision: "waiting", decidedBy: "you are asked", status: "waiting" });
          const outcome = await this.#ask(key, request, verdict, wanted.program, signal);
          switch (outcome.kind) {
            case "allowed":
              continue;
            case "stop":
              return await this.#stopped(row, outcome.words);
            case "later":
              return await this.#later(row);
            case "too-many":
              return await this.#tooMany(row, "A person has been asked about many other hosts and has not answered yet.");
            default:
              return assertNever(outcome);
          }
        }
        default:
          return assertNever(verdict.decision);
      }
    }
  }

  async #ask(key: string, request: EgressRequest, verdict: Verdict, program: string | null, signal: AbortSignal): Promise<QuestionOutcome> {
    const words = program === null ? null : `The program that connects calls itself ${JSON.stringify(program)}.`;
    this.#waiting += 1;
    try {
      return await this.#questions.wait(key, async (ends) => await this.#parts.host.ask(request, verdict, words, ends), signal);
    } finally {
      this.#waiting -= 1;
    }
  }

  /** A person allowed it once: a deny of the rules and of hooks as they are now still holds. */
  async #approved(row: EgressRow, request: EgressRequest, verdict: Verdict, words: string, signal: AbortSignal): Promise<Admission> {
    const now = await this.#parts.host.decide(request, true, signal);
    return now.decision === "deny" ? await this.#deny(row, now) : await this.#allow(row, request, verdict, words);
  }

  async #allow(row: EgressRow, request: EgressRequest, verdict: Verdict, decidedBy: string): Promise<Admission> {
    const { audit, clock, ledger } = this.#parts;
    const rule = verdict.rule?.text ?? null;
    const writing = audit.intent({
      verb: "egress.connect",
      ...this.#subject(),
      detail: { ...detailOf(row), rule, decidedBy, ruleSetHash: verdict.ruleSetHash },
    });
    this.#late.flush();
    const intent = await writing;
    let open: EgressRow = { ...row, decision: "allow", decidedBy, rule, status: "open" };
    ledger.put(open);
    const begunAt = clock.monotonic();
    let isEnded = false;
    const isByPerson = verdict.decision === "ask" || verdict.rule?.layer === "grant";
    const connection: OpenConnection = { request, isByPerson, cut: new AbortController(), secret: null };
    this.#open.add(connection);
    return {
      kind: "allowed",
      record: {
        isByPerson,
        decidedBy,
        cut: connection.cut.signal,
        usedSecret: (name) => {
          connection.secret = name;
          open = { ...open, secret: name };
          ledger.put(open);
        },
        end: async (outcome) => {
          if (isEnded) return;
          isEnded = true;
          this.#open.delete(connection);
          const durationMs = Math.round(clock.monotonic() - begunAt);
          const { status, why, bytesUp, bytesDown } = outcome;
          ledger.put({ ...open, status, why, bytesUp, bytesDown, durationMs });
          const detail = { bytesUp, bytesDown, durationMs, secret: open.secret, why, ...outcome.detail };
          const write = async () => await this.#write(async () => await settle(intent, outcome, detail));
          // Somebody waits to be told of anything else.
          await (status === "done" ? this.#late.add(write) : write());
        },
      },
    };
  }

  async #deny(row: EgressRow, verdict: Verdict): Promise<Admission> {
    const reason = verdict.reasons[0] ?? "A rule denies it.";
    await this.#writeRefusal(row, reason, verdict.rule?.text ?? "a rule", verdict);
    return { kind: "refused", status: 403, why: reason, isByRule: true };
  }

  async #stopped(row: EgressRow, words: string): Promise<Admission> {
    await this.#writeRefusal(row, words, "a person", null);
    return { kind: "refused", status: 403, why: words };
  }

  /** The client is told to come again; the question stays open. */
  async #later(row: EgressRow): Promise<Admission> {
    const why = "A person has been asked and has not answered yet. Try again; the question stays open.";
    await this.#writeRefusal(row, why, "you are asked", null);
    return { kind: "refused", status: 503, why, form: { retryAfterSeconds: 3, json: null } };
  }

  async #tooMany(row: EgressRow, why: string): Promise<Admission> {
    await this.#writeRefusal(row, why, "Gatehouse", null);
    return { kind: "refused", status: 429, why };
  }

  async #writeRefusal(row: EgressRow, why: string, decidedBy: string, verdict: Verdict | null): Promise<void> {
    const rule = verdict?.rule?.text ?? null;
    this.#parts.ledger.put({ ...row, decision: "deny", decidedBy, rule, status: "refused", why, durationMs: 0 });
    const detail = { ...detailOf(row), rule, decidedBy, ruleSetHash: verdict?.ruleSetHash ?? null };
    const intent = await this.#parts.audit.intent({ verb: "egress.connect", ...this.#subject(), detail });
    await intent.refused({ why, ...(rule === null ? {} : { rule }) });
  }

  #subject() {
    const { runId, taskId } = this.#parts;
    return { actor: { kind: "agent" as const, runId }, taskId, runId };
  }

  #newRow(wanted: Omit<Wanted, "carried">, carried: EgressRow["carried"]): EgressRow {
    const { runId, taskId, clock } = this.#parts;
    return {
      ...{ id: randomId("eg", 16), taskId, runId, at: clock.now(), carried },
      ...{ host: wanted.host.slice(0, 255), port: wanted.port, method: wanted.method?.slice(0, 16) ?? null },
      ...{ path: wanted.path?.slice(0, 2_048) ?? null, program: wanted.program },
      ...{ decision: "deny", decidedBy: "", rule: null, secret: null, status: "open", why: null },
      ...{ bytesUp: 0, bytesDown: 0, durationMs: null, count: 1 },
    };
  }

  #write(write: () => Promise<void>): Promise<void> {
    const written: Promise<void> = write()
      .catch((error: unknown) => this.#parts.host.fail(error))
      .finally(() => this.#writes.delete(written));
    this.#writes.add(written);
    return written;
  }
}

function detailOf({ id, host, port, method, path, program, carried, count }: EgressRow) {
  return { connection: id, host, port, method, path, program, carried, ...(count > 1 ? { count } : {}) };
}

async function settle(intent: OpenIntent, { status }: RecordOutcome, detail: Parameters<OpenIntent["done"]>[0]): Promise<void> {
  switch (status) {
    case "done":
      return await intent.done(detail);
    case "failed":
    case "cut-off":
      return await intent.failed(detail);
    case "refused":
      return await intent.refused(detail);
    default:
      return assertNever(status);
  }
}
