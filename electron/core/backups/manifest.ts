import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import * as z from "zod";
import { Timestamp } from "#shared/contract/ids.ts";

export const manifestName = "manifest.json";

/** File names of a backup: flat, so that none can lead out of its folder. */
const FileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,100}$/);

/** What a backup holds. Written last: a folder without one is no backup. */
export const Manifest = z.strictObject({
  kind: z.literal("gatehouse-backup"),
  version: z.literal(1),
  at: Timestamp,
  files: z.array(z.strictObject({ name: FileName, bytes: z.int().nonnegative(), sha256: z.string().regex(/^[0-9a-f]{64}$/) })).max(100),
  /** The audit log's part: so many entries, with this RFC 6962 root. */
  audit: z.strictObject({ entries: z.int().nonnegative(), root: z.string().regex(/^[0-9a-f]{64}$/) }),
});
export type Manifest = z.infer<typeof Manifest>;

export async function sha256OfFile(path: string, signal?: AbortSignal): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const piece of createReadStream(path, { highWaterMark: 1_048_576, signal })) {
    if (!Buffer.isBuffer(piece)) throw new TypeError("A file is read as bytes.");
    hash.update(piece);
    bytes += piece.length;
  }
  return { bytes, sha256: hash.digest("hex") };
}
