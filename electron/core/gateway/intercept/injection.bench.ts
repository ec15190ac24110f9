import { type ChildProcess, fork, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer as createProxy, request as httpRequest } from "node:http";
import { connect as http2Connect, createSecureServer } from "node:http2";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as tlsConnect, type TLSSocket } from "node:tls";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import { systemClock } from "../../kernel/clock.ts";
import { Secret } from "../../kernel/secret.ts";
import { LiveSecrets } from "../../redactor/live-secrets.ts";
import { RunAuthority } from "./run-authority.ts";
import { freeMeter } from "../../../testing/intercepted-client.ts";
import { createInterceptor } from "./run-interceptor.ts";

/**
 * What opening TLS and adding a key costs: keep-alive requests, new connections, server-sent events and memory,
 * beside a direct connection and beside mitmproxy where it is installed. Each party is a process of its own.
 */
export const bench = { name: "injection", run };

const key = "sk-ant-api03-0123456789-bench-abcdefghijklmnop";
const host = "localhost";
const Ready = z.object({ port: z.int(), ca: z.string() });
const Measured = z.object({ rss: z.number() });

switch (process.env["GATEHOUSE_BENCH_ROLE"]) {
  case "upstream":
    serveUpstream();
    break;
  case "gateway":
    serveGateway();
    break;
  default:
    break;
}

async function run(): Promise<unknown> {
  const upstream = await child("upstream", {});
  const gateway = await child("gateway", { UPSTREAM_PORT: String(upstream.port), UPSTREAM_CA: upstream.ca });
  const mitm = await mitmproxy();
  try {
    const direct = async (protocols: string[]) => await secure(connect(upstream.port, "127.0.0.1"), upstream.ca, protocols);
    const through = (proxyPort: number, ca: string | null) => async (protocols: string[]) =>
      await secure(await tunnel(proxyPort, upstream.port), ca, protocols);
    const ways: Record<string, (protocols: string[]) => Promise<TLSSocket>> = { direct, injection: through(gateway.port, gateway.ca) };
    if (mitm !== null) ways["mitmproxy"] = through(mitm.port, null);
    const keepAliveMs: Record<string, unknown> = {};
    const newConnectionMs: Record<string, unknown> = {};
    for (const open of Object.values(ways)) await requests(open, 200);
    for (const [name, open] of Object.entries(ways)) keepAliveMs[name] = await requests(open, 1_000);
    for (const [name, open] of Object.entries(ways)) newConnectionMs[name] = await connections(open, 100);
    const events: Record<string, unknown> = {};
    for (const [name, open] of Object.entries(ways)) events[name] = await streams(open, 200);
    return {
      ...{ keepAliveMs, newConnectionMs, delayOf200EventStreamsMs: events },
      memoryOfAConnectionKiB: await memory(gateway, ways["injection"] ?? direct, 100),
      beside: mitm === null ? "mitmproxy is not installed" : mitm.version,
    };
  } finally {
    mitm?.stop();
    gateway.process.kill();
    upstream.process.kill();
  }
}

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
  const flags = ["-q", "-p", String(port), "--ssl-insecure", "--set", `confdir=${folder}`, "--modify-headers", `/~q/x-api-key/${key}`];
  const started = spawn("mitmdump", flags, { stdio: "ignore" });
  for (let at = 0; at < 200 && !(await isOpen(port)); at++) await new Promise((resolve) => setTimeout(resolve, 100));
  const stop = () => {
    started.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  };
  return { port, version: version.stdout.split("\n")[0] ?? "", stop };
}

/** One request after the other on one connection, HTTP/1.1. */
async function requests(open: (protocols: string[]) => Promise<TLSSocket>, count: number) {
  const socket = await open(["http/1.1"]);
  const times: number[] = [];
  for (let at = 0; at < count; at++) {
    const begun = performance.now();
    await get(socket, true);
    times.push(performance.now() - begun);
  }
  socket.destroy();
  return summary(times);
}

async function connections(open: (protocols: string[]) => Promise<TLSSocket>, count: number) {
  const times: number[] = [];
  for (let at = 0; at < count; at++) {
    const begun = performance.now();
    const socket = await open(["http/1.1"]);
    await get(socket, false);
    times.push(performance.now() - begun);
    socket.destroy();
  }
  return summary(times);
}

async function get(socket: TLSSocket, isKept: boolean): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const headers = { host, connection: isKept ? "keep-alive" : "close", "x-api-key": "placeholder" };
    const sent = httpRequest({ createConnection: () => socket, path: "/", headers });
    sent.once("response", (response) => response.resume().once("end", resolve));
    sent.once("error", reject).end();
    socket.setMaxListeners(0);
  });
}

/** How late events arrive, over one HTTP/2 connection. */
async function streams(open: (protocols: string[]) => Promise<TLSSocket>, count: number) {
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

async function memory(gateway: Party, open: (protocols: string[]) => Promise<TLSSocket>, count: number): Promise<number> {
  const measure = async () => {
    gateway.process.send("measure");
    return Measured.parse(await new Promise((resolve) => gateway.process.once("message", resolve))).rss;
  };
  const before = await measure();
  const sockets: TLSSocket[] = [];
  for (let at = 0; at < count; at++) {
    const socket = await open(["http/1.1"]);
    await get(socket, true);
    sockets.push(socket);
  }
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
    if (request.url !== "/events") {
      response.writeHead(200, { "content-type": "application/json" });
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

function serveGateway(): void {
  const port = Number(process.env["UPSTREAM_PORT"]);
  const done = () => undefined;
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
      decide: async () => ({
        kind: "allowed",
        injection: { secretName: "key", place: { kind: "header", name: "x-api-key", prefix: "" }, value: Secret.fromText(key) },
        tap: null,
        done,
      }),
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
