import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { Rehearsal } from "#shared/contract/backup.ts";
import type { Clock } from "../kernel/clock.ts";
import { writeDurably } from "../kernel/durable-file.ts";
import { UserError } from "../kernel/errors.ts";
import { diskFull, isOutOfSpace } from "../kernel/system-errors.ts";
import type { DatabaseJobs } from "../storage/database-jobs.ts";
import { backupsFolder, type BackupSummary } from "./list-backups.ts";
import { restoreBackup } from "./restore.ts";

const prefix = ".rehearsal-";
const resultName = "rehearsal.json";

/**
 * Restores the backup into a temporary folder, opens what came of it with the vault's key, reads all of
 * it, and removes it again. What is wrong with the backup is the result; DISK_FULL is thrown, as it says
 * nothing of the backup.
 */
export async function rehearse(
  parts: { readonly dataFolder: string; readonly jobs: DatabaseJobs; readonly clock: Clock },
  backup: BackupSummary,
  signal?: AbortSignal,
): Promise<Rehearsal> {
  const { dataFolder, jobs, clock } = parts;
  const begun = clock.monotonic();
  const folder = backupsFolder(dataFolder);
  await removeLeftovers(folder);
  const into = join(folder, `${prefix}${backup.name}`);
  try {
    const problems = await tryRestore(jobs, backup.path, into, signal);
    const result: Rehearsal = {
      at: clock.now(),
      name: backup.name,
      result: problems.length === 0 ? "whole" : "damaged",
      problems: problems.slice(0, 20).map((problem) => problem.slice(0, 500)),
      durationMs: Math.round(clock.monotonic() - begun),
    };
    await writeDurably(join(folder, resultName), `${JSON.stringify(result)}\n`);
    return result;
  } catch (error) {
    if (isOutOfSpace(error)) throw diskFull("the restore could not be rehearsed", error);
    throw error;
  } finally {
    await rm(into, { recursive: true, force: true });
  }
}

/** The last one; null before the first. */
export async function lastRehearsal(dataFolder: string): Promise<Rehearsal | null> {
  try {
    return Rehearsal.parse(JSON.parse(await readFile(join(backupsFolder(dataFolder), resultName), "utf8")));
  } catch {
    return null;
  }
}

async function tryRestore(jobs: DatabaseJobs, backup: string, into: string, signal: AbortSignal | undefined): Promise<readonly string[]> {
  try {
    const { files } = await restoreBackup(backup, into, signal);
    const missing = ["gatehouse.db", "vault.json"].filter((wanted) => files.every(({ name }) => name !== wanted));
    if (missing.length > 0) return missing.map((name) => `${name} is not in it`);
    return (await jobs.check(join(into, "gatehouse.db"), signal)).map((problem) => `gatehouse.db: ${problem}`);
  } catch (error) {
    if (error instanceof UserError && error.code === "DATABASE_DAMAGED") return [error.message];
    throw error;
  }
}

/** What a crash in the middle of one left. */
async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) if (name.startsWith(prefix)) await rm(join(folder, name), { recursive: true, force: true });
}
