import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { builtScript } from "../../testing/built-script.ts";
import { openAuditLog } from "../audit/open-audit-log.ts";
import { systemClock } from "../kernel/clock.ts";
import { silentLogger } from "../kernel/logger.ts";
import { Secret } from "../kernel/secret.ts";
import { databaseJobsInWorker } from "../storage/database-jobs.ts";
import { openDatabase } from "../storage/open-database.ts";
import { Backups } from "./backups.ts";
import { restoreBackup } from "./restore.ts";

const megabytes = Number(process.env["GATEHOUSE_BENCH_MEGABYTES"] ?? 256);

/** Seconds a gigabyte of database for a backup, its verification with it, and a restore. */
export const bench = { name: "backup", run };

async function run(): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-bench-"));
  const [clock, logger] = [systemClock, silentLogger()];
  const key = Secret.fromBytes(Buffer.alloc(32, 1));
  const database = openDatabase({ file: join(folder, "gatehouse.db"), key, clock, logger });
  const audit = await openAuditLog({ folder, clock, logger });
  try {
    await audit.note({ verb: "test.note", actor: { kind: "gatehouse" } });
    for (let megabyte = 0; megabyte < megabytes; megabyte++)
      database.transaction(() => {
        for (let at = 0; at < 256; at++)
          database.run("insert into settings (name, value) values (?, ?)", `row-${megabyte}-${at}`, `${Math.random()}`.repeat(220));
      });
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const begun = performance.now();
    const lendKey = () => Secret.fromBytes(Buffer.alloc(32, 1));
    const jobs = databaseJobsInWorker(await builtScript("electron/core/storage/database-worker.ts"), lendKey);
    const { path } = await new Backups({ dataFolder: folder, jobs, audit, clock, logger, keepDays: () => 7 }).create();
    const made = performance.now();
    delay.disable();
    await restoreBackup(path, join(folder, "restored"));
    const gigabytes = statSync(join(path, "gatehouse.db")).size / 2 ** 30;
    const perGigabyte = (ms: number) => Math.round(ms / 100 / gigabytes) / 10;
    return {
      gigabytes: Math.round(gigabytes * 100) / 100,
      backupSecondsPerGB: perGigabyte(made - begun),
      restoreSecondsPerGB: perGigabyte(performance.now() - made),
      blockedMs: Math.round(delay.max / 1e6),
    };
  } finally {
    await audit.close();
    database.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
