import type { TLSSocket } from "node:tls";
import { expect, test } from "vitest";
import { fakeInternetForTest } from "../../../testing/fake-internet.ts";
import { interceptedForTest } from "../../../testing/intercepted-client.ts";
import { http1, http2, http2Session } from "../../../testing/raw-http.ts";
import { rawTlsServer } from "../../../testing/raw-tls-server.ts";
import { ManualClock } from "../../../testing/manual-clock.ts";
import { systemClock } from "../../kernel/clock.ts";
import { RunAuthority } from "./run-authority.ts";

const value = "sk-ant-api03-0123456789-canary-abcdefghij";
const host = "api.example.com";
const inject = { name: "key", value, place: { kind: "header", name: "x-api-key", prefix: "" } } as const;
const line = "\r\n";

/** A TLS server for the host. Gives what it received. */
async function rawServer(answer: (socket: TLSSocket) => void, authority = new RunAuthority(systemClock), name = host) {
  const received: Buffer[] = [];
  const run = await rawTlsServer({ authority, name, inject }, (socket) => {
    socket.on("data", (chunk: Buffer) => received.push(chunk));
    socket.once("data", () => answer(socket));
  });
  return { run, received: () => Buffer.concat(received).toString("latin1") };
}

test("nothing is sent to a server whose certificate is another authority's, for another name, or over", async () => {
  const expired = new RunAuthority(new ManualClock(Date.now() - 49 * 3_600_000));
  const cases = [
    { authority: new RunAuthority(systemClock), trusted: new RunAuthority(systemClock), name: host, fault: "certificate" },
    { authority: new RunAuthority(systemClock), trusted: null, name: "other.example.com", fault: "wrong-certificate" },
  ];
  for (const { authority, trusted, name, fault } of cases) {
    const { run, received } = await rawServer((socket) => socket.end(), authority, name);
    const used =
      trusted === null ? run : await interceptedForTest(await fakeInternetForTest(), { inject, trustedCas: [trusted.certificate] });
    const answer = await http1(await used.openTls(host), { path: "/", headers: { host } });
    expect(answer.status).toBe(502);
    expect(answer.body).toMatch(/^Gatehouse: .*(certificate|connection)/i);
    expect(received()).toBe("");
    expect(used.outcomes).toEqual([expect.objectContaining({ status: null, fault })]);
  }
  expect(() => expired.contextFor(host)).not.toThrow();
  const { run, received } = await rawServer((socket) => socket.end(), expired);
  expect((await http1(await run.openTls(host), { path: "/", headers: { host } })).status).toBe(502);
  expect(received()).toBe("");
});

test.each([
  ["a length and chunks", `HTTP/1.1 200 OK${line}Content-Length: 3${line}Transfer-Encoding: chunked${line}${line}0${line}${line}`],
  ["two lengths", `HTTP/1.1 200 OK${line}Content-Length: 3${line}Content-Length: 4${line}${line}abcd`],
  ["a folded header", `HTTP/1.1 200 OK${line}X-A: a${line} b${line}Content-Length: 0${line}${line}`],
  ["headers without end", `HTTP/1.1 200 OK${line}X-A: ${"a".repeat(200_000)}${line}${line}`],
  ["an upgrade nobody asked for", `HTTP/1.1 101 Switching Protocols${line}Connection: upgrade${line}Upgrade: tcp${line}${line}KEY`],
  ["no HTTP at all", `KEY${line}${line}`],
  ["an unknown coding", `HTTP/1.1 200 OK${line}Content-Encoding: zstd${line}Content-Length: 3${line}${line}abc`],
  ["many codings", `HTTP/1.1 200 OK${line}Content-Encoding: gzip, gzip, gzip, gzip${line}Content-Length: 3${line}${line}abc`],
  ["the end of the connection", ""],
])("a server that answers with %s gives a plain 502", async (_name, answer) => {
  const { run } = await rawServer((socket) => socket.end(answer.replaceAll("KEY", value)));
  const one = await http1(await run.openTls(host), { method: "POST", path: "/", headers: { host } }, "body");
  expect(one.status).toBe(502);
  const session = http2Session(await run.openTls(host, { ALPNProtocols: ["h2"] }), host);
  const two = await http2(session, { ":method": "POST", ":path": "/" }, "body");
  session.destroy();
  expect(two.status).toBe(502);
  expect(JSON.stringify([one, two, run.outcomes])).not.toContain(value);
  expect(run.outcomes.every(({ failure }) => failure !== null)).toBe(true);
  expect(run.outcomes.every(({ fault }) => fault === "cut" || fault === "answer")).toBe(true);
});

test.each([
  ["a length that is not kept", `HTTP/1.1 200 OK${line}Content-Length: 1000${line}${line}KEY`],
  ["chunks without end", `HTTP/1.1 200 OK${line}Transfer-Encoding: chunked${line}${line}5${line}hello${line}`],
  ["gzip that is none", `HTTP/1.1 200 OK${line}Content-Encoding: gzip${line}Content-Length: 5${line}${line}hello`],
])("%s is seen by the client as something missing", async (_name, answer) => {
  const { run } = await rawServer((socket) => socket.end(answer.replaceAll("KEY", value)));
  await expect(http1(await run.openTls(host), { path: "/", headers: { host } })).rejects.toThrow();
  const session = http2Session(await run.openTls(host, { ALPNProtocols: ["h2"] }), host);
  await expect(http2(session, { ":path": "/" })).rejects.toThrow();
  session.destroy();
  expect(run.outcomes.map(({ status, failure }) => [status, failure !== null])).toEqual([
    [200, true],
    [200, true],
  ]);
});

test("interim responses without end are left out, and a kept connection that was closed is replaced", async () => {
  let connections = 0;
  const { run } = await rawServer((socket) => {
    connections++;
    socket.write(`HTTP/1.1 103 Early Hints${line}Link: <KEY>${line}${line}`.replaceAll("KEY", value).repeat(50));
    socket.write(`HTTP/1.1 200 OK${line}Content-Length: 2${line}${line}ok`);
    socket.once("data", () => socket.destroy());
  });
  for (let at = 0; at < 3; at++) {
    const answer = await http1(await run.openTls(host), { path: "/", headers: { host } });
    expect(answer).toMatchObject({ status: 200, body: "ok" });
    expect(JSON.stringify(answer)).not.toContain(value);
  }
  expect(connections).toBe(3);
});

test("a bomb of zeros is passed on at the client's pace, not unpacked into memory", async () => {
  const { gzipSync } = await import("node:zlib");
  const bomb = gzipSync(Buffer.alloc(200 * 1_048_576));
  const internet = await fakeInternetForTest();
  internet.site(host, (_request, response) => response.writeHead(200, { "content-encoding": "gzip" }).end(bomb));
  const run = await interceptedForTest(internet, { inject });
  const before = process.memoryUsage().rss;
  const tls = await run.openTls(host);
  tls.write(`GET / HTTP/1.1${line}Host: ${host}${line}Accept-Encoding: gzip${line}${line}`);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1_048_576);
  tls.destroy();
  await expect.poll(() => run.outcomes).toHaveLength(1);
});
