import { UserError } from "./errors.ts";

/** The code that the operating system or SQLite gave an error: `ENOENT`, `SQLITE_FULL`; null if none. */
export function errorCode(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}

/** Whether a write failed for want of room: disk, quota or database. */
export function isOutOfSpace(error: unknown): boolean {
  return ["ENOSPC", "EDQUOT", "SQLITE_FULL"].includes(errorCode(error) ?? "");
}

export function diskFull(what: string, cause: unknown): UserError {
  return new UserError(
    "DISK_FULL",
    `The disk is full: ${what}.`,
    "Free some space on the disk that holds the data folder, then try again.",
    { cause },
  );
}
