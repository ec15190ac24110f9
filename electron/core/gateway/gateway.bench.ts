import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RepositoryId, RunId, TaskId } from "#shared/contract/ids.ts";
import { RunLimits } from "#shared/contract/task.ts";
import { fixtureKey } from "../../testing/fixture-database.ts";
import { ScriptedEgressHost, ScriptedResolver, testDockerDriver, testLocalDriver } from "../../testing/scripted-egress.ts";
import { openAuditLog } from "../audit/open-audit-log.ts";
import { systemClock } from "../kernel/clock.ts";
import { randomId } from "../kernel/ids.ts";
import { silentLogger } from "../kernel/logger.ts";
import { runtimeFiles } from "../runtime-files.ts";
import type { Sandbox, SandboxDriver } from "../sandbox/driver.ts";
import { openDatabase } from "../storage/open-database.ts";
import { Allowlists } from "./allowlist/allowlists.ts";
import { Dialler } from "./dial/dialler.ts";
import { Gateway } from "./egress/gateway.ts";
import { EgressLedger } from "./egress/ledger.ts";
import type { BrokeredSecrets } from "./egress/request-broker.ts";

/**
 * The plain tunnel beside a direct loopback connection and beside two well-known proxies, with one client
 * script: throughput, latency of a request on an open connection and on a new one, 200 streams at once, and
 * what one open connection costs core.
 */
export const bench = { name: "gateway", run };

const bytes = 192 * 1_024 * 1_024;
const connections = 200;

const client = `
const net = require("net");
const { proxy, host, port, bytes, connections } = JSON.parse(process.argv[1]);
const open = () => new Promise((resolve, reject) => {
  const s = proxy ? net.connect(proxy.port, proxy.host) : net.connect(port, "127.0.0.1");
  s.setNoDelay(true); s.on("error", reject);
  s.once("connect", () => {
    if (!proxy) return resolve(s);
    s.write("CONNECT " + host + ":" + port + " HTTP/1.1\\r\\nHost: " + host + ":" + port + "\\r\\n\\r\\n");
    let t = "";
    s.on("data", function take(c) { t += c.toString("latin1"); if (!t.includes("\\r\\n\\r\\n")) return; s.off("data", take); if (/^HTTP\\/1.. 200/.test(t)) resolve(s); else reject(new Error(t.slice(0, 80))); });
  });
});
const ask = (s, path, last) => new Promise((resolve, reject) => {
  let head = "", left = -1; s.removeAllListeners("data"); s.removeAllListeners("error"); s.on("error", reject);
  s.on("data", (c) => {
    if (left < 0) { head += c.toString("latin1"); const end = head.indexOf("\\r\\n\\r\\n"); if (end < 0) return; left = Number(/content-length: (\\d+)/i.exec(head)[1]) - (head.length - end - 4); }
    else left -= c.length;
    if (left <= 0) resolve();
  });
  s.write("GET " + path + " HTTP/1.1\\r\\nHost: x\\r\\n" + (last ? "Connection: close\\r\\n" : "") + "\\r\\n");
});
const percentiles = (v) => { v.sort((a, b) => a - b); const r = (x) => Math.round(x * 100) / 100; return { p50: r(v[v.length >> 1]), p99: r(v[Math.floor(v.length * 0.99)]) }; };
(async () => {
  const figures = {};
  { const s = await open(); const t = performance.now(); await ask(s, "/bytes/" + bytes, true); figures.downloadMBps = Math.round(bytes / 1e3 / (performance.now() - t)); s.destroy(); }
  { const s = await open(); const v = []; for (let i = 0; i < 600; i++) { const t = performance.now(); await ask(s, "/ping"); v.push(performance.now() - t); } figures.requestMs = percentiles(v.slice(100)); s.destroy(); }
  { const v = []; for (let i = 0; i < 220; i++) { const t = performance.now(); const s = await open(); await ask(s, "/ping", true); v.push(performance.now() - t); s.destroy(); } figures.newConnectionMs = percentiles(v.slice(20)); }
  { const t = performance.now(); const each = Math.floor(bytes / 2 / connections); await Promise.all(Array.from({ length: connections }, async () => { const s = await open(); await ask(s, "/bytes/" + each, true); s.destroy(); })); figures.streams200MBps = Math.round((each * connections) / 1e3 / (performance.now() - t)); }
  console.log(JSON.stringify(figures));
})().catch((e) => { console.log(JSON.stringify({ failed: String(e.message) })); process.exit(0); });
`;

const holder = `
const net = require("net"); const { proxy, host, port, connections } = JSON.parse(process.argv[1]); let ready = 0;
for (let i = 0; i < connections; i++) { const s = net.connect(proxy.port, proxy.host); s.write("CONNECT " + host + ":" + port + " HTTP/1.1\\r\\n\\r\\n"); s.once("data", () => { if (++ready === connections) console.log("ready"); }); s.on("error", () => {}); }
setInterval(() => {}, 1000);
`;

