import { createReadStream } from "node:fs";
import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { join as joinInside } from "node:path/posix";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Pack } from "tar-stream";

/** Files up to this size are packed in one piece. Bytes. */
const smallFile = 256 * 1024;
const tellEveryBytes = 50_000_000;

/**
 * A folder as an archive below `target`: root's, readable by everybody and written by nobody else, links
 * as links, nothing that is neither file, folder nor link. Read as it is taken. `onMegabytes` is told now and then.
 */
export function packFolder(folder: string, target: string, onMegabytes: (megabytes: number) => void, signal?: AbortSignal): Readable {
  return Readable.from(bytes(folder, target, onMegabytes, signal), { objectMode: false });
}

async function* bytes(
  folder: string,
  target: string,
  onMegabytes: (megabytes: number) => void,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, void> {
  const { pack } = await import("tar-stream");
  const archive = pack();
  let total = 0;
  let told = 0;
  const filled = fill(archive, folder, target.slice(1), signal).then(
    () => archive.finalize(),
    (error: unknown) => {
      archive.destroy(error instanceof Error ? error : new Error(String(error)));
    },
  );
  for await (const chunk of archive) {
    if (!(chunk instanceof Uint8Array)) continue;
    total += chunk.byteLength;
    if (total - told >= tellEveryBytes) {
      told = total;
      onMegabytes(Math.round(total / 1_000_000));
    }
    yield chunk;
  }
  await filled;
}

async function fill(archive: Pack, folder: string, name: string, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  archive.entry({ name, type: "directory", mode: 0o755, mtime: epoch });
  for (const child of (await readdir(folder)).sort()) {
    const path = join(folder, child);
    const inside = joinInside(name, child);
    const found = await lstat(path);
    if (found.isDirectory()) await fill(archive, path, inside, signal);
    else if (found.isSymbolicLink()) archive.entry({ name: inside, type: "symlink", linkname: await readlink(path), mtime: epoch });
    else if (found.isFile())
      await addFile(archive, path, { name: inside, size: found.size, mode: 0o644 | (found.mode & 0o111), mtime: epoch });
  }
}

const epoch = new Date(0);

async function addFile(
  archive: Pack,
  path: string,
  header: { readonly name: string; readonly size: number; readonly mode: number; readonly mtime: Date },
): Promise<void> {
  if (header.size <= smallFile) {
    const content = await readFile(path);
    await new Promise<void>((resolve, reject) =>
      archive.entry({ ...header, size: content.byteLength }, content, (error) => (error ? reject(error) : resolve())),
    );
    return;
  }
  await pipeline(createReadStream(path), archive.entry({ ...header }));
}
