import type { RunId, TaskId } from "#shared/contract/ids.ts";
import type { EgressRow } from "#shared/contract/egress.ts";
import type { ToolRequest, Verdict } from "#shared/contract/policy.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import type { AuditLog, OpenIntent } from "../../audit/audit-log.ts";
import type { Clock } from "../../kernel/clock.ts";
import { randomId } from "../../kernel/ids.ts";
import type { Logger } from "../../kernel/logger.ts";
import type { DialTarget } from "../dial/dial-error.ts";
import type { Refused } from "../intercept/interceptor.ts";
import type { EgressLedger } from "./ledger.ts";

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
  notice(text: string): void;
}

export type EgressAnswer = { readonly kind: "allowed"; readonly words: string } | { readonly kind: "stop"; readonly words: string };

/** One connection or request that somebody in the sandbox wants. */
export interface Wanted extends DialTarget {
  readonly method: string | null;
  readonly path: string | null;
  readonly program: string | null;
  readonly carried: NonNullable<EgressRow["carried"]>;
}

export type Admission = { readonly kind: "allowed"; readonly record: OpenRecord } | Refused;

/** The row of a connection that was let out. Ended exactly once. */
export interface OpenRecord {
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

/** Connections that may wait for the person at once, of one run; further ones are refused. */
const maximumWaiting = 128;

/** How long refusals are counted into one row, milliseconds. */
const manyWithinMs = 1_000;

/** Where the connections of one run are decided, asked about and put on record: intent before effect, outcome after. */
export class EgressGate {
  readonly #parts: EgressGateParts;
  /** Questions that wait, by what they are about: whoever wants the same waits for that answer, then is judged anew. */
  readonly #asking = new Map<string, Promise<unknown>>();
  readonly #writes = new Set<Promise<unknown>>();
  #waiting = 0;
  #many: { readonly row: EgressRow; count: number } | null = null;
  #manyTimer: Disposable | null = null;

  constructor(parts: EgressGateParts) {
    this.#parts = parts;
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
    void this.#later(async () => await this.#writeRefusal(row, why, "Gatehouse", null));
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
    void this.#later(async () => await this.#writeRefusal({ ...many.row, count: many.count }, why, "Gatehouse", null));
  }

  /** Resolves once every outcome is on disk. */
  async settled(): Promise<void> {
    this.#writeMany("Too many connections came at once.");
    while (this.#writes.size > 0) await Promise.all(this.#writes);
  }

  async #admit(wanted: Wanted, row: EgressRow, signal: AbortSignal): Promise<Admission> {
    const { host, ledger } = this.#parts;
    const { port, method, path } = wanted;
    const request: EgressRequest = { tool: "egress", host: wanted.host, port, method, path };
    while (true) {
      signal.throwIfAborted();
      const verdict = await host.decide(request, false, signal);
      switch (verdict.decision) {
        case "allow":
          return await this.#allow(row, verdict, verdict.rule?.text ?? "a rule");
        case "deny":
          return await this.#deny(row, verdict);
        case "ask": {
          const key = JSON.stringify([wanted.host, port, method, path]);
          const asked = this.#asking.get(key);
          if (this.#waiting >= maximumWaiting) return await this.#tooMany(row);
          ledger.put({ ...row, decision: "waiting", decidedBy: "you are asked", status: "waiting" });
          this.#waiting += 1;
          try {
            if (asked !== undefined) {
              await Promise.race([asked, aborted(signal)]);
              continue;
            }
            const answer = await this.#ask(key, request, verdict, wanted.program, signal);
            if (answer.kind === "stop") return await this.#stopped(row, answer.words);
            const now = await host.decide(request, true, signal);
            if (now.decision === "deny") return await this.#deny(row, now);
            return await this.#allow(row, verdict, answer.words);
          } finally {
            this.#waiting -= 1;
          }
        }
        default:
          return assertNever(verdict.decision);
      }
    }
  }

  async #ask(key: string, request: EgressRequest, verdict: Verdict, program: string | null, signal: AbortSignal): Promise<EgressAnswer> {
    const words = program === null ? null : `The program that connects calls itself ${JSON.stringify(program)}.`;
    const answer = this.#parts.host.ask(request, verdict, words, signal);
    this.#asking.set(key, Promise.allSettled([answer]));
    try {
      return await answer;
    } finally {
      this.#asking.delete(key);
    }
  }

  async #allow(row: EgressRow, verdict: Verdict, decidedBy: string): Promise<Admission> {
    const { audit, clock, ledger } = this.#parts;
    const rule = verdict.rule?.text ?? null;
    const intent = await audit.intent({
      verb: "egress.connect",
      ...this.#subject(),
      detail: { ...detailOf(row), rule, decidedBy, ruleSetHash: verdict.ruleSetHash },
    });
    let open: EgressRow = { ...row, decision: "allow", decidedBy, rule, status: "open" };
    ledger.put(open);
    const begunAt = clock.monotonic();
    let isEnded = false;
    return {
      kind: "allowed",
      record: {
        usedSecret: (name) => {
          open = { ...open, secret: name };
          ledger.put(open);
        },
        end: async (outcome) => {
          if (isEnded) return;
          isEnded = true;
          const durationMs = Math.round(clock.monotonic() - begunAt);
          const { status, why, bytesUp, bytesDown } = outcome;
          ledger.put({ ...open, status, why, bytesUp, bytesDown, durationMs });
          const written = this.#later(
            async () => await settle(intent, outcome, { bytesUp, bytesDown, durationMs, secret: open.secret, why, ...outcome.detail }),
          );
          await written;
        },
      },
    };
  }

  async #deny(row: EgressRow, verdict: Verdict): Promise<Admission> {
    const reason = verdict.reasons[0] ?? "A rule denies it.";
    await this.#writeRefusal(row, reason, verdict.rule?.text ?? "a rule", verdict);
    return { kind: "refused", status: 403, why: reason };
  }

  async #stopped(row: EgressRow, words: string): Promise<Admission> {
    await this.#writeRefusal(row, words, "a person", null);
    return { kind: "refused", status: 403, why: words };
  }

  async #tooMany(row: EgressRow): Promise<Admission> {
    const why = `${maximumWaiting} connections of this run wait for an answer already.`;
    await this.#writeRefusal(row, why, "Gatehouse", null);
    return { kind: "refused", status: 429, why };
  }

  async #writeRefusal(row: EgressRow, why: string, decidedBy: string, verdict: Verdict | null): Promise<void> {
    const rule = verdict?.rule?.text ?? null;
    this.#parts.ledger.put({ ...row, decision: "deny", decidedBy, rule, status: "refused", why, durationMs: 0 });
    const detail = { ...detailOf(row), rule, decidedBy, ruleSetHash: verdict?.ruleSetHash ?? null };
    const intent = await this.#parts.audit.intent({ verb: "egress.connect", ...this.#subject(), detail });
    await intent.refused({ why });
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

  #later(write: () => Promise<void>): Promise<void> {
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

async function aborted(signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
