import { open } from "node:fs/promises";

/** Copied at once. */
const pieceBytes = 1_048_576;

/** Copies a log that may be appended to meanwhile, up to its last whole line. The copy is new, and its owner's alone. */
export async function copyWholeLines(from: string, to: string, signal?: AbortSignal): Promise<void> {
  const source = await open(from, "r");
  try {
    const copy = await open(to, "wx", 0o600);
    try {
      const piece = Buffer.allocUnsafe(pieceBytes);
      const { size } = await source.stat();
      let wholeBytes = 0;
      for (let at = 0; at < size; ) {
        signal?.throwIfAborted();
        const { bytesRead } = await source.read(piece, 0, Math.min(pieceBytes, size - at), at);
        if (bytesRead === 0) break;
        const read = piece.subarray(0, bytesRead);
        await copy.writeFile(read);
        const newline = read.lastIndexOf(0x0a);
        if (newline >= 0) wholeBytes = at + newline + 1;
        at += bytesRead;
      }
      await copy.truncate(wholeBytes);
    } finally {
      await copy.close();
    }
  } finally {
    await source.close();
  }
}
