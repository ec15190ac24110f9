import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

/** What npm itself writes, which differs from one npm to the next and is not run. */
const notCounted = new Set([".bin", ".package-lock.json"]);

/**
 * SHA-256 over all files of a folder with their paths and whether they can be run, in hexadecimal: the same packages have the same one on every
 * computer. Links are counted by where they lead and never followed.
 */
export async function hashTree(folder: string, signal: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  for await (const line of linesOf(folder, "", signal)) hash.update(line);
  return hash.digest("hex");
}

async function* linesOf(folder: string, below: string, signal: AbortSignal): AsyncGenerator<string, void, void> {
  signal.throwIfAborted();
  const names = (await readdir(folder)).filter((name) => !notCounted.has(name));
  for (const name of names.sort()) {
    const path = join(folder, name);
    const inside = `${below}${name}`;
    const found = await lstat(path);
    if (found.isDirectory()) yield* linesOf(path, `${inside}/`, signal);
    else if (found.isSymbolicLink()) yield `${JSON.stringify([inside, "link", await readlink(path)])}\n`;
    else if (found.isFile()) yield `${JSON.stringify([inside, (found.mode & 0o111) !== 0, found.size, await hashFile(path, signal)])}\n`;
  }
}

async function hashFile(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash, { signal });
  return hash.digest("hex");
}
