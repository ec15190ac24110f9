import { createHash } from "node:crypto";
import { type FileHandle, open, rename } from "node:fs/promises";
import { join } from "node:path";
import type { AuditEntry } from "#shared/contract/audit.ts";
import { syncFolder, writeDurably } from "../kernel/durable-file.ts";
import { readRange } from "./log-lines.ts";

/** Moves what lies after the last whole entry into a file of its own and cuts it off the log. */
export async function setAsideTail(handle: FileHandle, folder: string, goodBytes: number, now: number): Promise<AuditEntry["detail"]> {
  const { size } = await handle.stat();
  const tail = await readRange(handle, goodBytes, size);
  const keptAs = `audit.torn-${stamp(now)}.jsonl`;
  await writeDurably(join(folder, keptAs), tail);
  await handle.truncate(goodBytes);
  await handle.sync();
  return { keptAs, bytes: tail.length, sha256: createHash("sha256").update(tail).digest("hex") };
}

/** Renames the whole log to a file of its own, as evidence, and puts its good beginning in its place. */
export async function setAsideLog(handle: FileHandle, folder: string, goodBytes: number, now: number): Promise<AuditEntry["detail"]> {
  const { size } = await handle.stat();
  const keptAs = `audit.evidence-${stamp(now)}.jsonl`;
  const beginning = join(folder, `audit.jsonl.new-${stamp(now)}`);
  const hash = createHash("sha256");
  const copy = await open(beginning, "wx", 0o600);
  try {
    for (let at = 0; at < size; at += pieceBytes) {
      const piece = await readRange(handle, at, Math.min(at + pieceBytes, size));
      hash.update(piece);
      if (at < goodBytes) await copy.writeFile(piece.subarray(0, goodBytes - at));
    }
    await copy.sync();
  } finally {
    await copy.close();
  }
  await rename(join(folder, "audit.jsonl"), join(folder, keptAs));
  await rename(beginning, join(folder, "audit.jsonl"));
  await syncFolder(folder);
  return { keptAs, bytes: size, sha256: hash.digest("hex") };
}

const pieceBytes = 1_048_576;

function stamp(now: number): string {
  return new Date(now).toISOString().replaceAll(/[:.]/g, "-");
}
