import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import type { Meter } from "../meter.ts";
import { TunnelSession } from "../tunnel/http2/session.ts";
import type { TunnelStream } from "../tunnel/http2/tunnel-stream.ts";
import { splice, type Spliced } from "./splice.ts";

const meter: Meter = {
  up: () => true,
  down: () => true,
  every: () => ({ [Symbol.dispose]: () => {} }),
  atLimit: () => ({ [Symbol.dispose]: () => {} }),
};

test("both sides end in order: each has everything", async () => {
  const { program, server, ended } = await joined();
  program.end("question");
  server.end(await heard(server));
  expect(await heard(program)).toBe("question");
  expect(await ended).toEqual({ bytesUp: 8, bytesDown: 8, failure: null });
});

test("a program that resets its connection with something unread has ended it: that is no failure, and the server hears of it", async () => {
  const { program, server, ended } = await joined();
  program.write("question");
  await once(server, "data");
  program.destroy(new Error("closed with something unread"));
  await once(server, "end");
  expect(await ended).toMatchObject({ failure: null });
});

test("a tunnel that breaks is a failure, and so is a server that does", async () => {
  const first = await joined();
  first.program.write("question");
  await once(first.server, "data");
  first.breakTunnel();
  await once(first.server, "end");
  expect(await first.ended).toMatchObject({ failure: "the client broke off" });
  const second = await joined();
  second.server.resetAndDestroy();
  expect(await second.ended).toMatchObject({ failure: expect.stringContaining("the other end broke off") });
});

test("a program that has said all and then goes away keeps no server talking to nobody; what it said arrives whole", async () => {
  const { program, server, ended } = await joined();
  let received = 0;
  server.on("data", (chunk: Buffer) => (received += chunk.length));
  const isAtEnd = once(server, "end");
  program.end(Buffer.alloc(3_000_000));
  await isAtEnd;
  const talk = setInterval(() => server.writable && server.write(Buffer.alloc(65_536)), 1);
  onTestFinished(() => clearInterval(talk));
  await once(program, "data");
  program.destroy();
  await new Promise((resolve) => server.once("close", resolve));
  expect(received).toBe(3_000_000);
  expect(await ended).toMatchObject({ bytesUp: 3_000_000, failure: null });
});

test("a connection that is cut says why, also where the program resets it at the same moment", async () => {
  const cut = new AbortController();
  const { program, ended } = await joined(cut.signal);
  cut.abort(new Error("The rules have changed and do not allow it any more."));
  program.destroy(new Error("reset"));
  expect(await ended).toMatchObject({ failure: "The rules have changed and do not allow it any more." });
});

/** A program's stream through a real tunnel, joined to a server's socket. */
async function joined(signal: AbortSignal = new AbortController().signal) {
  const [near, far] = await sockets();
  const [upstream, server] = await sockets();
  let ended: Promise<Spliced> | null = null;
  const common = { maximumStreams: 10, onClose: () => {} };
  const core = new TunnelSession({
    ...{ input: far, output: far, side: "server", ...common },
    onStream: (stream: TunnelStream) => {
      ended = splice(stream, upstream, meter, signal);
    },
  });
  const relay = new TunnelSession({ input: near, output: near, side: "client", ...common });
  onTestFinished(() => {
    relay.destroy();
    core.destroy();
  });
  const program = relay.open(() => [[":method", "CONNECT"]]);
  if (program === null) throw new Error("There is no room.");
  program.on("error", () => {});
  await expect.poll(() => ended !== null).toBe(true);
  return { program, server, ended: ended ?? Promise.reject(new Error("It was not accepted.")), breakTunnel: () => near.destroy() };
}

async function sockets(): Promise<readonly [Socket, Socket]> {
  const listener = createServer({ allowHalfOpen: true });
  await once(listener.listen(0, "127.0.0.1"), "listening");
  const address = listener.address();
  if (address === null || typeof address === "string") throw new Error("It listens nowhere.");
  const other = new Promise<Socket>((resolve) => listener.once("connection", resolve));
  const near = connect({ port: address.port, host: "127.0.0.1", allowHalfOpen: true });
  const far = await other;
  listener.close();
  for (const socket of [near, far]) socket.on("error", () => {});
  onTestFinished(() => void [near.destroy(), far.destroy()]);
  return [near, far];
}

async function heard(stream: Socket | TunnelStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
