import { constants, existsSync } from "node:fs";
import { copyFile, mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../kernel/clock.ts";
import { syncFolder, writeDurably } from "../kernel/durable-file.ts";
import { UserError } from "../kernel/errors.ts";
import { diskFull, errorCode, isOutOfSpace } from "../kernel/system-errors.ts";
import { findBackup } from "./list-backups.ts";
import { verifyBackup } from "./restore.ts";

const databaseFiles = ["gatehouse.db-wal", "gatehouse.db-shm", "gatehouse.db"] as const;
/** Says that a database is being put back: a crash in between leaves it, and the next start finishes the work. */
const markerName = "restoring.json";

/**
 * Puts the database of a backup in the place of the one in the data folder, which must not be open. The
 * one that was there is kept in a folder beside it, whose name is returned. The vault and the audit log
 * stay as they are: nothing that was written down since is taken back. Throws NOT_FOUND,
 * DATABASE_DAMAGED where the backup is not whole, DISK_FULL; then nothing was changed.
 */
export async function putDatabaseBack(parts: {
  readonly dataFolder: string;
  readonly name: string;
  readonly clock: Clock;
}): Promise<string> {
  const { dataFolder, name, clock } = parts;
  const { path } = await findBackup(dataFolder, name);
  const verdict = await verifyBackup(path);
  if (verdict.result === "damaged") {
    throw new UserError(
      "DATABASE_DAMAGED",
      `The backup ${name} is damaged: ${verdict.problems.join("; ")}. Nothing was changed.`,
      "Restore another one.",
    );
  }
  const aside = `before-restore-${new Date(clock.now()).toISOString().replaceAll(/[:.]/g, "-")}`;
  const beside = join(dataFolder, "gatehouse.db.restoring");
  try {
    await rm(beside, { force: true });
    await copyFile(join(path, "gatehouse.db"), beside, constants.COPYFILE_EXCL);
    const handle = await open(beside, "r+");
    await handle.chmod(0o600);
    await handle.sync();
    await handle.close();
    await mkdir(join(dataFolder, aside), { recursive: true, mode: 0o700 });
    await writeDurably(join(dataFolder, markerName), `${JSON.stringify({ name, aside })}\n`);
  } catch (error) {
    await rm(beside, { force: true });
    if (isOutOfSpace(error)) throw diskFull("the backup was not restored, and nothing was changed", error);
    throw error;
  }
  await exchange(dataFolder, aside);
  return aside;
}

/** Finishes what a crash cut off. Before the database is opened, or a missing one would be made anew. */
export async function finishPuttingBack(dataFolder: string, clock: Clock): Promise<boolean> {
  if (!existsSync(join(dataFolder, markerName))) return false;
  const isReady = existsSync(join(dataFolder, "gatehouse.db.restoring"));
  if (isReady) await exchange(dataFolder, `before-restore-${new Date(clock.now()).toISOString().replaceAll(/[:.]/g, "-")}`);
  else await rm(join(dataFolder, markerName), { force: true });
  return isReady;
}

/** Every step can be repeated; the write-ahead log goes first, as it must never meet another database. */
async function exchange(dataFolder: string, aside: string): Promise<void> {
  await mkdir(join(dataFolder, aside), { recursive: true, mode: 0o700 });
  for (const file of databaseFiles) {
    await rename(join(dataFolder, file), join(dataFolder, aside, file)).catch((error: unknown) => {
      if (errorCode(error) !== "ENOENT") throw error;
    });
  }
  await rename(join(dataFolder, "gatehouse.db.restoring"), join(dataFolder, "gatehouse.db"));
  await syncFolder(dataFolder);
  await rm(join(dataFolder, markerName), { force: true });
}
