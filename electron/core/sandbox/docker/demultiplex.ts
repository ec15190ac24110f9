import type { Readable } from "node:stream";
import { feed, feedAll, Outlet } from "../outlet.ts";

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

const headerBytes = 8;

async function feedFrames(source: Readable, stdout: Outlet, stderr: Outlet): Promise<void> {
  const header = Buffer.alloc(headerBytes);
  let held = 0;
  let outlet = stdout;
  let remaining = 0;
  await feedAll(source, [stdout, stderr], (bytes) => {
    for (let at = 0; at < bytes.length; ) {
      if (remaining > 0) {
        const end = Math.min(bytes.length, at + remaining);
        outlet.give(bytes.subarray(at, end));
        remaining -= end - at;
        at = end;
        continue;
      }
      const copied = bytes.copy(header, held, at, at + headerBytes - held);
      at += copied;
      held += copied;
      if (held < headerBytes) return;
      held = 0;
      outlet = header[0] === 2 ? stderr : stdout;
      remaining = header.readUInt32BE(4);
    }
  });
}
