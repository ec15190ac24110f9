import { UserError } from "./errors.ts";

/** The code that the operating system or SQLite gave an error: `ENOENT`, `SQLITE_FULL`; null if none. */
export function errorCode(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}

/** Whether a write failed for want of room: disk, quota or database. */
export function isOutOfSpace(error: unknown): boolean {
  return ["ENOSPC", "EDQUOT", "SQLITE_FULL"].includes(errorCode(error) ?? "");
}

/** Whether the same write may succeed later: no room on the disk, another program that holds the database, a device that failed. */
export function mayPass(error: unknown): boolean {
  if (isOutOfSpace(error) || /^SQLITE_(?:BUSY|LOCKED|IOERR)/.test(errorCode(error) ?? "")) return true;
  return error instanceof Error && error.cause !== undefined && mayPass(error.cause);
}

export function diskFull(what: string, cause: unknown): UserError {
  return new UserError(
    "DISK_FULL",
    `The disk is full: ${what}.`,
    "Free some space on the disk that holds the data folder, then try again.",
    { cause },
  );
}
