import { closeSync, fsyncSync, openSync } from "node:fs";
import { dirname } from "node:path";

/** Puts the file's content on disk. Never for a database that is open: see `backUp` in `migrate.ts`. */
export function syncFile(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Puts the file's name on disk. Windows has no such call and needs none. */
export function syncName(path: string): void {
  if (process.platform !== "win32") syncFile(dirname(path));
}
