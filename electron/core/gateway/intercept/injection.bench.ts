import { type ChildProcess, fork, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer as createProxy, request as httpRequest, ServerResponse } from "node:http";
import { connect as http2Connect, createSecureServer, type Http2ServerResponse } from "node:http2";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { connect as tlsConnect, type TLSSocket } from "node:tls";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import { RunId } from "#shared/contract/ids.ts";
import { openAuditLog } from "../../audit/open-audit-log.ts";
import { systemClock } from "../../kernel/clock.ts";
import { randomId } from "../../kernel/ids.ts";
import { silentLogger } from "../../kernel/logger.ts";
import { Secret } from "../../kernel/secret.ts";
import { LiveSecrets } from "../../redactor/live-secrets.ts";
import { LateOutcomes } from "../egress/late-outcomes.ts";
import { RunAuthority } from "./run-authority.ts";
import { freeMeter } from "../../../testing/intercepted-client.ts";
import { createInterceptor } from "./run-interceptor.ts";

/**
 * What opening TLS and adding a key costs: keep-alive requests, new connections, 200 event streams at once, throughput and
 * memory, beside a direct connection and beside mitmproxy where it is installed. Each party is a process of its own. `audited`
 * puts each request on record first, on the disk, as a run does; `injection` and mitmproxy put nothing on record.
 */
export const bench = { name: "injection", run };

const key = "sk-ant-api03-0123456789-bench-abcdefghijklmnop";
const host = "localhost";
const idleConnections = 1_000;
const downloadLimitMs = 10_000;
const Ready = z.object({ port: z.int(), ca: z.string() });
const Measured = z.object({ rss: z.number() });

switch (process.env["GATEHOUSE_BENCH_ROLE"]) {
  case "upstream":
    serveUpstream();
    break;
  case "gateway":
    void serveGateway();
    break;
  default:
    break;
}

