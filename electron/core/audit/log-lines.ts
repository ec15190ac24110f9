import type { FileHandle } from "node:fs/promises";
import { maximumLineBytes } from "./audit-entry.ts";

export interface LogLine {
  readonly text: string;
  /** Where the line begins in the file, bytes. */
  readonly offset: number;
  /** Whether its newline is there. Only the last line of a file can lack it. */
  readonly isWhole: boolean;
}

/** Read at once. Small enough that checking one chunk's lines holds the event loop for a few milliseconds only. */
const chunkBytes = 65_536;

const newline = 0x0a;

/**
 * The lines of the file from `start` to `end`, a batch a chunk. A line longer than any that
 * Gatehouse writes comes cut to pieces, none of which is whole.
 */
export async function* logLines(handle: FileHandle, start: number, end: number): AsyncGenerator<readonly LogLine[], void, void> {
  let pending = Buffer.alloc(0);
  let pendingOffset = start;
  for (let position = start; position < end; ) {
    const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, end - position));
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, position);
    if (bytesRead === 0) break;
    position += bytesRead;
    const bytes = pending.length === 0 ? chunk.subarray(0, bytesRead) : Buffer.concat([pending, chunk.subarray(0, bytesRead)]);
    const batch: LogLine[] = [];
    let lineStart = 0;
    for (let at = bytes.indexOf(newline, pending.length); at >= 0; at = bytes.indexOf(newline, lineStart)) {
      batch.push({ text: bytes.toString("utf8", lineStart, at), offset: pendingOffset + lineStart, isWhole: true });
      lineStart = at + 1;
    }
    pending = bytes.subarray(lineStart);
    pendingOffset += lineStart;
    if (pending.length > maximumLineBytes) {
      batch.push({ text: pending.toString("latin1"), offset: pendingOffset, isWhole: false });
      pendingOffset += pending.length;
      pending = Buffer.alloc(0);
    }
    if (batch.length > 0) yield batch;
  }
  if (pending.length > 0) yield [{ text: pending.toString("utf8"), offset: pendingOffset, isWhole: false }];
}

/** The bytes from `start` to `end`; throws when the file is shorter. */
export async function readRange(handle: FileHandle, start: number, end: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(end - start);
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, start + done);
    if (bytesRead === 0) throw new Error("The audit log is shorter than it was.");
    done += bytesRead;
  }
  return bytes;
}
