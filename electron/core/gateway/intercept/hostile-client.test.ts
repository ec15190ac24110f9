import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import type { TLSSocket } from "node:tls";
import { expect, test } from "vitest";
import { fakeInternetForTest } from "../../../testing/fake-internet.ts";
import { type Intercepted, interceptedForTest } from "../../../testing/intercepted-client.ts";
import { ManualClock } from "../../../testing/manual-clock.ts";
import { http1, http2, http2Session } from "../../../testing/raw-http.ts";

const value = "sk-ant-api03-0123456789-canary-abcdefghij";
const host = "api.example.com";
const inject = { name: "model-key", value, place: { kind: "header", name: "x-api-key", prefix: "" } } as const;

async function setUp(options: Parameters<typeof interceptedForTest>[1] = {}) {
  const internet = await fakeInternetForTest();
  internet.site(host, (request, response) => request.resume().on("end", () => response.end("answered")));
  return { internet, run: await interceptedForTest(internet, { inject, ...options }) };
}

/** Sends bytes as they are over HTTP/1.1 and gives all that comes back until the connection ends or is quiet. */
async function raw(run: Intercepted, bytes: string): Promise<string> {
  const socket = await run.openTls(host);
  const got = gather(socket);
  socket.write(Buffer.from(bytes, "latin1"));
  await Promise.race([once(socket, "close"), new Promise((resolve) => setTimeout(resolve, 3_000))]);
  socket.destroy();
  return got();
}

/** Runs it to its end, however it ends. */
async function openssl(parameters: readonly string[]): Promise<void> {
  await new Promise<void>((resolve) => {
    const child = execFile("openssl", [...parameters], () => resolve());
    child.stdin?.end();
  });
}

function gather(socket: TLSSocket): () => string {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString("latin1");
}

test("a name in TLS other than the connection's is refused before anything is dialled", async () => {
  const { run, internet } = await setUp();
  await expect(run.openTls(host, { servername: "evil.example.com" })).rejects.toThrow();
  await expect(run.openTls("127.0.0.1", { servername: host })).rejects.toThrow();
  expect(run.refusals.map(({ host, why }) => [host, why])).toEqual([
    [host, expect.stringContaining("another name")],
    ["127.0.0.1", expect.stringContaining("another name")],
  ]);
  expect(internet.dialled()).toBe(0);
});

test("Host and :authority other than the connection's are refused, in any spelling", async () => {
  const { run, internet } = await setUp();
  for (const other of ["evil.example.com", `${host}:8443`, `${host}.`, `${host}@evil.test`, `evil.test/${host}`, "", "127.0.0.1"]) {
    const answer = await http1(await run.openTls(host), { path: "/", headers: { host: other } });
    expect([other, answer.status]).toEqual([other, 421]);
  }
  const session = http2Session(await run.openTls(host, { ALPNProtocols: ["h2"] }), host);
  expect((await http2(session, { ":path": "/", ":authority": "evil.example.com" })).status).toBe(421);
  expect((await http2(session, { ":path": "/", ":authority": host, host: "evil.example.com" })).status).toBe(421);
  expect((await http2(session, { ":path": "/", ":authority": `${host.toUpperCase()}:443` })).status).toBe(200);
  session.destroy();
  expect(run.refusals).toHaveLength(9);
  expect(internet.requests).toHaveLength(1);
});

const line = "\r\n";
const post = `POST /v1 HTTP/1.1${line}Host: ${host}${line}`;
const smuggled = `GET /smuggled HTTP/1.1${line}Host: ${host}${line}${line}`;

