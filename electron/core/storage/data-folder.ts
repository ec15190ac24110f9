import { chmodSync, mkdirSync, readFileSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Libsql from "libsql";
import * as z from "zod";
import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/errors.ts";
import { errorCode } from "../kernel/system-errors.ts";

/** The one folder that holds everything Gatehouse keeps, held by one process at a time. */
export interface DataFolder extends Disposable {
  /** Absolute, links resolved. */
  readonly path: string;
  file(name: string): string;
}

/**
 * Creates the folder (0700) or takes it over, and holds it until disposed or until the process ends
 * in any way. Throws DATA_FOLDER_UNSAFE when it belongs to someone else, DATA_FOLDER_IN_USE when
 * another process holds it.
 */
export function openDataFolder(path: string, clock: Clock): DataFolder {
  makeFolder(path);
  const folder = realpathSync(path);
  makePrivate(folder);
  const lock = hold(folder);
  writeFileSync(join(folder, holderName), JSON.stringify({ pid: process.pid, since: clock.now() }), { mode: 0o600 });
  return {
    path: folder,
    file: (name) => join(folder, name),
    [Symbol.dispose]: () => void lock.close(),
  };
}

/** Says who holds the lock, for the message only: the lock itself is the operating system's. */
const holderName = "holder.json";
const Holder = z.object({ pid: z.int(), since: z.int() });

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    if (["EEXIST", "ENOTDIR"].includes(errorCode(error) ?? "")) throw unsafe(path, "is not a folder", error);
    if (["EACCES", "EPERM", "EROFS"].includes(errorCode(error) ?? "")) throw unsafe(path, "cannot be made here", error);
    throw error;
  }
}

function makePrivate(folder: string): void {
  if (process.getuid === undefined) return;
  const found = statSync(folder);
  if (!found.isDirectory()) throw unsafe(folder, "is not a folder");
  if (found.uid !== process.getuid()) throw unsafe(folder, `belongs to user ${found.uid}, and Gatehouse runs as user ${process.getuid()}`);
  if ((found.mode & 0o077) !== 0) chmodSync(folder, 0o700);
}

function unsafe(folder: string, problem: string, cause?: unknown): UserError {
  return new UserError(
    "DATA_FOLDER_UNSAFE",
    `The data folder ${folder} ${problem}.`,
    "Name a folder of your own with --data, or correct the owner of this one.",
    { cause },
  );
}

/** SQLite's exclusive lock on an empty file: no other process gets it, and the kernel drops it when this one dies. */
function hold(folder: string): Libsql.Database {
  const lock = new Libsql(join(folder, "lock"));
  try {
    lock.exec("begin exclusive");
    return lock;
  } catch (error) {
    lock.close();
    if (!errorCode(error)?.startsWith("SQLITE_BUSY")) throw error;
    const holder = readHolder(folder);
    const who =
      holder === null ? "Another Gatehouse" : `Another Gatehouse (process ${holder.pid}, since ${new Date(holder.since).toISOString()})`;
    throw new UserError(
      "DATA_FOLDER_IN_USE",
      `${who} has the data folder ${folder} open.`,
      "Use the one that is running, or end it and start again.",
      { cause: error },
    );
  }
}

function readHolder(folder: string): z.infer<typeof Holder> | null {
  try {
    return Holder.parse(JSON.parse(readFileSync(join(folder, holderName), "utf8")));
  } catch {
    return null;
  }
}