async function run(): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-bench-"));
  const block = Buffer.alloc(65_536, "x");
  const server = createServer((request, response) => {
    const wanted = Number(/^\/bytes\/(\d+)$/.exec(request.url ?? "")?.[1] ?? 2);
    response.setHeader("content-length", wanted);
    let left = wanted;
    const more = () => {
      while (left > 0) {
        const part = left >= block.length ? block : block.subarray(0, left);
        left -= part.length;
        if (response.write(part)) continue;
        response.once("drain", more);
        return;
      }
      response.end();
    };
    more();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  try {
    return {
      direct: await onHost({ proxy: null, host: "127.0.0.1", port, bytes, connections }),
      ...(await otherProxies(folder, port)),
      tunnelDocker: await throughTunnel(testDockerDriver, folder, port),
      tunnelLocal: await throughTunnel(() => testLocalDriver(join(folder, "sandboxes")), folder, port),
    };
  } finally {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const noSecrets: BrokeredSecrets = {
  bound: () => [],
  sentinelFor: (name) => name,
  namesIn: () => [],
  lend: async () => {
    throw new Error("There is no secret.");
  },
};

async function throughTunnel(make: () => SandboxDriver, folder: string, port: number): Promise<unknown> {
  const driver = make();
  const { status } = await driver.probe();
  if (status.kind === "missing") return { skipped: status.what };
  await driver.buildImage(() => {});
  const ids = { taskId: TaskId.parse(randomId("t")), runId: RunId.parse(randomId("run")) };
  const home = mkdtempSync(join(folder, "core-"));
  const common = { clock: systemClock, logger: silentLogger() };
  const audit = await openAuditLog({ folder: home, ...common });
  const database = openDatabase({ file: join(home, "gatehouse.db"), key: fixtureKey(), ...common });
  const sandbox = await driver.create({
    id: randomId("sbx"),
    ...ids,
    limits: RunLimits.parse({}),
    software: { tools: [], packages: null },
  });
  const host = new ScriptedEgressHost();
  const resolver = new ScriptedResolver();
  resolver.set("bench.test", ["127.0.0.1"]);
  host.allow(`egress(bench.test:${port})`, `egress(127.0.0.1:${port})`);
  const ledger = new EgressLedger({ database, ...common });
  const files = runtimeFiles(process.cwd());
  const gateway = new Gateway({
    files,
    ledger,
    allowlists: new Allowlists({ database, audit, clock: systemClock }),
    audit,
    ...common,
    dialler: new Dialler(resolver),
  });
  const repositoryId = RepositoryId.parse(randomId("repo"));
  const begun = performance.now();
  const way = await gateway.open(
    {
      ...ids,
      repositoryId,
      agentId: "bench",
      sandbox,
      host,
      secrets: noSecrets,
      onBudgetStop: () => undefined,
      onModelAnswer: () => undefined,
    },
    new AbortController().signal,
  );
  const openMs = Math.round(performance.now() - begun);
  const proxy = { host: "127.0.0.1", port: Number(new URL(way.environment["HTTP_PROXY"] ?? "").port) };
  try {
    const question = { proxy, host: "bench.test", port, bytes, connections };
    const figures = await inside(sandbox, question);
    return { openMs, ...figures, kilobytesOfCoreForAConnection: await memoryOf(sandbox, question) };
  } finally {
    await way.close();
    ledger.flush();
    await sandbox.remove();
    await driver.close();
    database.close();
    await audit.close();
  }
}

async function inside(sandbox: Sandbox, question: object): Promise<object> {
  const process = await sandbox.exec({ argv: ["node", "-e", client, JSON.stringify(question)], cwd: sandbox.workspace });
  process.stderr.resume();
  let text = "";
  process.stdout.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
  await process.exited;
  return JSON.parse(text);
}

/** Resident memory that core grows by, divided by the connections that stand open and idle. */
async function memoryOf(sandbox: Sandbox, question: object): Promise<number> {
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  const held = await sandbox.exec({ argv: ["node", "-e", holder, JSON.stringify(question)], cwd: sandbox.workspace });
  held.stderr.resume();
  await new Promise<void>((resolve) => held.stdout.once("data", () => resolve()));
  globalThis.gc?.();
  const grown = process.memoryUsage().rss - before;
  await held.kill("SIGKILL");
  return Math.round(Math.max(0, grown) / 1_024 / connections);
}

async function onHost(question: object): Promise<object> {
  const child = spawn(process.execPath, ["-e", client, JSON.stringify(question)], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
  await new Promise<void>((resolve) => child.once("close", () => resolve()));
  return JSON.parse(text);
}

/** Debian's packages, where they are installed: `apt-get install squid tinyproxy`. */
async function otherProxies(folder: string, port: number): Promise<Record<string, unknown>> {
  const squid = `http_port 127.0.0.1:${port + 1}\nhttp_access allow all\ncache deny all\naccess_log none\ncache_log /dev/null\npid_filename ${folder}/squid.pid\ncoredump_dir ${folder}\nshutdown_lifetime 0 seconds\n`;
  const tiny = `Port ${port + 2}\nListen 127.0.0.1\nTimeout 60\nMaxClients 400\nLogLevel Critical\nLogFile "/dev/null"\n`;
  writeFileSync(join(folder, "squid.conf"), squid);
  writeFileSync(join(folder, "tinyproxy.conf"), tiny);
  return {
    squid: await beside("/usr/sbin/squid", ["-N", "-f", join(folder, "squid.conf")], port + 1, port),
    tinyproxy: await beside("/usr/bin/tinyproxy", ["-d", "-c", join(folder, "tinyproxy.conf")], port + 2, port),
  };
}

async function beside(program: string, parameters: readonly string[], at: number, port: number): Promise<unknown> {
  if (!existsSync(program)) return { skipped: `${program} is not installed; on Debian: apt-get install squid tinyproxy` };
  const child = spawn(program, parameters, { stdio: "ignore" });
  try {
    if (!(await answers(at))) return { skipped: `${program} did not start` };
    return await onHost({ proxy: { host: "127.0.0.1", port: at }, host: "127.0.0.1", port, bytes, connections });
  } finally {
    child.kill("SIGKILL");
  }
}

async function answers(port: number): Promise<boolean> {
  for (let tries = 0; tries < 100; tries += 1) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("connect", () => resolve(true));
      socket.once("error", () => resolve(false));
      socket.once("close", () => socket.destroy());
      setTimeout(() => socket.destroy(), 500);
    });
    if (isOpen) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}
