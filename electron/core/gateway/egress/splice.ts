import type { Duplex } from "node:stream";
import { type Meter, MeteredConnection } from "../meter.ts";
import { TunnelStream } from "../tunnel/http2/tunnel-stream.ts";

/** How two joined streams ended. */
export interface Spliced {
  readonly bytesUp: number;
  readonly bytesDown: number;
  /** Null where both sides ended in order. */
  readonly failure: string | null;
  /** The client itself reset the connection, as programs do that close with something unread: its way to end, and no fault of the way out. */
  readonly isByClient: boolean;
}

/**
 * Joins two streams until both have closed. Each direction ends by itself and carries back-pressure; one
 * that breaks off breaks the other, so that nobody takes a part for the whole. Never rejects.
 */
export async function splice(client: Duplex, upstream: Duplex, meter: Meter, signal: AbortSignal): Promise<Spliced> {
  let failure: string | null = null;
  let isByClient = false;
  const fail = (why: string) => {
    failure ??= why;
    client.destroy(new Error(why));
    upstream.destroy();
  };
  const onAbort = () => fail(signal.reason instanceof Error ? signal.reason.message : "it was ended");
  signal.addEventListener("abort", onAbort, { once: true });
  using metered = new MeteredConnection(meter, fail);
  client.on("data", (chunk: Buffer) => metered.up(chunk.length));
  upstream.on("data", (chunk: Buffer) => metered.down(chunk.length));
  client.on("error", () => {});
  upstream.on("error", (error) => fail(`the other end broke off (${nameOf(error)})`));
  client.pipe(upstream);
  upstream.pipe(client);
  const clientClosed = closed(client, () => {
    if (client.readableEnded) return;
    isByClient = failure === null && client instanceof TunnelStream && client.wasReset;
    fail("the client broke off");
  });
  const upstreamClosed = closed(upstream, () => {
    if (!upstream.readableEnded) fail("the other end broke off");
    else if (!client.readableEnded) client.resume();
  });
  if (signal.aborted) onAbort();
  await Promise.all([clientClosed, upstreamClosed]);
  signal.removeEventListener("abort", onAbort);
  return { bytesUp: metered.bytesUp, bytesDown: metered.bytesDown, failure, isByClient };
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