test.each([
  ["a length and chunks", `${post}Content-Length: 4${line}Transfer-Encoding: chunked${line}${line}0${line}${line}${smuggled}`],
  ["chunks and a length", `${post}Transfer-Encoding: chunked${line}Content-Length: 200${line}${line}0${line}${line}${smuggled}`],
  ["two lengths", `${post}Content-Length: 0${line}Content-Length: 60${line}${line}${smuggled}`],
  ["the same length twice", `${post}Content-Length: 0${line}Content-Length: 0${line}${line}${smuggled}`],
  ["a list of lengths", `${post}Content-Length: 0, 60${line}${line}${smuggled}`],
  ["a signed length", `${post}Content-Length: +0${line}${line}${smuggled}`],
  ["two transfer encodings", `${post}Transfer-Encoding: identity${line}Transfer-Encoding: chunked${line}${line}0${line}${line}${smuggled}`],
  ["an unknown transfer encoding", `${post}Transfer-Encoding: xchunked${line}${line}0${line}${line}${smuggled}`],
  ["a transfer encoding after chunked", `${post}Transfer-Encoding: chunked, identity${line}${line}0${line}${line}${smuggled}`],
  ["a space before the colon", `${post}Transfer-Encoding : chunked${line}${line}0${line}${line}${smuggled}`],
  ["a folded header", `${post}X-A: b${line} Transfer-Encoding: chunked${line}${line}${smuggled}`],
  ["a bare line feed", `${post}X-A: b\nTransfer-Encoding: chunked${line}${line}0${line}${line}${smuggled}`],
  ["a bare carriage return", `${post}X-A: b\rTransfer-Encoding: chunked${line}${line}0${line}${line}${smuggled}`],
  ["a NUL in a header", `${post}X-A: a\0b${line}${line}${smuggled}`],
  ["a chunk size with 0x", `${post}Transfer-Encoding: chunked${line}${line}0x0${line}${line}${smuggled}`],
  ["two hosts", `GET / HTTP/1.1${line}Host: ${host}${line}Host: evil.test${line}${line}${smuggled}`],
  ["the same host twice", `GET / HTTP/1.1${line}Host: ${host}${line}Host: ${host}${line}${line}${smuggled}`],
  ["no host", `GET / HTTP/1.1${line}${line}${smuggled}`],
  ["two content types", `${post}Content-Type: a/b${line}Content-Type: c/d${line}Content-Length: 0${line}${line}${smuggled}`],
  ["an absolute address", `GET https://evil.test/ HTTP/1.1${line}Host: ${host}${line}${line}${smuggled}`],
  ["CONNECT inside", `CONNECT evil.test:443 HTTP/1.1${line}Host: ${host}${line}${line}${smuggled}`],
  ["TRACE", `TRACE / HTTP/1.1${line}Host: ${host}${line}${line}${smuggled}`],
  ["an asterisk", `OPTIONS * HTTP/1.1${line}Host: ${host}${line}${line}${smuggled}`],
  ["a fragment", `GET /#a HTTP/1.1${line}Host: ${host}${line}${line}${smuggled}`],
  ["headers without end", `GET / HTTP/1.1${line}Host: ${host}${line}X-A: ${"a".repeat(80_000)}${line}${line}`],
  ["too many bytes of path", `GET /${"a".repeat(5_000)} HTTP/1.1${line}Host: ${host}${line}${line}`],
  ["another protocol", `\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03${line}${line}`],
])("nothing goes on of a request with %s", async (_name, bytes) => {
  const { run, internet } = await setUp();
  const answer = await raw(run, bytes);
  expect(answer).toMatch(/^HTTP\/1\.1 4\d\d|^HTTP\/1\.1 501/);
  // What follows a well-framed refusal is a request of its own; what follows a badly framed one is nothing.
  const gone = internet.requests.map(({ target }) => target).filter((target) => target !== "/smuggled");
  expect(gone).toEqual([]);
  expect(run.refusals.length).toBeGreaterThan(0);
  if (/length|chunk|transfer|colon|folded|bare|NUL/.test(_name)) expect(internet.requests).toEqual([]);
});

test.each(["/v1/../admin", "/v1/%2e%2e/admin", "/v1/.%2E/admin", "/./v1", "/v1/..;/admin", "/v1\\..\\admin", "/v1/%5c..", "/v1/%00"])(
  "the path %s, which a server may read as another, is refused",
  async (path) => {
    const { run, internet } = await setUp();
    expect(await raw(run, `GET ${path} HTTP/1.1${line}Host: ${host}${line}Connection: close${line}${line}`)).toMatch(/^HTTP\/1\.1 400/);
    const session = http2Session(await run.openTls(host, { ALPNProtocols: ["h2"] }), host);
    expect((await http2(session, { ":path": path })).status).toBe(400);
    session.destroy();
    expect(internet.requests).toEqual([]);
  },
);

test("what is no TLS ends the connection, and nothing is dialled", async () => {
  const { run, internet } = await setUp();
  const socket = await run.open(host);
  socket.write(`GET / HTTP/1.1${line}Host: ${host}${line}${line}`);
  socket.resume();
  await once(socket, "close");
  expect(run.refusals).toHaveLength(1);
  expect(internet.dialled()).toBe(0);
});

