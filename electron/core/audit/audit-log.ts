import type { Actor, AuditEntry, AuditVerification } from "#shared/contract/audit.ts";
import type { Emitter } from "../kernel/events.ts";
import type { AuditActivity } from "./activity.ts";
import type { IndexFilter } from "./entry-index.ts";
import type { ExportFormat } from "./export-log.ts";

export interface AuditEvent {
  /** `noun.verb`, for example `task.accept`. */
  readonly verb: string;
  readonly actor: Actor;
  readonly taskId?: string | null;
  readonly runId?: string | null;
  /** Names and keyed hashes only; never a secret value. */
  readonly detail?: AuditEntry["detail"];
}

/** Ends the intent that made it. Exactly one of the three, once; a second call throws. */
export interface OpenIntent {
  readonly sequence: number;
  done(detail?: AuditEntry["detail"]): Promise<void>;
  failed(detail?: AuditEntry["detail"]): Promise<void>;
  refused(detail?: AuditEntry["detail"]): Promise<void>;
}

export interface AuditQuery extends IndexFilter {
  readonly before?: number | null;
  /** How many of those that match are left out first. */
  readonly skip?: number;
  readonly limit: number;
  readonly text?: string | null;
}

export interface AuditPage {
  readonly entries: readonly AuditEntry[];
  /** How many match; with `text`, of those that were looked at. */
  readonly total: number;
  /** Whether the whole log was looked at for `total`. */
  readonly isTotalExact?: boolean;
  /** Intents on this page that a crash left without an outcome. */
  readonly unknown?: readonly number[];
}

export type OnAdvance = (done: number, total: number) => void;

export type AuditExport =
  | { readonly kind: "written"; readonly path: string; readonly entries: number }
  | { readonly kind: "tampered"; readonly firstBad: number; readonly problem: string };

/** What there is to filter by. */
export interface AuditNames {
  readonly verbs: readonly string[];
  readonly actors: readonly string[];
  readonly rules: readonly string[];
  readonly secrets: readonly string[];
}

/**
 * The append-only log (invariant 2). `intent` resolves only once the entry is fsynced; when that
 * fails it rejects with AUDIT_UNAVAILABLE and the caller must not go on.
 */
export interface AuditLog {
  intent(event: AuditEvent): Promise<OpenIntent>;
  /** Something that has no effect of its own, or has happened already. Resolves once fsynced. */
  note(event: AuditEvent): Promise<AuditEntry>;
  /** `intent`, then `effect`, then its outcome; the effect's error is rethrown after `failed` is written. */
  around<T>(event: AuditEvent, effect: (intent: OpenIntent) => Promise<T>): Promise<T>;
  list(query: AuditQuery): Promise<AuditPage>;
  names(): AuditNames;
  /** How many entries there are. */
  readonly count: number;
  /** What was decided over time, from the index alone: no filter by text. */
  activity(filter: IndexFilter, steps: number, signal?: AbortSignal): Promise<AuditActivity>;
  verify(signal?: AbortSignal): Promise<AuditVerification>;
  /** As `verify`; says how many bytes of how many it has read. */
  verifyStepwise(onAdvance: OnAdvance, signal?: AbortSignal): Promise<AuditVerification>;
  /**
   * Writes a copy for others to this file, once the log has been proved, and says how many entries of how
   * many it has written. Null: into the data folder, under a name of its own. CONFLICT where it cannot be made.
   */
  exportTo(path: string | null, format: ExportFormat, onAdvance: OnAdvance, signal?: AbortSignal): Promise<AuditExport>;
  readonly appended: Emitter<AuditEntry>;
  close(): Promise<void>;
}
