import { createServer, type IncomingMessage, type Server } from "node:http";
import { connect, createServer as createNetServer, type AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { expect, onTestFinished, test } from "vitest";
import { WebSocketServer } from "ws";
import { systemClock } from "../../kernel/clock.ts";
import type { RecordOutcome, Wanted } from "./egress-gate.ts";
import { defaultEgressLimits, RunMeter } from "./limits.ts";
import { PlainProxy } from "./plain-proxy.ts";

const upgrade = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="];
/** A text frame (RFC 6455 section 5.2), masked with zeros. */
const hello = "\x81\x85\0\0\0\0hello";

test("a WebSocket without TLS is decided, put on record and carried both ways", async () => {
  const { server, port } = await listen();
  const sockets = new WebSocketServer({ server, path: "/live" });
  sockets.on("connection", (socket) => socket.on("message", (data) => Buffer.isBuffer(data) && socket.send(data.toString().toUpperCase())));
  const proxy = await openProxy(port);
  const answer = await proxy.exchange([request("/live?q=1", ...upgrade), hello], (text) => text.includes("HELLO"));
  expect(answer).toMatch(/^HTTP\/1\.1 101 /);
  expect(answer).toContain("\x81\x05HELLO");
  expect(proxy.wanted).toEqual([expect.objectContaining({ host: "live.test", method: "GET", path: "/live", carried: "plain" })]);
  await expect.poll(() => proxy.outcomes).toEqual([expect.objectContaining({ detail: { status: 101 } })]);
  expect(proxy.outcomes[0]?.bytesUp).toBe(hello.length);
});

test("one that the rules do not allow reaches nobody", async () => {
  const { server, port } = await listen();
  let reached = 0;
  server.on("upgrade", () => (reached += 1));
  const proxy = await openProxy(port, { isAllowed: false });
  expect(await proxy.exchange([request("/live", ...upgrade)])).toMatch(/^HTTP\/1\.1 403 /);
  expect([reached, proxy.dialled()]).toEqual([0, 0]);
});

test("a server that does not change the protocol is heard", async () => {
  const { server, port } = await listen();
  server.on("request", (_request, response) => response.writeHead(426, { upgrade: "TLS/1.2" }).end("no upgrade"));
  const proxy = await openProxy(port);
  const answer = await proxy.exchange([request("/live", ...upgrade)]);
  expect(answer).toMatch(/^HTTP\/1\.1 426 /);
  expect(answer).toMatch(/connection: close[^]*no upgrade$/i);
  await expect.poll(() => proxy.outcomes).toEqual([expect.objectContaining({ status: "done", detail: { status: 426 } })]);
});

test("the wish for any other protocol is not passed on, and what was asked is answered", async () => {
  const { server, port } = await listen();
  const seen: unknown[] = [];
  server.on("request", (received: IncomingMessage, response) => {
    seen.push(received.headers.upgrade, received.headers["http2-settings"]);
    response.end("plain");
  });
  const proxy = await openProxy(port);
  const headers = ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"];
  expect(await proxy.exchange([request("/", ...headers)])).toMatch(/^HTTP\/1\.1 200 [^]*plain$/);
  expect(seen).toEqual([undefined, undefined]);
});

test("a server that changes to something else is cut off", async () => {
  const { server, port } = await listen();
  server.on("upgrade", (_request: IncomingMessage, socket: Duplex) => {
    socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: something\r\n\r\n");
  });
  const proxy = await openProxy(port);
  expect(await proxy.exchange([request("/live", ...upgrade)])).toMatch(/^HTTP\/1\.1 502 /);
  await expect.poll(() => proxy.outcomes.map(({ status }) => status)).toEqual(["failed"]);
});

test("another Host and a body are refused before anything is decided", async () => {
  const { port } = await listen();
  const proxy = await openProxy(port);
  const other = `GET http://live.test/ HTTP/1.1\r\nHost: evil.test\r\n${upgrade.join("\r\n")}\r\n\r\n`;
  expect(await proxy.exchange([other])).toMatch(/^HTTP\/1\.1 400 /);
  expect(await proxy.exchange([request("/", ...upgrade, "Content-Length: 4")])).toMatch(/^HTTP\/1\.1 400 /);
  expect([proxy.wanted.length, proxy.refusals().length]).toEqual([0, 2]);
});

test.each(["GET", "DELETE", "POST"])(
  "a %s whose Connection names its length is one request still, whatever its body looks like",
  async (method) => {
    const { server, port } = await listen();
    const seen: string[] = [];
    server.on("request", (received: IncomingMessage, response) => {
      let body = 0;
      received.on("data", (chunk: Buffer) => (body += chunk.length));
      received.on("end", () => {
        seen.push(`${received.method ?? ""} ${received.url ?? ""} ${body}`);
        response.end("heard");
      });
    });
    const sent: string[] = [];
    server.on("connection", (socket) => socket.on("data", (chunk: Buffer) => sent.push(chunk.toString("latin1"))));
    const proxy = await openProxy(port);
    const smuggled = "POST /evil HTTP/1.1\r\nHost: live.test\r\nContent-Length: 0\r\n\r\n";
    const head = `${method} http://live.test/ HTTP/1.1\r\nHost: live.test\r\nConnection: close, content-length\r\nContent-Length: ${smuggled.length}\r\n\r\n`;
    expect(await proxy.exchange([head + smuggled])).toMatch(/^HTTP\/1\.1 200 /);
    expect(seen).toEqual([`${method} / ${smuggled.length}`]);
    expect(sent.join("")).toMatch(/content-length: \d+/i);
    expect(proxy.wanted.map(({ path }) => path)).toEqual(["/"]);
  },
);

function request(path: string, ...headers: readonly string[]): string {
  return `GET http://live.test${path} HTTP/1.1\r\nHost: live.test\r\n${headers.join("\r\n")}\r\n\r\n`;
}

async function listen(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { server, port: portOf(server.address()) };
}

async function openProxy(upstream: number, { isAllowed = true } = {}) {
  const wanted: Wanted[] = [];
  const outcomes: RecordOutcome[] = [];
  const refusals: string[] = [];
  let dialled = 0;
  const proxy = new PlainProxy({
    admit: async (what) => {
      wanted.push(what);
      if (!isAllowed) return { kind: "refused", status: 403, why: "A rule denies it." };
      const record = {
        isByPerson: false,
        decidedBy: "a rule",
        usedSecret: () => {},
        cut: new AbortController().signal,
        end: async (end: RecordOutcome) => void outcomes.push(end),
      };
      return { kind: "allowed", record };
    },
    refuse: (_what, why) => void refusals.push(why),
    dial: async () => {
      dialled += 1;
      const socket = connect({ port: upstream, host: "127.0.0.1", allowHalfOpen: true });
      await new Promise<void>((resolve) => socket.once("connect", resolve));
      return socket;
    },
    meter: new RunMeter(defaultEgressLimits, systemClock),
    programOf: () => null,
    onConnect: (client) => client.destroy(),
    credentialProblem: () => null,
    count: async () => ({ kind: "ready", tap: null, done: () => {} }),
  });
  const server = createNetServer({ allowHalfOpen: true }, (socket) => proxy.serve(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    proxy.close();
    server.close();
  });
  /** Writes each text when something has come for the one before; reads until the end, or until it is enough. */
  const exchange = async (texts: readonly string[], isEnough: (text: string) => boolean = () => false) => {
    const socket = connect(portOf(server.address()), "127.0.0.1");
    let [text, next] = ["", 1];
    socket.write(texts[0] ?? "", "latin1");
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      if (next < texts.length) socket.write(texts[next++] ?? "", "latin1");
      if (isEnough(text)) socket.end();
    });
    socket.on("error", () => {});
    await new Promise((resolve) => socket.once("close", resolve));
    return text;
  };
  return { exchange, wanted, outcomes, refusals: () => refusals, dialled: () => dialled };
}

function portOf(address: AddressInfo | string | null): number {
  return typeof address === "object" && address !== null ? address.port : 0;
}
