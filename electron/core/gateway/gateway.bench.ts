import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
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
import { execCeiling } from "./bench/exec-ceiling.ts";
import { type ClientQuestion, holder, origin, plainClient } from "./bench/plain-client.ts";
import { Allowlists } from "./allowlist/allowlists.ts";
import { Dialler } from "./dial/dialler.ts";
import { Gateway } from "./egress/gateway.ts";
import { EgressLedger } from "./egress/ledger.ts";
import type { BrokeredSecrets } from "./egress/request-broker.ts";

/**
 * The plain tunnel beside a direct loopback connection, two well-known proxies and the bare exec stream that carries it, with one
 * client script: throughput, latency of a request on an open connection and on a new one, 200 streams and 200 event streams at
 * once, and what an idle connection costs both ends. The proxies stand on the host: they cross no sandbox's border.
 */
export const bench = { name: "gateway", run };

const bytes = 128 * 1_024 * 1_024;
const idleConnections = 2_000;

async function run(): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-bench-"));
  const server = spawn(process.execPath, ["-e", origin], { stdio: ["ignore", "pipe", "inherit"] });
  const port = Number(await firstLine(server.stdout));
  try {
    return {
      loadAverage: loadavg()[0],
      direct: await onHost({ proxy: null, host: "127.0.0.1", port, bytes }),
      ...(await otherProxies(folder, port)),
      tunnelDocker: await throughTunnel(testDockerDriver, folder, port),
      tunnelLocal: await throughTunnel(() => testLocalDriver(join(folder, "sandboxes")), folder, port),
      loadAverageAfter: loadavg()[0],
    };
  } finally {
    server.kill();
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
    limits: { connectionsPerSecond: 10_000, burst: 10_000 },
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
    const question = { proxy, host: "bench.test", port, bytes };
    const figures = await inside(sandbox, question);
    const idle = await memoryOf(sandbox, { ...question, connections: idleConnections });
    return { openMs, ...figures, execAlone: await execCeiling(sandbox, bytes), kilobytesForAConnection: idle };
  } finally {
    await way.close();
    ledger.flush();
    await sandbox.remove();
    await driver.close();
    database.close();
    await audit.close();
  }
}

async function inside(sandbox: Sandbox, question: ClientQuestion): Promise<object> {
  const process = await sandbox.exec({ argv: ["node", "-e", plainClient, JSON.stringify(question)], cwd: sandbox.workspace });
  process.stderr.resume();
  let text = "";
  process.stdout.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
  await process.exited;
  return JSON.parse(text);
}

/** Resident memory that each end grows by, divided by the connections that stand open and idle. */
async function memoryOf(sandbox: Sandbox, question: ClientQuestion & { readonly connections: number }): Promise<object> {
  const settled = async () => {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 500));
    globalThis.gc?.();
    return { core: process.memoryUsage().rss / 1_024, relay: await relayKilobytes(sandbox) };
  };
  const before = await settled();
  const held = await sandbox.exec({ argv: ["node", "-e", holder, JSON.stringify(question)], cwd: sandbox.workspace });
  held.stderr.resume();
  const said = await firstLine(held.stdout);
  if (said !== "ready") return { failed: said };
  const after = await settled();
  await held.kill("SIGKILL");
  const each = (end: "core" | "relay") => Math.round(((after[end] - before[end]) / question.connections) * 10) / 10;
  return { connections: question.connections, core: each("core"), relay: each("relay") };
}

/** As the sandbox sees it: the relay is the process that was started with the bootstrap. */
async function relayKilobytes(sandbox: Sandbox): Promise<number> {
  const find = `for f in /proc/[0-9]*; do if tr '\\0\\n' '  ' < $f/cmdline 2>/dev/null | grep -q '^node .*gatehouseInput'; then grep VmRSS $f/status; fi; done`;
  const found = await sandbox.exec({ argv: ["sh", "-c", find], cwd: sandbox.workspace });
  found.stderr.resume();
  let text = "";
  found.stdout.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
  await found.exited;
  return Number(/VmRSS:\s+(\d+) kB/.exec(text)?.[1] ?? Number.NaN);
}

async function firstLine(stream: Readable): Promise<string> {
  return await new Promise((resolve) => stream.once("data", (chunk: Buffer) => resolve(chunk.toString("utf8").split("\n")[0] ?? "")));
}

async function onHost(question: ClientQuestion): Promise<object> {
  const child = spawn(process.execPath, ["-e", plainClient, JSON.stringify(question)], { stdio: ["ignore", "pipe", "inherit"] });
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
    return await onHost({ proxy: { host: "127.0.0.1", port: at }, host: "127.0.0.1", port, bytes });
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
