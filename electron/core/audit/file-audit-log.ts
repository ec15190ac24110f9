import type { Hash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import type { AuditEntry, AuditVerification } from "#shared/contract/audit.ts";
import { type Json, wellFormed } from "../kernel/canonical-json.ts";
import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/errors.ts";
import { Emitter } from "../kernel/events.ts";
import type { Logger } from "../kernel/logger.ts";
import { currentTrace } from "../kernel/trace.ts";
import { AnchorKeeper } from "./anchor-keeper.ts";
import type { AuditAnchor } from "./audit-anchor.ts";
import type { AuditStatement } from "./audit-entry.ts";
import { type AuditActivity, activityOf } from "./activity.ts";
import type { AuditEvent, AuditExport, AuditLog, AuditNames, AuditPage, AuditQuery, OnAdvance, OpenIntent } from "./audit-log.ts";
import { checkpointWithinMs } from "./checkpoint.ts";
import { CheckpointKeeper } from "./checkpoint-keeper.ts";
import type { EntryIndex, IndexFilter } from "./entry-index.ts";
import { exportToFile } from "./export-file.ts";
import type { ExportFormat } from "./export-log.ts";
import { hashBeginning, saveIndex } from "./index-file.ts";
import type { LogCheck } from "./log-check.ts";
import { LogQuery } from "./log-query.ts";
import { type DurableLine, LogWriter } from "./log-writer.ts";
import type { AuditSigner } from "./signing-key.ts";
import { verifyLog } from "./verify-log.ts";

type Outcome = NonNullable<AuditEntry["outcome"]>;

/** Entries that a start may have to read again: with fewer new ones the index is not stored anew. */
const saveIndexAfter = 2_000;

export interface FileAuditLogParts {
  readonly handle: FileHandle;
  readonly file: string;
  readonly indexFile: string;
  readonly index: EntryIndex;
  readonly check: LogCheck;
  /** Over what the file holds. */
  readonly hash: Hash;
  /** How many entries the stored index has. */
  readonly indexed: number;
  readonly signer: AuditSigner;
  readonly anchor: AuditAnchor;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** {@link AuditLog} over one open file; made by `openAuditLog`. */
export class FileAuditLog implements AuditLog {
  readonly appended = new Emitter<AuditEntry>();
  readonly #parts: FileAuditLogParts;
  readonly #index: EntryIndex;
  readonly #clock: Clock;
  readonly #query: LogQuery;
  readonly #keeper: CheckpointKeeper;
  readonly #writer: LogWriter;
  readonly #anchor: AnchorKeeper;
  #indexed: number;
  #savingIndex: Promise<void> = Promise.resolve();
  #checkpointTimer: Disposable | null = null;

  constructor(parts: FileAuditLogParts) {
    const { handle, index, check, clock, signer, logger } = parts;
    this.#parts = parts;
    this.#index = index;
    this.#clock = clock;
    this.#indexed = parts.indexed;
    this.#query = new LogQuery(handle, index);
    this.#keeper = new CheckpointKeeper(signer, clock, check);
    this.#anchor = new AnchorKeeper(parts.anchor, clock, logger);
    this.#writer = new LogWriter(handle, check.position, index.end, (line) => this.#stored(line), this.#keeper);
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

  list(query: AuditQuery): Promise<AuditPage> {
    return this.#query.list(query);
  }

  names(): AuditNames {
    const secrets = this.#index.names("secret").flatMap((names) => names.split("\n"));
    return {
      verbs: this.#index.names("verb"),
      actors: this.#index.names("actor"),
      rules: this.#index.names("rule"),
      secrets: [...new Set(secrets)],
    };
  }

  /**
   * Every byte of the log was proved when it was opened, or written since: what has the same hash is
   * intact. Only a log that has another one is read entry by entry, for the first bad one.
   */
  async verify(signal?: AbortSignal): Promise<AuditVerification> {
    return await this.verifyStepwise(() => {}, signal);
  }

  async verifyStepwise(onAdvance: OnAdvance, signal?: AbortSignal): Promise<AuditVerification> {
    const durable = { bytes: this.#index.end, entries: this.#index.count, lastHash: this.#writer.position.previousHash };
    const wanted = this.#parts.hash.copy().digest("hex");
    const intact = this.#keeper.standing();
    const onBytes = (bytes: number) => onAdvance(bytes, durable.bytes);
    if ((await this.#hashOfFile(durable.bytes, onBytes, signal)) === wanted) return { result: "intact", ...intact };
    const found = await verifyLog(this.#parts.file, { durable }, signal);
    if (found.result === "tampered") return found;
    return { result: "tampered", firstBad: 0, problem: "or one after it has another checkpoint than it had", entries: 0 };
  }

  async exportTo(path: string | null, format: ExportFormat, onAdvance: OnAdvance, signal?: AbortSignal): Promise<AuditExport> {
    return await exportToFile({ log: this.#parts.file, path, format, now: this.#clock.now(), onAdvance }, signal);
  }

  get count(): number {
    return this.#index.count;
  }

  activity(filter: IndexFilter, steps: number, signal?: AbortSignal): Promise<AuditActivity> {
    return activityOf(this.#index, filter, steps, signal);
  }

  /** Signs and anchors what there is, now. */
  async anchorNow(): Promise<void> {
    await this.#writer.checkpoint();
    await this.#anchor.flush();
  }

  /** Stores the index, so that the next start need not read these entries. */
  saveIndex(): Promise<void> {
    this.#savingIndex = this.#savingIndex.then(() => this.#saveIndexNow());
    return this.#savingIndex;
  }

  async close(): Promise<void> {
    this.#checkpointTimer?.[Symbol.dispose]();
    await this.#writer.close();
    await this.#anchor.flush();
    await this.#savingIndex;
    if (this.#index.count - this.#indexed >= saveIndexAfter) await this.saveIndex();
  }

  #stored(line: DurableLine): void {
    this.#parts.hash.update(line.bytes);
    if (line.kind === "checkpoint") {
      this.#index.skip(line.bytes.length);
      this.#anchor.moved({ size: line.checkpoint.size, root: line.checkpoint.root });
      return;
    }
    this.#index.add(line.entry, line.line, line.bytes.length);
    this.#checkpointTimer ??= this.#clock.after(checkpointWithinMs, () => {
      this.#checkpointTimer = null;
      void this.#writer.checkpoint();
    });
    this.appended.emit(line.entry);
  }

  async #hashOfFile(bytes: number, onBytes: (bytes: number) => void, signal: AbortSignal | undefined): Promise<string | null> {
    const handle = await open(this.#parts.file, "r").catch(() => null);
    if (handle === null) return null;
    try {
      return (await hashBeginning(handle, bytes, onBytes, signal))?.digest("hex") ?? null;
    } finally {
      await handle.close();
    }
  }

  async #saveIndexNow(): Promise<void> {
    const { indexFile, hash, signer, logger } = this.#parts;
    const index = this.#index;
    const count = index.count;
    const saved = {
      index: index.store(),
      check: this.#keeper.checkState(this.#writer.position, [...index.openIntents, ...index.unknownIntents]),
      bytes: index.end,
      sha256: hash.copy().digest("hex"),
    };
    try {
      await saveIndex(indexFile, saved, signer);
      this.#indexed = count;
    } catch (error) {
      logger.warn({ err: error }, "the index of the audit log could not be stored: the next start reads the whole log");
    }
  }

  #append(
    event: AuditEvent,
    phase: AuditEntry["phase"],
    intent: number | null,
    outcome: Outcome | null,
    detail: AuditEntry["detail"] = {},
  ): Promise<AuditEntry> {
    const call = currentTrace();
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
      ...(call === null ? {} : { call }),
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
  return Object.fromEntries(Object.entries(detail).map(([key, value]) => [storableName(key), storableValue(value)]));
}

/** Whoever reads JSON into objects leaves a member out that is named as their prototype: here it gets a name that is seen. */
function storableName(name: string): string {
  return name === "__proto__" ? "(__proto__)" : wellFormed(name);
}

function storableValue(value: Json): AuditEntry["detail"][string] {
  if (typeof value === "string") return wellFormed(value);
  if (value === null || typeof value !== "object") return value;
  if (isList(value)) return value.map((item) => storableValue(item));
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [storableName(key), storableValue(member)]));
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
