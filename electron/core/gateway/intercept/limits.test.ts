import { once } from "node:events";
import { expect, test } from "vitest";
import type { SecretPlace } from "#shared/contract/vault.ts";
import { fakeInternetForTest } from "../../../testing/fake-internet.ts";
import { type InterceptedOptions, interceptedForTest } from "../../../testing/intercepted-client.ts";
import { ManualClock } from "../../../testing/manual-clock.ts";
import { http1, http2, http2Session, sendHttp1 } from "../../../testing/raw-http.ts";
import { defaultEgressLimits, type EgressLimits, RunMeter } from "../egress/limits.ts";

const host = "api.example.com";
const place: SecretPlace = { kind: "header", name: "x-api-key", prefix: "" };

async function setUp(limits: Partial<EgressLimits>, options: InterceptedOptions = {}) {
  const clock = new ManualClock();
  const meter = new RunMeter({ ...defaultEgressLimits, ...limits }, clock);
  const internet = await fakeInternetForTest();
  const inject = { name: "key", value: "sk-ant-api03-0123456789-canary-abcdefghij", place };
  return { clock, internet, run: await interceptedForTest(internet, { inject, meter, ...options }) };
}

test("what opened connections move counts for the whole run, over both protocols, and ends what goes beyond it", async () => {
  const { run, internet } = await setUp({ bytesDown: 100_000 });
  internet.site(host, (_request, response) => response.end("x".repeat(30_000)));
  const get = async () => await http1(await run.openTls(host), { method: "GET", path: "/", headers: { host } }, null);
  for (const _time of [1, 2]) expect(await get()).toMatchObject({ status: 200, body: "x".repeat(30_000) });
  const session = http2Session(await run.openTls(host, { ALPNProtocols: ["h2"] }), host);
  expect(await http2(session, { ":method": "GET", ":path": "/" }, null)).toMatchObject({ status: 200 });
  await expect(http2(session, { ":method": "GET", ":path": "/" }, null)).rejects.toThrow();
  await expect(get()).rejects.toThrow();
  session.destroy();
  expect(run.outcomes.map(({ failure }) => failure)).toEqual([
    ...[null, null, null],
    ...Array.from({ length: 2 }, () => "The run has received as much as one run may."),
  ]);
  expect(run.outcomes.reduce((sum, { bytesDown }) => sum + bytesDown, 0)).toBeGreaterThanOrEqual(100_000);
});

test("an upload beyond what a run may send is refused in words, and does not arrive whole", async () => {
  const { run, internet } = await setUp({ bytesUp: 50_000 });
  let arrived = 0;
  internet.site(host, (request, response) => {
    request.on("data", (chunk: Buffer) => (arrived += chunk.length)).on("end", () => response.end("all of it"));
  });
  const answer = await http1(await run.openTls(host), { method: "POST", path: "/", headers: { host } }, Buffer.alloc(400_000, "x"));
  expect(answer).toMatchObject({ status: 429, body: "Gatehouse: The run has sent as much as one run may.\n" });
  expect(arrived).toBeLessThan(400_000);
});

test("an exchange in which nothing moves is ended, and one that has lived as long as it may", async () => {
  const { run, internet, clock } = await setUp({ idleMs: 1_000, connectionMs: 10_000 });
  internet.site(host, (request, response) => {
    if (request.url === "/silent") return;
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write("data: first\n\n");
  });
  const silent = http1(await run.openTls(host), { method: "GET", path: "/silent", headers: { host } }, null);
  await expect.poll(() => internet.requests.length).toBe(1);
  clock.advance(1_000);
  expect(await silent).toMatchObject({ status: 429, body: "Gatehouse: Nothing moved for too long.\n" });
  const stream = sendHttp1(await run.openTls(host), { path: "/stream", headers: { host } });
  stream.end();
  const [response] = await once(stream, "response");
  await once(response, "data");
  const broken = once(response, "error");
  response.resume();
  clock.advance(10_000);
  await broken;
  expect(run.outcomes.map(({ failure }) => failure)).toEqual([
    "Nothing moved for too long.",
    "It was open as long as a connection may be.",
  ]);
});

test("an exchange whose permission is taken back ends at once, and a web socket with it", async () => {
  const cut = new AbortController();
  const { run, internet } = await setUp({}, { cut: cut.signal });
  internet.site(host, (_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write("data: first\n\n");
  });
  internet.upgrade((_request, socket) => {
    socket.write("HTTP/1.1 101 Switching Protocols\r\nupgrade: echo\r\nconnection: upgrade\r\n\r\nhello");
  });
  const stream = sendHttp1(await run.openTls(host), { path: "/stream", headers: { host } });
  stream.end();
  const [response] = await once(stream, "response");
  await once(response, "data");
  const broken = once(response, "error");
  response.resume();
  const upgrading = sendHttp1(await run.openTls(host), { path: "/", headers: { host, connection: "upgrade", upgrade: "echo" } });
  upgrading.end();
  const [, socket] = await once(upgrading, "upgrade");
  const ended = once(socket, "close");
  socket.on("error", () => undefined).resume();
  cut.abort(new Error("The secret key may not be used here any more."));
  await Promise.all([broken, ended]);
  await expect.poll(() => run.outcomes.length).toBe(2);
  expect(new Set(run.outcomes.map(({ failure }) => failure))).toEqual(new Set(["The secret key may not be used here any more."]));
});
