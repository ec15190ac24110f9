import type { FileHandle } from "node:fs/promises";
import type { AuditEntry, AuditVerification } from "#shared/contract/audit.ts";
import { type Json, wellFormed } from "../kernel/canonical-json.ts";
import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/errors.ts";
import { Emitter } from "../kernel/events.ts";
import type { AuditStatement } from "./audit-entry.ts";
import type { AuditEvent, AuditLog, AuditQuery, OpenIntent } from "./audit-log.ts";
import type { EntryIndex } from "./entry-index.ts";
import { LogQuery } from "./log-query.ts";
import type { LogWriter } from "./log-writer.ts";
import { verifyLog } from "./verify-log.ts";

type Outcome = NonNullable<AuditEntry["outcome"]>;

/** {@link AuditLog} over one open file; made by `openAuditLog`. */
export class FileAuditLog implements AuditLog {
  readonly appended = new Emitter<AuditEntry>();
  readonly #file: string;
  readonly #index: EntryIndex;
  readonly #clock: Clock;
  readonly #query: LogQuery;
  readonly #writer: LogWriter;

  constructor(parts: {
    readonly handle: FileHandle;
    readonly file: string;
    readonly index: EntryIndex;
    readonly clock: Clock;
    readonly writer: (onDurable: (entry: AuditEntry, lineBytes: number) => void) => LogWriter;
  }) {
    this.#file = parts.file;
    this.#index = parts.index;
    this.#clock = parts.clock;
    this.#query = new LogQuery(parts.handle, parts.index);
    this.#writer = parts.writer((entry, lineBytes) => {
      this.#index.add(entry, lineBytes);
      this.appended.emit(entry);
    });
  }

  async intent(event: AuditEvent): Promise<OpenIntent> {
    const { sequence } = await this.#append(event, "intent", null, null, event.detail);
    let isSettled = false;
    const settle = async (outcome: Outcome, detail: AuditEntry["detail"] | undefined) => {
      if (isSettled) throw new Error(`The intent ${sequence} (${event.verb}) already has its outcome.`);
      isSettled = true;
      await this.#append(event, "outcome", sequence, outcome, detail);
    };
    return {
      sequence,
      done: (detail) => settle("done", detail),
      failed: (detail) => settle("failed", detail),
      refused: (detail) => settle("refused", detail),
    };
  }

  note(event: AuditEvent): Promise<AuditEntry> {
    return this.#append(event, "note", null, null, event.detail);
  }

  async around<T>(event: AuditEvent, effect: (intent: OpenIntent) => Promise<T>): Promise<T> {
    const intent = await this.intent(event);
    let isSettled = false;
    const noting = (write: OpenIntent["done"]) => (detail?: AuditEntry["detail"]) => {
      isSettled = true;
      return write(detail);
    };
    const watched: OpenIntent = {
      sequence: intent.sequence,
      done: noting((detail) => intent.done(detail)),
      failed: noting((detail) => intent.failed(detail)),
      refused: noting((detail) => intent.refused(detail)),
    };
    try {
      const result = await effect(watched);
      if (!isSettled) await watched.done();
      return result;
    } catch (error) {
      if (!isSettled) await watched.failed(describe(error));
      throw error;
    }
  }

  list(query: AuditQuery): Promise<{ readonly entries: readonly AuditEntry[]; readonly total: number }> {
    return this.#query.list(query);
  }

  verify(signal?: AbortSignal): Promise<AuditVerification> {
    const durable = { bytes: this.#index.end, entries: this.#index.count, lastHash: this.#writer.position.previousHash };
    return verifyLog(this.#file, { durable }, signal);
  }

  close(): Promise<void> {
    return this.#writer.close();
  }

  #append(
    event: AuditEvent,
    phase: AuditEntry["phase"],
    intent: number | null,
    outcome: Outcome | null,
    detail: AuditEntry["detail"] = {},
  ): Promise<AuditEntry> {
    const statement: AuditStatement = {
      at: this.#clock.now(),
      phase,
      intent,
      verb: event.verb,
      actor: event.actor,
      taskId: event.taskId ?? null,
      runId: event.runId ?? null,
      outcome,
      detail: storable(detail),
    };
    return this.#writer.append(statement);
  }
}

/** The kind of failure only: a message can carry what the effect was handling. */
function describe(error: unknown): AuditEntry["detail"] {
  if (error instanceof UserError) return { code: error.code };
  return { error: error instanceof Error ? error.name : "unknown" };
}

/** `detail` with text that UTF-8 cannot hold replaced: it may come from a sandbox, and must not stop the log. */
function storable(detail: AuditEntry["detail"]): AuditEntry["detail"] {
  return Object.fromEntries(Object.entries(detail).map(([key, value]) => [wellFormed(key), storableValue(value)]));
}

function storableValue(value: Json): AuditEntry["detail"][string] {
  if (typeof value === "string") return wellFormed(value);
  if (value === null || typeof value !== "object") return value;
  if (isList(value)) return value.map((item) => storableValue(item));
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [wellFormed(key), storableValue(member)]));
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
