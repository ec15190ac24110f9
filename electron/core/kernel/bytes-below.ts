import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";

/** What a file, or a folder with all in it, takes on the disk. Links are counted, never followed; what goes meanwhile is nothing. */
export async function bytesBelow(path: string, signal?: AbortSignal): Promise<number> {
  signal?.throwIfAborted();
  const found = await lstat(path).catch(() => null);
  if (found === null) return 0;
  if (!found.isDirectory()) return found.blocks === undefined ? found.size : found.blocks * 512;
  let bytes = 0;
  for (const { name } of await readdir(path, { withFileTypes: true }).catch(() => [])) bytes += await bytesBelow(join(path, name), signal);
  return bytes;
}
