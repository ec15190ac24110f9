import type { Duplex } from "node:stream";
import { type Meter, MeteredConnection } from "../meter.ts";
import { TunnelStream } from "../tunnel/http2/tunnel-stream.ts";

/** How two joined streams ended. */
export interface Spliced {
  readonly bytesUp: number;
  readonly bytesDown: number;
  /**
   * Null where both sides ended in order; and where the client itself reset the connection, as programs do that close
   * with something unread: that is how it ends, and no fault of the way out.
   */
  readonly failure: string | null;
}

/**
 * Joins two streams until both have closed. Each direction ends by itself and carries back-pressure; one
 * that breaks off breaks the other, so that nobody takes a part for the whole. Never rejects.
 */
export async function splice(client: Duplex, upstream: Duplex, meter: Meter, signal: AbortSignal): Promise<Spliced> {
  let failure: string | null = null;
  let isOver = false;
  const breakOff = (why: string | null) => {
    if (!isOver) failure = why;
    isOver = true;
    client.destroy(why === null ? undefined : new Error(why));
    upstream.destroy();
  };
  const onAbort = () => breakOff(signal.reason instanceof Error ? signal.reason.message : "it was ended");
  signal.addEventListener("abort", onAbort, { once: true });
  using metered = new MeteredConnection(meter, breakOff);
  client.on("data", (chunk: Buffer) => metered.up(chunk.length));
  upstream.on("data", (chunk: Buffer) => metered.down(chunk.length));
  client.on("error", () => {});
  upstream.on("error", (error) => breakOff(`the other end broke off (${nameOf(error)})`));
  client.pipe(upstream);
  upstream.pipe(client);
  let hasLeft = false;
  const clientClosed = closed(client, () => {
    if (!client.readableEnded) return breakOff(client instanceof TunnelStream && client.wasReset ? null : "the client broke off");
    if (upstream.readableEnded) return;
    // It had said all that it has to say, and listens no more: that still goes out, and what comes back is for nobody.
    hasLeft = true;
    upstream.resume();
    if (upstream.writableFinished) upstream.destroy();
    else upstream.once("finish", () => upstream.destroy());
  });
  const upstreamClosed = closed(upstream, () => {
    if (!upstream.readableEnded && !hasLeft) breakOff("the other end broke off");
    else if (!client.readableEnded) client.resume();
  });
  if (signal.aborted) onAbort();
  await Promise.all([clientClosed, upstreamClosed]);
  signal.removeEventListener("abort", onAbort);
  return { bytesUp: metered.bytesUp, bytesDown: metered.bytesDown, failure };
}

async function closed(stream: Duplex, then: () => void): Promise<void> {
  await new Promise<void>((resolve) => {
    const onClose = () => {
      then();
      resolve();
    };
    if (stream.closed) onClose();
    else stream.once("close", onClose);
  });
}

function nameOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}
