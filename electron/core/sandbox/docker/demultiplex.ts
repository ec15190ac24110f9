import type { Readable } from "node:stream";
import { asBuffer, feed, Outlet } from "../outlet.ts";

/** The readable ends of a process, fed from the one stream that the engine sends. */
export interface Outputs {
  readonly stdout: Outlet;
  readonly stderr: Outlet;
  /** Settles when the engine's stream is at its end and all of it has been handed to both ends. */
  readonly ended: Promise<void>;
}

/**
 * Splits the engine's multiplexed stream (8-byte header: stream number, three zeros, length as
 * big-endian 32 bits; Docker Engine API, "Attach to a container"). Nothing is read from the engine
 * while an end is full, so a process that nobody reads is stalled, not buffered.
 */
export function demultiplex(source: Readable, framing: "frames" | "raw"): Outputs {
  const stdout = new Outlet();
  const stderr = new Outlet();
  const fed = framing === "raw" ? feed(source, stdout) : feedFrames(source, stdout, stderr);
  return { stdout, stderr, ended: closeBoth(fed, stdout, stderr) };
}

async function closeBoth(fed: Promise<void>, stdout: Outlet, stderr: Outlet): Promise<void> {
  await Promise.all([stdout.closeAfter(fed), stderr.closeAfter(fed)]);
}

async function feedFrames(source: Readable, stdout: Outlet, stderr: Outlet): Promise<void> {
  let header = Buffer.alloc(0);
  let outlet = stdout;
  let remaining = 0;
  for await (const chunk of source) {
    let bytes = asBuffer(chunk);
    while (bytes.length > 0) {
      if (remaining === 0) {
        const missing = 8 - header.length;
        header = Buffer.concat([header, bytes.subarray(0, missing)]);
        bytes = bytes.subarray(missing);
        if (header.length < 8) break;
        outlet = header[0] === 2 ? stderr : stdout;
        remaining = header.readUInt32BE(4);
        header = Buffer.alloc(0);
        continue;
      }
      const part = bytes.subarray(0, remaining);
      bytes = bytes.subarray(part.length);
      remaining -= part.length;
      await outlet.offer(part);
    }
  }
}
