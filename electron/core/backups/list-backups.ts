import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { BackupSummary } from "#shared/contract/backup.ts";
import { UserError } from "../kernel/errors.ts";
import { errorCode } from "../kernel/system-errors.ts";
import { Manifest, manifestName } from "./manifest.ts";

export type { BackupSummary };

export function backupsFolder(dataFolder: string): string {
  return join(dataFolder, "backups");
}

/** Newest first, by what their manifests say; a folder without one that can be read is no backup. */
export async function listBackups(dataFolder: string): Promise<readonly BackupSummary[]> {
  const folder = backupsFolder(dataFolder);
  const names = await readdir(folder).catch((error: unknown) => {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  });
  const found = await Promise.all(names.filter((name) => backupName.test(name)).map(async (name) => await summarize(folder, name)));
  return found.flatMap((one) => (one === null ? [] : [one])).toSorted((a, b) => (a.name < b.name ? 1 : -1));
}

/** Throws NOT_FOUND. */
export async function findBackup(dataFolder: string, name: string): Promise<BackupSummary> {
  const found = (await listBackups(dataFolder)).find((one) => one.name === name);
  if (found === undefined)
    throw new UserError("NOT_FOUND", `There is no backup ${name}.`, "Look at the list again: it may have been removed.");
  return found;
}

export function bytesOf(manifest: Manifest): number {
  return manifest.files.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** The time it was made, in UTC, as a folder can be named. */
const backupName = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z$/;

async function summarize(folder: string, name: string): Promise<BackupSummary | null> {
  const path = join(folder, name);
  try {
    const manifest = Manifest.parse(JSON.parse(await readFile(join(path, manifestName), "utf8")));
    return { name, path, at: manifest.at, bytes: bytesOf(manifest), entries: manifest.audit.entries };
  } catch {
    return { name, path, at: timeOf(name), bytes: 0, entries: null };
  }
}

function timeOf(name: string): number {
  return Date.parse(name.replace(/T(\d\d)-(\d\d)-(\d\d)-(\d{3})Z$/, "T$1:$2:$3.$4Z")) || 0;
}
