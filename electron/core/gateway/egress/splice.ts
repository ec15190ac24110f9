import type { Duplex } from "node:stream";

/** What one run has moved, and how long its connections may live. */
export interface Meter {
  /** False once the run has moved more than it may. */
  up(bytes: number): boolean;
  down(bytes: number): boolean;
  /** Calls each time a connection could have been idle for as long as it may, until disposed of. */
  every(look: () => void): Disposable;
  /** Calls once a connection has lived as long as it may. */
  atLimit(end: () => void): Disposable;
}

/** How two joined streams ended. */
export interface Spliced {
  readonly bytesUp: number;
  readonly bytesDown: number;
  /** Null where both sides ended in order. */
  readonly failure: string | null;
}

/**
 * Joins two streams until both have closed. Each direction ends by itself and carries back-pressure; one
 * that breaks off breaks the other, so that nobody takes a part for the whole. Never rejects.
 */
export async function splice(client: Duplex, upstream: Duplex, meter: Meter, signal: AbortSignal): Promise<Spliced> {
  let bytesUp = 0;
  let bytesDown = 0;
  let failure: string | null = null;
  const fail = (why: string) => {
    failure ??= why;
    client.destroy(new Error(why));
    upstream.destroy();
  };
  const onAbort = () => fail(signal.reason instanceof Error ? signal.reason.message : "it was ended");
  signal.addEventListener("abort", onAbort, { once: true });
  let lastMoved = 0;
  client.on("data", (chunk: Buffer) => {
    bytesUp += chunk.length;
    if (!meter.up(chunk.length)) fail("the run has sent as much as one run may");
  });
  upstream.on("data", (chunk: Buffer) => {
    bytesDown += chunk.length;
    if (!meter.down(chunk.length)) fail("the run has received as much as one run may");
  });
  const watch = meter.every(() => {
    if (lastMoved === bytesUp + bytesDown) fail("nothing moved for too long");
    lastMoved = bytesUp + bytesDown;
  });
  const limit = meter.atLimit(() => fail("it was open as long as a connection may be"));
  client.on("error", () => {});
  upstream.on("error", (error) => fail(`the other end broke off (${nameOf(error)})`));
  client.pipe(upstream);
  upstream.pipe(client);
  const clientClosed = closed(client, () => {
    if (!client.readableEnded) fail("the client broke off");
  });
  const upstreamClosed = closed(upstream, () => {
    if (!upstream.readableEnded) fail("the other end broke off");
    else if (!client.readableEnded) client.resume();
  });
  if (signal.aborted) onAbort();
  await Promise.all([clientClosed, upstreamClosed]);
  signal.removeEventListener("abort", onAbort);
  watch[Symbol.dispose]();
  limit[Symbol.dispose]();
  return { bytesUp, bytesDown, failure };
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
