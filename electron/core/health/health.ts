import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { HealthCheck, HealthReport } from "#shared/contract/health.ts";
import type { BackupState } from "#shared/contract/backup.ts";
import type { EngineReport, SandboxSummary } from "#shared/contract/sandbox.ts";
import type { AuditLog } from "../audit/audit-log.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Keychain } from "../ports.ts";
import type { Database } from "../storage/database.ts";
import type { DatabaseJobs } from "../storage/database-jobs.ts";
import type { BoardCounts } from "../tasks/board.ts";
import {
  auditCheck,
  checkAgents,
  checkBackups,
  checkClock,
  checkDisk,
  checkEngines,
  checkEventLoop,
  checkKeychain,
  checkMemory,
  guarded,
  notOk,
  ok,
} from "./checks.ts";
import { reportOf } from "./report.ts";

/** How often the delay of the event loop is sampled, milliseconds. */
const loopResolutionMs = 20;

export interface HealthParts {
  readonly dataFolder: string;
  readonly database: Database;
  readonly jobs: DatabaseJobs;
  readonly backups: { state(): Promise<BackupState> };
  readonly audit: AuditLog;
  readonly keychain: Keychain | null;
  readonly engines: {
    reports(signal?: AbortSignal): Promise<readonly EngineReport[]>;
    list(signal?: AbortSignal): Promise<readonly SandboxSummary[]>;
  };
  readonly counts: () => BoardCounts;
  readonly pendingPrompts: () => number;
  readonly clock: Clock;
}

/** Prompts that wait at once when something asks without end. */
const manyPrompts = 100;

/** How the running Gatehouse does. Samples the event loop from the moment it is made. */
export class Health implements Disposable {
  readonly #parts: HealthParts;
  readonly #loop = monitorEventLoopDelay({ resolution: loopResolutionMs });

  constructor(parts: HealthParts) {
    this.#parts = parts;
    this.#loop.enable();
  }

  async report(signal?: AbortSignal): Promise<HealthReport> {
    const { dataFolder, audit, keychain, engines, backups, clock } = this.#parts;
    const checks = await Promise.all([
      guarded("database", async () => await this.#database(signal)),
      guarded("audit", async () => auditCheck(await audit.verify(signal))),
      guarded("keychain", () => checkKeychain(keychain)),
      guarded("engines", async () => checkEngines(await engines.reports(signal))),
      guarded("disk", () => checkDisk(dataFolder)),
      guarded("clock", async () => checkClock(clock.now(), (await audit.list({ limit: 1 })).entries[0]?.at ?? null)),
      guarded("queues", () => this.#queues()),
      guarded("event-loop", () => this.#eventLoop()),
      guarded("agents", async () => checkAgents(await engines.list(signal))),
      guarded("backups", async () => checkBackups(await backups.state(), clock.now())),
      guarded("memory", () => checkMemory(process.memoryUsage())),
    ]);
    return reportOf(clock.now(), checks);
  }

  /** What nobody but this process knows, at once and without asking anything else. */
  live(): readonly HealthCheck[] {
    return [this.#queues(), this.#eventLoop(), checkMemory(process.memoryUsage())];
  }

  [Symbol.dispose](): void {
    this.#loop.disable();
  }

  /** All of it is read in a thread of its own; that it can be written is tried here. */
  async #database(signal: AbortSignal | undefined): Promise<HealthCheck> {
    const { database, jobs, dataFolder } = this.#parts;
    const damage = await jobs.check(join(dataFolder, "gatehouse.db"), signal);
    if (damage.length > 0)
      return notOk("database", "failed", `The database is damaged: ${damage.join("; ")}`, "Restore a backup: Settings → Backups.");
    database.transaction(() => database.all("select count(*) from sqlite_schema"));
    return ok("database", "The database can be read and written.");
  }

  #eventLoop(): HealthCheck {
    return checkEventLoop(Math.round(this.#loop.percentile(99) / 1e6), Math.round(this.#loop.max / 1e6));
  }

  #queues(): HealthCheck {
    const counts = this.#parts.counts();
    const prompts = this.#parts.pendingPrompts();
    const figures = { ...counts, prompts };
    const text = `${counts.running} running, ${prompts} ${prompts === 1 ? "prompt" : "prompts"} waiting`;
    return prompts < manyPrompts
      ? ok("queues", text, figures)
      : notOk("queues", "warning", text, "Answer the prompts, or stop the run that asks.", figures);
  }
}
