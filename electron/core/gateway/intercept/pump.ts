import type { Readable, Writable } from "node:stream";

/** What changes a stream on its way. `push` and `end` give what goes on; null for what needs no change. */
export interface Passage {
  push(chunk: Buffer): Buffer;
  end(): Buffer;
  /** What is held back and may go on when nothing has come for a moment. */
  pause?(): Buffer;
  readonly isHolding?: boolean;
}

/** So long nothing comes before what is held back is looked at. */
const quietMs = 40;

/**
 * Carries all that `source` gives to `sink`, at the pace of the slower, and leaves the sink open. Rejects
 * when either ends before its time.
 */
export function pump(source: Readable, sink: Writable, passage: Passage, onChunk: (bytes: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let isOver = false;
    let quiet: NodeJS.Timeout | null = null;
    const finish = (error: Error | null) => {
      if (isOver) return;
      isOver = true;
      if (quiet !== null) clearTimeout(quiet);
      source.off("data", onData);
      source.off("end", onEnd);
      source.off("close", onSourceClose);
      sink.off("drain", onDrain);
      sink.off("close", onSinkClose);
      if (error === null) resolve();
      else reject(error);
    };
    const give = (bytes: Buffer) => {
      if (bytes.length > 0 && !sink.write(bytes)) source.pause();
    };
    /** A passage may find that what passes is not what it should be. */
    const attempt = (step: () => void) => {
      try {
        step();
      } catch (error) {
        finish(error instanceof Error ? error : new Error("The passage failed.", { cause: error }));
      }
    };
    const onQuiet = () => {
      quiet = null;
      if (!isOver && passage.pause !== undefined) give(passage.pause());
    };
    const onData = (chunk: Buffer) => {
      onChunk(chunk.length);
      attempt(() => give(passage.push(chunk)));
      if (isOver) return;
      if (passage.isHolding !== true) return;
      if (quiet === null) quiet = setTimeout(onQuiet, quietMs);
      else quiet.refresh();
    };
    const onEnd = () => {
      attempt(() => {
        const rest = passage.end();
        if (rest.length > 0) sink.write(rest);
      });
      finish(null);
    };
    const onDrain = () => void source.resume();
    const onSourceClose = () => finish(source.readableEnded ? null : new Cut("The sender stopped in the middle."));
    const onSinkClose = () => finish(new Cut("The receiver went away."));
    source.on("error", (error) => finish(error));
    sink.on("error", (error) => finish(error));
    if (sink.destroyed) return finish(new Cut("The receiver went away."));
    if (source.readableEnded) return finish(null);
    if (source.destroyed) return finish(new Cut("The sender stopped in the middle."));
    sink.on("drain", onDrain);
    sink.on("close", onSinkClose);
    source.on("end", onEnd);
    source.on("close", onSourceClose);
    source.on("data", onData);
  });
}

/** A stream ended before its time. */
export class Cut extends Error {}

/** Changes nothing. */
export const unchanged: Passage = { push: (chunk) => chunk, end: () => Buffer.alloc(0) };

/** All of a body, or null when it is longer than `limit`; then the rest is left unread. */
export async function readWhole(source: Readable, limit: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  return await new Promise((resolve, reject) => {
    source.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > limit) {
        source.pause();
        resolve(null);
      } else chunks.push(chunk);
    });
    source.once("end", () => resolve(Buffer.concat(chunks)));
    source.once("error", reject);
    source.once("close", () => reject(new Cut("The sender stopped in the middle.")));
  });
}