async function run(): Promise<unknown> {
  const loadAverage = loadavg()[0];
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-bench-"));
  const upstream = await child("upstream", {});
  const common = { UPSTREAM_PORT: String(upstream.port), UPSTREAM_CA: upstream.ca };
  const gateway = await child("gateway", common);
  const audited = await child("gateway", { ...common, AUDIT_FOLDER: folder });
  const mitm = await mitmproxy();
  try {
    const through = (proxyPort: number, ca: string | null) => async (protocols: string[]) =>
      await secure(await tunnel(proxyPort, upstream.port), ca, protocols);
    const ways: Record<string, Way> = {
      direct: async (protocols) => await secure(connect(upstream.port, "127.0.0.1").setNoDelay(true), upstream.ca, protocols),
      injection: through(gateway.port, gateway.ca),
      audited: through(audited.port, audited.ca),
      ...(mitm === null ? {} : { mitmproxy: through(mitm.port, null) }),
    };
    const each = async (measure: (open: Way) => Promise<unknown>) => {
      const found: Record<string, unknown> = {};
      for (const [name, open] of Object.entries(ways)) found[name] = await measure(open);
      return found;
    };
    await each(async (open) => await requests(open, 150));
    return {
      loadAverage,
      keepAliveMs: await each(async (open) => await requests(open, 600)),
      newConnectionMs: await each(async (open) => await connections(open, 100)),
      delayOf200EventStreamsMs: await each(async (open) => await streams(open, 200)),
      downMBps: await each(async (open) => await fastest(open, 32 * 1_048_576)),
      kibibytesOfAConnection: await memory(gateway, ways["injection"] ?? through(gateway.port, gateway.ca), idleConnections),
      beside: mitm === null ? "mitmproxy is not installed" : mitm.version,
    };
  } finally {
    mitm?.stop();
    for (const { process } of [audited, gateway, upstream]) process.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

type Way = (protocols: string[]) => Promise<TLSSocket>;

interface Party {
  readonly process: ChildProcess;
  readonly port: number;
  readonly ca: string;
}

async function child(role: string, environment: Record<string, string>): Promise<Party> {
  const started = fork(fileURLToPath(import.meta.url), {
    env: { ...process.env, ...environment, GATEHOUSE_BENCH_ROLE: role },
    execArgv: ["--expose-gc"],
  });
  const ready = Ready.parse(await new Promise((resolve) => started.once("message", resolve)));
  return { process: started, ...ready };
}

/** Debian's or pip's. It verifies no certificate of the server here, which spares it work. */
async function mitmproxy(): Promise<{ readonly port: number; readonly version: string; stop(): void } | null> {
  const version = spawnSync("mitmdump", ["--version"], { encoding: "utf8" });
  if (version.status !== 0) return null;
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-bench-"));
  const port = await freePort();
  const flags = [
    "-q",
    "-p",
    String(port),
    "--ssl-insecure",
    "--set",
    `confdir=${folder}`,
    "--set",
    "stream_large_bodies=1m",
    "--modify-headers",
    `/~q/x-api-key/${key}`,
  ];
  const started = spawn("mitmdump", flags, { stdio: "ignore" });
  for (let at = 0; at < 200 && !(await isOpen(port)); at++) await new Promise((resolve) => setTimeout(resolve, 100));
  const stop = () => {
    started.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  };
  return { port, version: version.stdout.split("\n")[0] ?? "", stop };
}

/** One request after the other on one connection, HTTP/1.1. */
async function requests(open: Way, count: number) {
  const socket = await open(["http/1.1"]);
  const times: number[] = [];
  for (let at = 0; at < count; at++) {
    const begun = performance.now();
    await get(socket, "/");
    times.push(performance.now() - begun);
  }
  socket.destroy();
  return summary(times);
}

async function connections(open: Way, count: number) {
  const times: number[] = [];
  for (let at = 0; at < count; at++) {
    const begun = performance.now();
    const socket = await open(["http/1.1"]);
    await get(socket, "/");
    times.push(performance.now() - begun);
    socket.destroy();
  }
  return summary(times);
}

/** Of three: the first ones still find out how the code is best compiled. */
async function fastest(open: Way, bytes: number): Promise<number> {
  const rates = [await download(open, bytes), await download(open, bytes), await download(open, bytes)];
  return Math.max(...rates.filter((rate) => !Number.isNaN(rate)));
}

/** Megabytes a second of one response; NaN where it does not come in time. */
async function download(open: Way, bytes: number): Promise<number> {
  const socket = await open(["http/1.1"]);
  const begun = performance.now();
  const limit = setTimeout(() => socket.destroy(), downloadLimitMs);
  try {
    await get(socket, `/bytes/${bytes}`);
  } catch {
    return Number.NaN;
  } finally {
    clearTimeout(limit);
    socket.destroy();
  }
  return Math.round(bytes / 1e3 / (performance.now() - begun));
}

/** By hand: what Node's own client costs would be the same in each row, and large beside what is measured. */
async function get(socket: TLSSocket, path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    let head = "";
    let left = -1;
    const settle = (error: Error | null) => {
      socket.off("data", take).off("error", settle).off("close", onClose);
      if (error === null) resolve();
      else reject(error);
    };
    const onClose = () => settle(new Error("the connection ended early"));
    const take = (chunk: Buffer) => {
      if (left === -1) {
        head += chunk.toString("latin1");
        const end = head.indexOf("\r\n\r\n");
        const length = /content-length: (\d+)/i.exec(head)?.[1];
        if (end === -1) return;
        if (length === undefined) return settle(new Error(`no length: ${head.slice(0, 100)}`));
        left = Number(length) - (head.length - end - 4);
      } else left -= chunk.length;
      if (left <= 0) settle(null);
    };
    socket.on("data", take).on("error", settle).on("close", onClose);
    socket.write(`GET ${path} HTTP/1.1\r\nhost: ${host}\r\nx-api-key: placeholder\r\n\r\n`);
  });
}

/** How late events arrive, over one HTTP/2 connection. */
async function streams(open: Way, count: number) {
  const socket = await open(["h2"]);
  const session = http2Connect(`https://${host}`, { createConnection: () => socket });
  const delays: number[] = [];
  await Promise.all(
    Array.from({ length: count }, async () => {
      const stream = session.request({ ":path": "/events", "x-api-key": "placeholder" });
      stream.on("data", (chunk: Buffer) => {
        for (const [, at] of chunk.toString().matchAll(/data: (\d+)/g)) delays.push(Date.now() - Number(at));
      });
      await new Promise((resolve) => stream.once("close", resolve));
    }),
  );
  session.destroy();
  return { ...summary(delays), events: delays.length };
}

async function memory(gateway: Party, open: Way, count: number): Promise<number> {
  const measure = async () => {
    gateway.process.send("measure");
    return Measured.parse(await new Promise((resolve) => gateway.process.once("message", resolve))).rss;
  };
  const before = await measure();
  const sockets: TLSSocket[] = [];
  while (sockets.length < count)
    sockets.push(
      ...(await Promise.all(
        Array.from({ length: 10 }, async () => {
          const socket = await open(["http/1.1"]);
          await get(socket, "/");
          return socket;
        }),
      )),
    );
  const after = await measure();
  for (const socket of sockets) socket.destroy();
  return Math.round((after - before) / count / 1_024);
}