test("a client that does not trust the run's authority is reported, not served without", async () => {
  const { run, internet } = await setUp();
  for (const version of ["-tls1_3", "-tls1_2"])
    await openssl(["s_client", "-proxy", run.proxy.slice(7), "-connect", `${host}:443`, "-verify_return_error", version]);
  await expect.poll(() => run.rejected).toEqual([0, 1].map(() => ({ host, port: 443, program: null })));
  expect(internet.dialled()).toBe(0);
});

test("a client that looks at the certificate after the handshake is reported the eighth time, unless the host was ever served", async () => {
  const { run, internet } = await setUp();
  const tries = async () => {
    for (let at = 0; at < 8; at++) await expect(run.openTls(host, { ca: internet.authority })).rejects.toThrow();
  };
  await tries();
  await expect.poll(() => run.rejected).toHaveLength(1);
  const { run: other } = await setUp();
  const kept = await other.openTls(host);
  await http1(kept, { path: "/", headers: { host } });
  for (let at = 0; at < 10; at++) (await other.openTls(host)).destroy();
  await http1(await other.openTls(host), { path: "/", headers: { host } });
  expect(other.rejected).toEqual([]);
  kept.destroy();
});

test("a client that ends its side after the handshake, or after its request, leaves nothing behind", async () => {
  const { run } = await setUp();
  const answered = await run.openTls(host);
  await http1(answered, { path: "/", headers: { host, connection: "keep-alive" } });
  const sockets = [answered, await run.openTls(host), await run.openTls(host, { ALPNProtocols: ["h2"] })];
  for (const socket of sockets) {
    socket.resume();
    socket.end();
    if (!socket.destroyed) await once(socket, "close");
  }
  const session = http2Session(await run.openTls(host, { ALPNProtocols: ["h2"] }), host);
  expect((await http2(session, { ":path": "/" })).body).toBe("answered");
  session.destroy();
  await expect.poll(() => run.serving()).toBe(0);
});

test("thousands of streams that are opened and reset at once end their connection, not the gateway", async () => {
  const { run, internet } = await setUp({
    decide: async (_request, signal) =>
      await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("gone")))),
  });
  const socket = await run.openTls(host, { ALPNProtocols: ["h2"] });
  const session = http2Session(socket, host);
  let sent = 0;
  while (!session.destroyed && sent < 5_000) {
    const stream = session.request({ ":path": "/", ":method": "GET" }).on("error", () => undefined);
    stream.close(8);
    if (++sent % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await expect.poll(() => socket.destroyed, { timeout: 10_000 }).toBe(true);
  expect(run.seen.length).toBeLessThan(2_000);
  expect(internet.dialled()).toBe(0);
  const { run: other } = await setUp();
  expect((await http1(await other.openTls(host), { path: "/", headers: { host } })).status).toBe(200);
});

test.each([
  ["pings", frame(6, 0, 0, Buffer.alloc(8))],
  ["settings", frame(4, 0, 0, Buffer.alloc(0))],
  ["frames of a closed stream", frame(8, 0, 1, Buffer.from([0, 0, 0, 1]))],
  ["empty headers", frame(1, 0, 1, Buffer.alloc(0))],
  [
    "continuations without end",
    Buffer.concat([frame(1, 0, 1, Buffer.from([0x82])), ...Array.from({ length: 64 }, () => frame(9, 0, 1, headerBlock()))]),
  ],
])("a flood of %s is cut off or bears no fruit", async (_name, one) => {
  const { run, internet } = await setUp();
  const socket = await run.openTls(host, { ALPNProtocols: ["h2"] });
  socket.write(Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frame(4, 0, 0, Buffer.alloc(0))]));
  const before = process.memoryUsage().rss;
  const many = Buffer.concat(Array.from({ length: 200 }, () => one));
  // Nothing is read: answers must not pile up.
  socket.pause();
  for (let at = 0; at < 500 && !socket.destroyed; at++) {
    if (!socket.write(many)) await drained(socket);
    if (socket.writableLength > 1_000_000) break;
  }
  expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1_048_576);
  expect(internet.requests).toEqual([]);
  socket.destroy();
  expect((await http1(await run.openTls(host), { path: "/", headers: { host } })).status).toBe(200);
});

