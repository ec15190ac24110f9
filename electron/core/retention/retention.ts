import { rm } from "node:fs/promises";
import { statfsSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "#shared/contract/settings.ts";
import type { ClearableKind, ClearPreview, StoragePart, StorageUse, WorktreeUse } from "#shared/contract/storage.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import type { AuditLog } from "../audit/audit-log.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Logger } from "../kernel/logger.ts";
import type { EngineDisk, SandboxDriver } from "../sandbox/driver.ts";
import type { Database } from "../storage/database.ts";
import type { RunRecord, TaskRecord, TaskStore } from "../tasks/task-store.ts";
import { countExpired, countOldRequests, removeOldRequests, sweepExpired } from "./expired-rows.ts";
import { filesIn } from "./measure-files.ts";
import { type KeptWorktree, planWorktrees } from "./plan-worktrees.ts";

const dayMs = 86_400_000;
const mebibyte = 1_048_576;
/** Databases that a migration or a restore put aside are for the weeks in which somebody may miss something. */
const keepSetAsideDays = 30;
const firstSweepMs = 300_000;
/** Grants, counts and codes that have run out go each hour; the rest, which has to be measured, each day. */
const sweepEveryMs = 3_600_000;

export interface RetentionParts {
  readonly dataFolder: string;
  readonly database: Database;
  readonly store: TaskStore;
  readonly engines: { all(): readonly SandboxDriver[] };
  readonly settings: () => Settings;
  readonly audit: AuditLog;
  /** Removes the sandboxes of a task, on record. */
  readonly release: (task: TaskRecord) => void;
  readonly removeTask: (task: TaskRecord) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Candidate {
  readonly label: string;
  readonly bytes: number;
  readonly why: string;
  readonly remove: () => Promise<void> | void;
}

interface Worktree extends KeptWorktree {
  readonly task: TaskRecord | null;
  readonly use: WorktreeUse;
}

export interface Cleared {
  readonly kind: ClearableKind;
  readonly count: number;
  readonly bytes: number;
  readonly problems: string[];
}

/** Measures what Gatehouse keeps, and removes what the settings do not keep: when asked, and each day by itself. */
export class Retention implements AsyncDisposable {
  readonly #parts: RetentionParts;
  #timer: Disposable | null = null;
  #sweeping: Promise<void> = Promise.resolve();
  #isOver = false;
  #sweptAllAt = Number.NEGATIVE_INFINITY;

  constructor(parts: RetentionParts) {
    this.#parts = parts;
    this.#sweepIn(firstSweepMs);
  }

  async use(signal?: AbortSignal): Promise<StorageUse> {
    const { dataFolder, clock } = this.#parts;
    const folder = async (kind: StoragePart["kind"], where: string, names: RegExp): Promise<StoragePart> => {
      const files = await filesIn(where, names, signal);
      return { kind, count: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
    };
    const engines = await this.#engineDisks(signal);
    const worktrees = this.#worktrees(engines.disks);
    const images = engines.disks.flatMap(({ disk }) => disk.images);
    const { bavail, bsize } = statfsSync(dataFolder);
    return {
      at: clock.now(),
      parts: [
        await folder("database", dataFolder, /^gatehouse\.db(-wal|-shm)?$/),
        await folder("audit", dataFolder, /^audit/),
        await folder("backups", join(dataFolder, "backups"), /./),
        await folder("logs", join(dataFolder, "logs"), /./),
        await folder("set-aside", dataFolder, setAside),
        { kind: "worktrees", count: worktrees.length, bytes: worktrees.reduce((sum, { bytes }) => sum + bytes, 0) },
        { kind: "images", count: images.length, bytes: images.reduce((sum, { bytes }) => sum + bytes, 0) },
        { kind: "build-cache", count: 0, bytes: engines.disks.reduce((sum, { disk }) => sum + disk.cacheBytes, 0) },
      ],
      worktrees: worktrees.map(({ use }) => use).toSorted((a, b) => (b.bytes ?? 0) - (a.bytes ?? 0)),
      freeBytes: bavail * bsize,
      unanswered: engines.unanswered,
    };
  }

  async preview(signal?: AbortSignal): Promise<ClearPreview[]> {
    return await this.#preview(kinds, signal);
  }

  async #preview(wanted: readonly ClearableKind[], signal?: AbortSignal): Promise<ClearPreview[]> {
    const engines = wanted.some((kind) => kind === "worktrees" || kind === "images") ? await this.#engineDisks(signal) : noDisks;
    const previews: ClearPreview[] = [];
    for (const kind of wanted) {
      const found = await this.#candidates(kind, engines.disks, signal);
      const bytes = found.reduce((sum, one) => sum + one.bytes, 0);
      const items = found.slice(0, 100).map(({ label, bytes, why }) => ({ label: label.slice(0, 300), bytes, why }));
      previews.push({ kind, count: found.reduce((sum, { label }) => sum + (countIn(label) ?? 1), 0), bytes, items });
    }
    return previews;
  }

