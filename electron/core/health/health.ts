import { monitorEventLoopDelay } from "node:perf_hooks";
import type { HealthCheck, HealthReport } from "#shared/contract/health.ts";
import type { EngineReport } from "#shared/contract/sandbox.ts";
import type { AuditLog } from "../audit/audit-log.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Keychain } from "../ports.ts";
import type { Database } from "../storage/database.ts";
import type { BoardCounts } from "../tasks/board.ts";
import {
  auditCheck,
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
  readonly audit: AuditLog;
  readonly keychain: Keychain | null;
  readonly engines: { reports(signal?: AbortSignal): Promise<readonly EngineReport[]> };
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
    const { dataFolder, audit, keychain, engines, clock } = this.#parts;
    const checks = await Promise.all([
      guarded("database", () => this.#database()),
      guarded("audit", async () => auditCheck(await audit.verify(signal))),
      guarded("keychain", () => checkKeychain(keychain)),
      guarded("engines", async () => checkEngines(await engines.reports(signal))),
      guarded("disk", () => checkDisk(dataFolder)),
      guarded("clock", async () => checkClock(clock.now(), (await audit.list({ limit: 1 })).entries[0]?.at ?? null)),
      guarded("queues", () => this.#queues()),
      guarded("event-loop", () => checkEventLoop(Math.round(this.#loop.percentile(99) / 1e6), Math.round(this.#loop.max / 1e6))),
      guarded("memory", () => checkMemory(process.memoryUsage())),
    ]);
    return reportOf(clock.now(), checks);
  }

  [Symbol.dispose](): void {
    this.#loop.disable();
  }

  /** The whole file was checked when it was opened; here, that it can be read and written now. */
  #database(): HealthCheck {
    const { database } = this.#parts;
    const damage = database.all("pragma quick_check(1)").map((row) => Object.values(Object(row)).join(" "));
    if (damage[0] !== "ok")
      return notOk("database", "failed", `The database is damaged: ${damage.join("; ")}`, "Close Gatehouse and restore a backup.");
    database.transaction(() => database.all("select count(*) from sqlite_schema"));
    return ok("database", "The database can be read and written.");
  }

  #queues(): HealthCheck {
    const counts = this.#parts.counts();
    const prompts = this.#parts.pendingPrompts();
    const figures = { ...counts, prompts };
    const text = `${counts.running} running, ${prompts} prompts waiting`;
    return prompts < manyPrompts
      ? ok("queues", text, figures)
      : notOk("queues", "warning", text, "Answer the prompts, or stop the run that asks.", figures);
  }
}