test("a head that comes a byte at a time, and a connection without a request, end after two minutes", async () => {
  const clock = new ManualClock(Date.now());
  const { run } = await setUp({ clock });
  const slow = await run.openTls(host);
  const idle = await run.openTls(host, { ALPNProtocols: ["h2"] });
  const unfinished = await run.open(host);
  for (const socket of [slow, idle, unfinished]) socket.resume();
  slow.write("GET / HTTP/1.1\r\nHos");
  clock.advance(119_000);
  slow.write("t");
  expect((await http1(await run.openTls(host), { path: "/", headers: { host } })).status).toBe(200);
  clock.advance(2_000);
  await Promise.all([slow, idle, unfinished].map(async (socket) => socket.destroyed || (await once(socket, "close"))));
  expect(run.seen).toHaveLength(1);
});

test("more requests at once than one connection may have end it", async () => {
  const { run } = await setUp({
    decide: async (_request, signal) =>
      await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("gone")))),
  });
  const socket = await run.openTls(host);
  socket.write(`GET / HTTP/1.1${line}Host: ${host}${line}${line}`.repeat(400));
  socket.resume();
  await once(socket, "close");
  expect(run.seen.length).toBeLessThanOrEqual(256);
  expect(run.refusals.at(-1)?.why).toContain("Too many");
});

test("another run's sentinel is worth nothing: it goes nowhere, and this run's value is sent by its binding alone", async () => {
  const { run, internet } = await setUp();
  const sentinel = "sk-ant-api03-gatehouse0123456789abcdefghjkmnpq";
  for (const name of ["x-api-key", "authorization", "x-other"])
    await http1(await run.openTls(host), { path: `/?key=${sentinel}`, headers: { host, [name]: sentinel } });
  expect(internet.requests.map(({ headers }) => headers["x-api-key"])).toEqual([value, value, value]);
  expect(internet.requests.map(({ headers, target }) => JSON.stringify([headers, target]).includes(sentinel))).toEqual([
    false,
    false,
    true,
  ]);
  expect(internet.requests[2]?.headers["x-other"]).toBe(sentinel);
});

test("the value is nowhere in what the client gets, in rows, refusals or errors, whatever the server does with it", async () => {
  const { run, internet } = await setUp();
  internet.site(host, (request, response) => {
    const got = String(request.headers["x-api-key"]);
    switch (request.url) {
      case "/redirect":
        return void response.writeHead(302, { location: `https://evil.test/?k=${encodeURIComponent(got)}` }).end();
      case "/name":
        return void response.writeHead(200, { [`x-${createHash("md5").update("a").digest("hex")}-${got}`]: "1" }).end();
      case "/reason":
        return void (request.httpVersion === "1.1" ? response.writeHead(500, got).end(got) : response.writeHead(500).end(got));
      case "/cut":
        response.writeHead(200, { "content-length": "1000" });
        response.write(got.slice(0, 20));
        return void setTimeout(() => request.stream.destroy(), 20);
      default:
        return void response.end(
          JSON.stringify({ got, hex: Buffer.from(got).toString("hex"), b64: Buffer.from(`user:${got}`).toString("base64") }),
        );
    }
  });
  let all = "";
  for (const path of ["/", "/redirect", "/name", "/reason", "/cut"]) {
    all += await raw(run, `GET ${path} HTTP/1.1${line}Host: ${host}${line}${line}`);
    const session = http2Session(await run.openTls(host, { ALPNProtocols: ["h2"] }), host);
    all += JSON.stringify(await http2(session, { ":path": path }).catch(String));
    session.destroy();
  }
  expect(all).toContain("location: https://evil.test/?k=[secret model-key]");
  const rows = JSON.stringify([run.seen, run.refusals, run.outcomes, run.rejected]);
  for (const text of [all, rows])
    for (const form of [value, Buffer.from(value).toString("hex"), Buffer.from(`user:${value}`).toString("base64").slice(8, 50)])
      expect(text).not.toContain(form);
  expect(internet.requests.every(({ headers }) => headers["x-api-key"] === value)).toBe(true);
});

const events = ["drain", "close", "error"] as const;

/** Until more can be written, or for a moment: the other side may have stopped reading. */
async function drained(socket: TLSSocket): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      for (const event of events) socket.off(event, done);
      resolve();
    };
    const timer = setTimeout(done, 300);
    for (const event of events) socket.once(event, done);
  });
}

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A literal header without indexing (RFC 7541 section 6.2.2), 1 KiB. */
function headerBlock(): Buffer {
  return Buffer.concat([Buffer.from([0x00, 0x01, 0x61, 0x7f, 0x81, 0x07]), Buffer.alloc(1_024, "b")]);
}