  /** One that cannot be removed is named, and the rest goes on. */
  async clear(wanted: readonly ClearableKind[], signal?: AbortSignal): Promise<Cleared[]> {
    const engines = wanted.some((kind) => kind === "worktrees" || kind === "images") ? await this.#engineDisks(signal) : noDisks;
    const cleared: Cleared[] = [];
    for (const kind of kinds.filter((kind) => wanted.includes(kind))) {
      let [count, bytes] = [0, 0];
      const problems: string[] = [];
      for (const candidate of await this.#candidates(kind, engines.disks, signal)) {
        signal?.throwIfAborted();
        try {
          await candidate.remove();
          count += countIn(candidate.label) ?? 1;
          bytes += candidate.bytes;
        } catch (error) {
          this.#parts.logger.warn({ err: error, kind }, "something could not be cleared");
          problems.push(`${candidate.label}: ${error instanceof Error ? error.message : "it could not be removed"}`.slice(0, 300));
        }
      }
      cleared.push({ kind, count, bytes, problems: problems.slice(0, 20) });
    }
    return cleared;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    this.#timer?.[Symbol.dispose]();
    await this.#sweeping;
  }

  #sweepIn(delayMs: number): void {
    this.#timer = this.#parts.clock.after(delayMs, () => {
      this.#sweeping = this.#sweep().finally(() => {
        if (!this.#isOver) this.#sweepIn(sweepEveryMs);
      });
    });
  }

  /** Never rejects. On record only where there is something to remove. */
  async #sweep(): Promise<void> {
    const { audit, logger, clock } = this.#parts;
    try {
      const isDaily = clock.monotonic() - this.#sweptAllAt >= dayMs;
      if (isDaily) this.#sweptAllAt = clock.monotonic();
      const due = (await this.#preview(isDaily ? kinds : ["expired"])).filter(({ kind, count }) => count > 0 && kind !== "images");
      if (due.length === 0) return;
      const detail = Object.fromEntries(due.map(({ kind, count }) => [kind, count]));
      await audit.around({ verb: "storage.sweep", actor: { kind: "gatehouse" }, detail }, async (intent) => {
        const cleared = await this.clear(due.map(({ kind }) => kind));
        const problems = cleared.flatMap(({ problems }) => problems);
        await (problems.length === 0 ? intent.done() : intent.failed({ problems }));
      });
    } catch (error) {
      logger.error({ err: error }, "what is no longer kept could not be removed; it is tried again");
    }
  }

  async #candidates(kind: ClearableKind, disks: readonly DriverDisk[], signal: AbortSignal | undefined): Promise<readonly Candidate[]> {
    const { dataFolder, database, clock, settings } = this.#parts;
    const now = clock.now();
    const { keepWorktreeDays, worktreeCapMiB, keepDecidedTaskDays, keepRequestDays, keepLogDays, keepBackupDays } = settings();
    switch (kind) {
      case "worktrees":
        return planWorktrees(this.#worktrees(disks), { now, keepDays: keepWorktreeDays, capBytes: worktreeCapMiB * mebibyte }).flatMap(
          ({ worktree: { task, bytes }, why }) =>
            task === null ? [] : [{ label: task.title, bytes, why, remove: () => this.#parts.release(task) }],
        );
      case "tasks":
        return keepDecidedTaskDays === null
          ? []
          : this.#decidedBefore(now - keepDecidedTaskDays * dayMs, `decided more than ${keepDecidedTaskDays} days ago`);
      case "requests": {
        const before = now - keepRequestDays * dayMs;
        const why = `answered more than ${keepRequestDays} days ago`;
        return some(countOldRequests(database, before), "answered prompts", why, () => void removeOldRequests(database, before));
      }
      case "expired":
        return some(countExpired(database, now), "grants and rate counts", "run out", () => void sweepExpired(database, now));
      case "logs":
        return await oldFiles(join(dataFolder, "logs"), /\.log\.\d+$/, now - keepLogDays * dayMs, `older than ${keepLogDays} days`, signal);
      case "backups":
        return (
          await oldFiles(join(dataFolder, "backups"), /^\d{4}-/, now - keepBackupDays * dayMs, `older than ${keepBackupDays} days`, signal)
        )
          .toSorted((a, b) => (a.label < b.label ? 1 : -1))
          .slice(keepBackupDays);
      case "set-aside":
        return await oldFiles(
          dataFolder,
          setAside,
          now - keepSetAsideDays * dayMs,
          `put aside more than ${keepSetAsideDays} days ago`,
          signal,
        );
      case "images":
        return disks.flatMap(({ driver, disk }) =>
          disk.images.flatMap(({ name, bytes, isUsed }) =>
            isUsed
              ? []
              : [{ label: name, bytes, why: "no sandbox is made from it now", remove: async () => await driver.removeImage(name) }],
          ),
        );
      default:
        return assertNever(kind);
    }
  }

  #decidedBefore(before: number, why: string): readonly Candidate[] {
    return this.#parts.store.all().flatMap((task) => {
      const { state } = task;
      if ((state.state !== "accepted" && state.state !== "discarded") || state.at >= before) return [];
      return [{ label: task.title, bytes: 0, why, remove: async () => await this.#parts.removeTask(task) }];
    });
  }

  #worktrees(disks: readonly DriverDisk[]): readonly Worktree[] {
    const { store } = this.#parts;
    const runs = store.unsettledRuns();
    return disks.flatMap(({ driver, disk }) =>
      [...disk.sandboxes].map(([sandboxId, bytes]): Worktree => {
        const own = runs.filter((run) => run.sandboxId === sandboxId);
        const task = own[0] === undefined ? null : store.find(own[0].taskId);
        const state = task?.state.state ?? "discarded";
        const use = { sandboxId, driver: driver.kind, taskId: task?.id ?? null, title: task?.title ?? "of no task", state, bytes };
        return { sandboxId, task, use, state, bytes: bytes ?? 0, endedAt: lastEnd(own) };
      }),
    );
  }

  async #engineDisks(
    signal: AbortSignal | undefined,
  ): Promise<{ readonly disks: readonly DriverDisk[]; readonly unanswered: SandboxDriver["kind"][] }> {
    const unanswered: SandboxDriver["kind"][] = [];
    const disks = await Promise.all(
      this.#parts.engines.all().map(async (driver): Promise<DriverDisk[]> => {
        try {
          return [{ driver, disk: await driver.diskUse(signal) }];
        } catch (error) {
          signal?.throwIfAborted();
          this.#parts.logger.debug({ err: error, driver: driver.kind }, "an engine did not say what it holds");
          unanswered.push(driver.kind);
          return [];
        }
      }),
    );
    return { disks: disks.flat(), unanswered };
  }
}