async function tunnel(proxyPort: number, port: number): Promise<Socket> {
  return await new Promise((resolve, reject) => {
    const sent = httpRequest({
      host: "127.0.0.1",
      port: proxyPort,
      method: "CONNECT",
      path: `${host}:${port}`,
      headers: { host: `${host}:${port}` },
    });
    sent.once("connect", (_response, socket) => resolve(socket));
    sent.once("error", reject).end();
  });
}

async function secure(socket: Socket, ca: string | null, protocols: string[]): Promise<TLSSocket> {
  return await new Promise((resolve, reject) => {
    const trust = ca === null ? { rejectUnauthorized: false } : { ca };
    const opened = tlsConnect({ socket, servername: host, ALPNProtocols: protocols, ...trust }, () => resolve(opened));
    opened.once("error", reject);
  });
}

function serveUpstream(): void {
  const authority = new RunAuthority(systemClock);
  const server = createSecureServer({ allowHTTP1: true, SNICallback: (_name, done) => done(null, authority.contextFor(host)) });
  const body = JSON.stringify({ text: "x".repeat(1_000) });
  server.on("request", (request, response) => {
    const wanted = Number(/^\/bytes\/(\d+)$/.exec(request.url)?.[1] ?? 0);
    if (wanted > 0) return sendBytes(response, wanted);
    if (request.url !== "/events") {
      response.writeHead(200, { "content-type": "application/json", "content-length": body.length });
      response.end(body);
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    let left = 20;
    const timer = setInterval(() => {
      response.write(`data: ${Date.now()}\n\n`);
      left -= 1;
      if (left > 0) return;
      clearInterval(timer);
      response.end();
    }, 100);
  });
  server.listen(0, "127.0.0.1", () => process.send?.({ port: portOf(server.address()), ca: authority.certificate }));
}

function sendBytes(response: ServerResponse | Http2ServerResponse, bytes: number): void {
  const block = Buffer.alloc(65_536, "x");
  response.writeHead(200, { "content-length": bytes });
  let left = bytes;
  const more = () => {
    while (left > 0) {
      const part = block.subarray(0, left);
      left -= part.length;
      if (write(response, part)) continue;
      response.once("drain", more);
      return;
    }
    response.end();
  };
  more();
}

/** The two kinds have no signature in common. */
function write(response: ServerResponse | Http2ServerResponse, bytes: Buffer): boolean {
  return response instanceof ServerResponse ? response.write(bytes) : response.write(bytes);
}

async function serveGateway(): Promise<void> {
  const folder = process.env["AUDIT_FOLDER"];
  const audit = folder === undefined ? null : await openAuditLog({ folder, clock: systemClock, logger: silentLogger() });
  const port = Number(process.env["UPSTREAM_PORT"]);
  const done = () => undefined;
  const late = new LateOutcomes(systemClock);
  const interceptor = createInterceptor({
    secrets: new LiveSecrets(),
    clock: systemClock,
    host: {
      meter: freeMeter,
      trustedCas: [process.env["UPSTREAM_CA"] ?? ""],
      refused: done,
      certificateRejected: done,
      dial: async () =>
        await new Promise((resolve) => {
          const socket = connect({ port, host: "127.0.0.1", noDelay: true }, () => resolve(socket));
        }),
      decide: async ({ method, path }) => {
        const actor = { kind: "agent" as const, runId: RunId.parse(randomId("run")) };
        const writing = audit?.intent({ verb: "egress.connect", actor, detail: { host, port: 443, method, path } });
        late.flush();
        const intent = await writing;
        return {
          kind: "allowed",
          injection: { secretName: "key", place: { kind: "header", name: "x-api-key", prefix: "" }, value: Secret.fromText(key) },
          tap: null,
          done: ({ status, bytesDown }) => void late.add(async () => await intent?.done({ status, bytesDown })),
        };
      },
    },
  });
  const signal = new AbortController().signal;
  const server = createProxy();
  server.on("connect", (_request, socket: Socket) => {
    socket.setNoDelay(true);
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    void interceptor.serve(socket, { host, port: 443, program: null }, signal);
  });
  process.on("message", () => {
    globalThis.gc?.();
    process.send?.({ rss: process.memoryUsage().rss });
  });
  server.listen(0, "127.0.0.1", () => process.send?.({ port: portOf(server.address()), ca: interceptor.caCertificate }));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const port = portOf(server.address());
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function isOpen(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

function portOf(address: AddressInfo | string | null): number {
  return typeof address === "object" && address !== null ? address.port : 0;
}

function summary(times: number[]) {
  const sorted = times.sort((a, b) => a - b);
  const at = (part: number) => Math.round((sorted[Math.floor(sorted.length * part)] ?? 0) * 100) / 100;
  return { p50: at(0.5), p99: at(0.99) };
}
