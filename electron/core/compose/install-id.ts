import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { errorCode } from "../kernel/system-errors.ts";
import { randomId } from "../kernel/ids.ts";

const InstallId = z.string().regex(/^i-[0-9a-z]{16}$/);

/** The install that this data folder is of; null where it is of none yet. */
export function knownInstallId(dataFolder: string): string | null {
  try {
    return InstallId.parse(readFileSync(join(dataFolder, "install-id"), "utf8").trim());
  } catch {
    return null;
  }
}

/** Marks everything that engines hold for this data folder; made once, never changed. */
export function installId(file: string): string {
  try {
    return InstallId.parse(readFileSync(file, "utf8").trim());
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw new Error(`${file} is not an install id.`, { cause: error });
  }
  const id = randomId("i", 16);
  writeFileSync(file, `${id}\n`, { mode: 0o600, flag: "wx", flush: true });
  return id;
}
