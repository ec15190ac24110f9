import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { BackupFailure, BackupState } from "#shared/contract/backup.ts";
import type { AuditLog } from "../audit/audit-log.ts";
import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/errors.ts";
import type { Logger } from "../kernel/logger.ts";
import type { DatabaseJobs } from "../storage/database-jobs.ts";
import type { Backups } from "./backups.ts";
import { lastRehearsal, rehearse } from "./rehearsal.ts";

/** The hour of the night, in local time, in which a backup is made. */
const nightHour = 3;
const weekMs = 7 * 86_400_000;
/** How often it is asked whether one is due: the clock may be set, and the machine may have slept. */
const lookEveryMs = 3_600_000;
/** After a start, so that nothing competes with it. */
const firstLookMs = 120_000;

export interface BackupScheduleParts {
  readonly dataFolder: string;
  readonly backups: Backups;
  readonly jobs: DatabaseJobs;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A backup each night, and each week a restore of the newest one, tried out. What was missed is made up for. */
export class BackupSchedule implements AsyncDisposable {
  readonly #parts: BackupScheduleParts;
  readonly #ending = new AbortController();
  #timer: Disposable | null = null;
  #working: Promise<void> = Promise.resolve();
  #failure: BackupFailure | null = null;

  constructor(parts: BackupScheduleParts) {
    this.#parts = parts;
    this.#lookAgainIn(firstLookMs);
  }

  async state(): Promise<BackupState> {
    const { dataFolder, backups } = this.#parts;
    const all = await backups.list();
    return {
      backups: [...all],
      nextAt: nextNight(await this.#baseline(all[0]?.at ?? null)),
      rehearsal: await lastRehearsal(dataFolder),
      failure: this.#failure,
    };
  }

  /** Tries out a restore of this backup, or of the newest. NOT_FOUND where there is none. */
  async rehearse(name: string | null, signal?: AbortSignal): Promise<Awaited<ReturnType<typeof rehearse>>> {
    const { backups } = this.#parts;
    const wanted = name ?? (await backups.list())[0]?.name;
    if (wanted === undefined) throw new UserError("NOT_FOUND", "There is no backup yet.", "Make one first.");
    return await rehearse(this.#parts, await backups.find(wanted), signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    this.#ending.abort(new UserError("CANCELLED", "Gatehouse is closing.", "It goes on at the next start."));
    await this.#working;
  }

  #lookAgainIn(delayMs: number): void {
    this.#timer = this.#parts.clock.after(delayMs, () => {
      this.#working = this.#look().finally(() => {
        if (!this.#ending.signal.aborted) this.#lookAgainIn(lookEveryMs);
      });
    });
  }

  /** Never rejects: what went wrong is shown, and tried again an hour later. */
  async #look(): Promise<void> {
    try {
      await this.#backUpIfDue();
      await this.#rehearseIfDue();
      this.#failure = null;
    } catch (error) {
      if (this.#ending.signal.aborted) return;
      this.#parts.logger.error({ err: error }, "the nightly backup was not made or could not be tried out");
      const isKnown = error instanceof UserError;
      this.#failure = {
        at: this.#parts.clock.now(),
        text: isKnown ? error.message : "The nightly backup failed.",
        remedy: isKnown ? error.remedy : "Make one now; if that fails too, look at the logs.",
      };
    }
  }

  async #backUpIfDue(): Promise<void> {
    const { backups, audit, clock } = this.#parts;
    const newest = (await backups.list())[0]?.at ?? null;
    if (clock.now() < nextNight(await this.#baseline(newest))) return;
    const event = { verb: "backup.create", actor: { kind: "gatehouse" as const }, detail: { why: "nightly" } };
    await audit.around(event, async (intent) => {
      const { name, bytes } = await backups.create(this.#ending.signal);
      await intent.done({ name, bytes });
    });
  }

  async #rehearseIfDue(): Promise<void> {
    const { backups, audit, clock, dataFolder } = this.#parts;
    const all = await backups.list();
    const since = (await lastRehearsal(dataFolder))?.at ?? all.at(-1)?.at;
    if (since === undefined || (clock.now() < since + weekMs && clock.now() >= since)) return;
    const event = { verb: "backup.rehearse", actor: { kind: "gatehouse" as const }, detail: { why: "weekly" } };
    await audit.around(event, async (intent) => {
      const { name, result, problems } = await this.rehearse(null, this.#ending.signal);
      if (result === "whole") return await intent.done({ name });
      await intent.failed({ name, problems: [...problems] });
      throw new UserError("DATABASE_DAMAGED", `The backup ${name} cannot be restored: ${problems.join("; ")}.`, "Make a new backup now.");
    });
  }

  /** From when the nights are counted: the newest backup, or the day of the installation. */
  async #baseline(newest: number | null): Promise<number> {
    const { dataFolder, clock } = this.#parts;
    // A time in the future is of a clock that was set back since: it must not keep backups from being made.
    if (newest !== null && newest <= clock.now()) return newest;
    const found = await stat(join(dataFolder, "install-id")).catch(() => null);
    return found === null || found.mtimeMs > clock.now() ? clock.now() : found.mtimeMs;
  }
}

/** The first moment of the next night after `time`, in local time. */
export function nextNight(time: number): number {
  const night = new Date(time);
  night.setHours(nightHour, 0, 0, 0);
  if (night.getTime() <= time) night.setDate(night.getDate() + 1);
  return night.getTime();
}
