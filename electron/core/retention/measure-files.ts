import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { bytesBelow } from "../kernel/bytes-below.ts";

export interface FoundFile {
  readonly path: string;
  readonly name: string;
  readonly bytes: number;
  readonly modifiedAt: number;
}

/** The entries of a folder whose names match, with all that each takes. */
export async function filesIn(folder: string, pattern: RegExp, signal?: AbortSignal): Promise<readonly FoundFile[]> {
  const found: FoundFile[] = [];
  for (const { name } of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    if (!pattern.test(name)) continue;
    const path = join(folder, name);
    const stats = await lstat(path).catch(() => null);
    if (stats !== null) found.push({ path, name, bytes: await bytesBelow(path, signal), modifiedAt: stats.mtimeMs });
  }
  return found;
}