interface DriverDisk {
  readonly driver: SandboxDriver;
  readonly disk: EngineDisk;
}

const noDisks: { readonly disks: readonly DriverDisk[] } = { disks: [] };

const kinds = ["worktrees", "tasks", "requests", "expired", "logs", "backups", "set-aside", "images"] as const;
const setAside = /^(before-restore-|gatehouse\.db\.schema-\d+\..*\.backup$)/;

function lastEnd(runs: readonly RunRecord[]): number | null {
  if (runs.length === 0 || runs.some(({ endedAt }) => endedAt === null)) return null;
  return Math.max(...runs.map(({ endedAt }) => endedAt ?? 0));
}

/** Rows go together: one candidate whose label begins with how many. */
function some(count: number, what: string, why: string, remove: () => void): readonly Candidate[] {
  return count === 0 ? [] : [{ label: `${count} ${what}`, bytes: 0, why, remove }];
}

function countIn(label: string): number | null {
  const count = /^(\d+) (answered prompts|grants and rate counts)$/.exec(label)?.[1];
  return count === undefined ? null : Number(count);
}

async function oldFiles(
  folder: string,
  names: RegExp,
  before: number,
  why: string,
  signal: AbortSignal | undefined,
): Promise<readonly Candidate[]> {
  const files = await filesIn(folder, names, signal);
  return files.flatMap(({ path, name, bytes, modifiedAt }) =>
    modifiedAt >= before ? [] : [{ label: name, bytes, why, remove: async () => await rm(path, { recursive: true, force: true }) }],
  );
}
