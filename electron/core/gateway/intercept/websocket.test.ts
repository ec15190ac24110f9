import { createHash } from "node:crypto";
import { once } from "node:events";
import type { Duplex } from "node:stream";
import { expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { fakeInternetForTest } from "../../../testing/fake-internet.ts";
import { interceptedForTest } from "../../../testing/intercepted-client.ts";
import { http1 } from "../../../testing/raw-http.ts";
import { Secret } from "../../kernel/secret.ts";
import { LiveSecrets } from "../../redactor/live-secrets.ts";
import { WebSocketPassage } from "./websocket-passage.ts";

const value = "sk-ant-api03-0123456789-canary-abcdefghij";
const host = "api.example.com";
const inject = { name: "key", value, place: { kind: "header", name: "x-api-key", prefix: "" } } as const;

test("a WebSocket's first request carries the value, and what it echoes comes back without, also across frames", async () => {
  const internet = await fakeInternetForTest();
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: true });
  internet.server.on("upgrade", (request, socket, head) => {
    server.handleUpgrade(request, socket, head, (open) => {
      const got = String(request.headers["x-api-key"]);
      open.send(got);
      open.send(Buffer.from(got));
      open.send(got.slice(0, 10), { fin: false });
      open.ping(got);
      open.send(got.slice(10), { fin: true });
      open.on("message", (data, isBinary) => open.send(data, { binary: isBinary }));
    });
  });
  const run = await interceptedForTest(internet, { inject });
  const tls = await run.openTls(host);
  const client = new WebSocket(`wss://${host}/live?api_key=own`, { createConnection: () => tls, perMessageDeflate: true });
  const got: string[] = [];
  client.on("message", (data) => got.push(Buffer.isBuffer(data) ? data.toString() : "not a buffer"));
  client.on("ping", (data) => got.push(`ping ${String(data)}`));
  await once(client, "open");
  client.send("hello");
  const large = "x".repeat(300_000);
  client.send(large);
  await expect.poll(() => got.length, { timeout: 10_000 }).toBe(6);
  const masked = "[secret key]";
  expect(got).toEqual([masked, masked, `ping ${"*".repeat(value.length)}`, masked, "hello", large]);
  client.close(1000, "done");
  await once(client, "close");
  await expect.poll(() => run.outcomes).toEqual([expect.objectContaining({ status: 101, failure: null })]);
  expect(run.seen).toEqual([expect.objectContaining({ method: "GET", path: "/live", isUpgrade: true })]);
});

test("an upgrade that is refused, or that the server does not take, is answered like any request", async () => {
  const internet = await fakeInternetForTest();
  const refusal = { kind: "refused", status: 403, why: "No." } as const;
  for (const [decision, status, body] of [
    [refusal, 403, "Gatehouse: No.\n"],
    [null, 426, "no upgrade"],
  ] as const) {
    const run = await interceptedForTest(internet, { inject, decide: () => decision });
    const headers = { host, connection: "Upgrade", upgrade: "websocket" };
    expect(await http1(await run.openTls(host), { path: "/", headers })).toMatchObject({ status, body });
  }
  expect(internet.requests).toEqual([]);
});

test("a server that breaks the protocol ends its own connection and nothing else", async () => {
  const internet = await fakeInternetForTest();
  internet.upgrade((_request, socket: Duplex) => {
    socket.write(
      Buffer.concat([
        Buffer.from("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"),
        Buffer.of(0x83, 0),
      ]),
    );
  });
  const run = await interceptedForTest(internet, { inject });
  const tls = await run.openTls(host);
  tls.resume().write(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
  await once(tls, "close");
  expect(run.outcomes).toEqual([expect.objectContaining({ status: 101, failure: "The exchange broke off." })]);
});

test("any other protocol is passed on with values masked at their length", async () => {
  const internet = await fakeInternetForTest();
  internet.upgrade((request, socket: Duplex) => {
    const at = request.rawHeaders.findIndex((name) => name.toLowerCase() === "x-api-key");
    socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: tcp\r\n\r\n");
    for (const letter of `<${request.rawHeaders[at + 1]}>`) socket.write(letter);
    socket.on("data", (chunk: Buffer) => socket.end(chunk));
  });
  const run = await interceptedForTest(internet, { inject });
  const tls = await run.openTls(host);
  let got = "";
  tls.on("data", (chunk: Buffer) => (got += chunk.toString()));
  tls.write(`POST /attach HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n`);
  await expect.poll(() => got).toContain(">");
  tls.write("bye");
  await once(tls, "close");
  expect(got).toMatch(/^HTTP\/1\.1 101 /);
  expect(got.split("\r\n\r\n")[1]).toBe(`<${"*".repeat(value.length)}>bye`);
});

test("frames are read the same however they are cut, and their payload is kept", () => {
  const payload = createHash("sha512").update("a").digest("hex").repeat(900);
  const stream = Buffer.concat([
    frame(0x01, "one"),
    frame(0x80, payload),
    frame(0x89, "ping"),
    frame(0x82, ""),
    frame(0x88, "\x03\xe8bye"),
  ]);
  for (const size of [1, 7, 1_000, stream.length]) {
    const passage = new WebSocketPassage(new LiveSecrets());
    const out: Buffer[] = [];
    for (let at = 0; at < stream.length; at += size) out.push(passage.push(stream.subarray(at, at + size)));
    expect(messages(Buffer.concat(out))).toEqual([
      [1, `one${payload}`],
      [9, "ping"],
      [2, ""],
      [8, "\x03\xe8bye"],
    ]);
  }
});

test.each([
  ["an extension", Buffer.of(0xc1, 1, 0x61)],
  ["a mask", Buffer.of(0x81, 0x81, 1, 2, 3, 4, 5)],
  ["an unknown kind", Buffer.of(0x83, 0)],
  ["a fragmented ping", Buffer.of(0x09, 0)],
  ["a long ping", Buffer.of(0x89, 126, 1, 0)],
  ["a continuation of nothing", Buffer.of(0x80, 0)],
  ["a message within a message", Buffer.concat([frame(0x01, "a"), frame(0x81, "b")])],
  ["a length beyond reason", Buffer.of(0x82, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)],
])("%s from a server ends the connection", (_name, bytes) => {
  const secrets = new LiveSecrets();
  secrets.add("key", Secret.fromText(value));
  expect(() => new WebSocketPassage(secrets).push(bytes)).toThrow();
});

function frame(first: number, text: string): Buffer {
  const payload = Buffer.from(text, "latin1");
  const head =
    payload.length < 126
      ? Buffer.of(first, payload.length)
      : Buffer.of(first, 127, 0, 0, 0, 0, 0, payload.length >> 16, (payload.length >> 8) & 255, payload.length & 255);
  return Buffer.concat([head, payload]);
}

/** Opcode and payload of each message and control frame, fragments joined. */
function messages(bytes: Buffer): readonly (readonly [number, string])[] {
  const found: [number, string][] = [];
  let current: [number, string] | null = null;
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at] ?? 0;
    const short = (bytes[at + 1] ?? 0) & 127;
    const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
    at += short < 126 ? 2 : short === 126 ? 4 : 10;
    const text = bytes.subarray(at, at + length).toString("latin1");
    at += length;
    if ((first & 15) >= 8) found.push([first & 15, text]);
    else {
      current ??= [first & 15, ""];
      current[1] += text;
      if ((first & 128) === 0) continue;
      found.push(current);
      current = null;
    }
  }
  return found;
}
