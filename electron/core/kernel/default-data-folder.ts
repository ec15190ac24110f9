import { homedir } from "node:os";
import { join } from "node:path";
import { assertNever } from "#shared/domain/assert-never.ts";

export type Platform = "linux" | "darwin" | "win32";

/** The platform as Gatehouse knows it; other Unixes are treated as Linux. */
export function platform(): Platform {
  return process.platform === "darwin" || process.platform === "win32" ? process.platform : "linux";
}

/** Where a person's data lives when `--data` names no folder (XDG Base Directory 0.8, Apple and Microsoft conventions). */
export function defaultDataFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const here = platform();
  switch (here) {
    case "linux":
      return join(environment["XDG_DATA_HOME"] ?? join(homedir(), ".local/share"), "gatehouse");
    case "darwin":
      return join(homedir(), "Library/Application Support/Gatehouse");
    case "win32":
      return join(environment["APPDATA"] ?? join(homedir(), "AppData/Roaming"), "Gatehouse");
    default:
      return assertNever(here);
  }
}
