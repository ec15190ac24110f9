import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { HealthCheck, HealthReport } from "#shared/contract/health.ts";
import type { BackupState } from "#shared/contract/backup.ts";
import type { EngineReport, SandboxSummary } from "#shared/contract/sandbox.ts";
import type { Clock } from "../kernel/clock.ts";
import { errorCode } from "../kernel/system-errors.ts";
import type { Keychain } from "../ports.ts";
import { listBackups } from "../backups/list-backups.ts";
import { lastRehearsal } from "../backups/rehearsal.ts";
import {
  checkAgents,
  checkAuditFile,
  checkBackups,
  checkClock,
  checkDisk,
  checkEngines,
  checkKeychain,
  guarded,
  notOk,
  ok,
} from "./checks.ts";
import { readLiveFigures } from "./live-figures.ts";
import { reportOf } from "./report.ts";

/** What can be said of a data folder from outside, without unlocking it, whether Gatehouse runs or not. Nothing is changed. */
export async function offlineHealth(
  parts: {
    readonly dataFolder: string;
    readonly keychain: Keychain | null;
    readonly engines: (signal?: AbortSignal) => Promise<readonly EngineReport[]>;
    /** What the engines hold for this data folder. */
    readonly sandboxes: (signal?: AbortSignal) => Promise<readonly SandboxSummary[]>;
    readonly clock: Clock;
  },
  signal?: AbortSignal,
): Promise<HealthReport> {
  const { dataFolder, keychain, engines, sandboxes, clock } = parts;
  const folder = await guarded("data-folder", () => checkFolder(dataFolder));
  const isThere = folder.state !== "unknown";
  const inFolder: readonly (readonly [HealthCheck["name"], () => Promise<HealthCheck>])[] = isThere
    ? [
        ["database", () => checkDatabaseFile(dataFolder)],
        ["audit", () => checkAuditFile(dataFolder, signal)],
        ["disk", () => checkDisk(dataFolder)],
        ["agents", async () => checkAgents(await sandboxes(signal))],
        ["backups", async () => checkBackups(await backupsOnDisk(dataFolder), clock.now())],
      ]
    : [];
  const checks = await Promise.all([
    ...inFolder.map(([name, check]) => guarded(name, check)),
    guarded("keychain", () => checkKeychain(keychain)),
    guarded("engines", async () => checkEngines(await engines(signal))),
    guarded("clock", async () => checkClock(clock.now(), await lastWrite(dataFolder))),
  ]);
  const live = isThere ? await readLiveFigures(dataFolder, clock.now()) : [];
  return reportOf(clock.now(), [folder, ...checks, ...live]);
}

async function checkFolder(dataFolder: string): Promise<HealthCheck> {
  try {
    const found = await stat(dataFolder);
    if (!found.isDirectory()) return notOk("data-folder", "failed", `${dataFolder} is not a folder.`, "Name another with --data.");
    const isPrivate = process.platform === "win32" || (found.mode & 0o077) === 0;
    if (isPrivate) return ok("data-folder", `${dataFolder} is its owner's alone.`);
    return notOk("data-folder", "failed", `${dataFolder} can be read by others.`, "Start Gatehouse once: it makes the folder private.");
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
    return notOk(
      "data-folder",
      "unknown",
      `There is no data folder ${dataFolder}.`,
      "Start Gatehouse once, or name the folder with --data.",
    );
  }
}

/** It is encrypted: only that it is there and not empty can be seen. */
async function checkDatabaseFile(dataFolder: string): Promise<HealthCheck> {
  try {
    const { size } = await stat(join(dataFolder, "gatehouse.db"));
    if (size === 0) return notOk("database", "failed", "The database is empty.", "Restore a backup: `gatehouse backup list` names them.");
    return notOk("database", "unknown", "The database is there; it is checked when it is unlocked.", "Unlock Gatehouse.", { bytes: size });
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
    return notOk("database", "unknown", "There is no database yet.", "Start Gatehouse and set it up.");
  }
}

/** What kept the last one from being made is known to the running Gatehouse alone; that none is new shows here too. */
async function backupsOnDisk(dataFolder: string): Promise<BackupState> {
  const [backups, rehearsal] = await Promise.all([listBackups(dataFolder), lastRehearsal(dataFolder)]);
  return { backups: [...backups], nextAt: 0, rehearsal, failure: null };
}

async function lastWrite(dataFolder: string): Promise<number | null> {
  const found = await stat(join(dataFolder, "audit.jsonl")).catch(() => null);
  return found === null ? null : found.mtimeMs;
}
