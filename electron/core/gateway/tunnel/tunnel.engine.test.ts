import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { RunLimits } from "#shared/contract/task.ts";
import { builtScript } from "../../../testing/built-script.ts";
import { describeWith } from "../../../testing/engines.ts";
import { floodingRelay } from "../../../testing/flooding-relay.ts";
import { openGatewayBench } from "../../../testing/gateway-bench.ts";
import { connectTo, exchangeInside } from "../../../testing/sandbox-client.ts";
import { testDockerDriver, testLocalDriver } from "../../../testing/scripted-egress.ts";
import { systemClock } from "../../kernel/clock.ts";
import { randomId } from "../../kernel/ids.ts";
import { silentLogger } from "../../kernel/logger.ts";
import { finish } from "../../sandbox/contract/kit.ts";
import type { Sandbox, SandboxDriver } from "../../sandbox/driver.ts";
import { withEnvironment } from "../../sandbox/with-environment.ts";
import { wireTrust } from "../broker/trust.ts";
import { RunAuthority } from "../intercept/run-authority.ts";
import type { TunnelStream } from "./http2/tunnel-stream.ts";
import { Tunnel } from "./tunnel.ts";

describeWith("docker", "the tunnel of a Docker sandbox", () => suite(testDockerDriver));
describeWith("local-sandbox", "the tunnel of a local sandbox", () => suite(testLocalDriver));

function suite(open: (dataFolder: string) => SandboxDriver): void {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-tunnel-"));
  const driver = open(folder);
  afterAll(async () => {
    await driver.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("where no Node is found the way out is refused with what to do, and nothing has a network", async () => {
    const sandbox = await sandboxOf(driver);
    const without = withEnvironment(sandbox, { PATH: "/nowhere" });
    await expect(openTunnel(without, await relay())).rejects.toMatchObject({
      code: "SANDBOX_FAILED",
      message: expect.stringContaining("there is no Node in the sandbox image"),
      remedy: expect.stringContaining("Node 18 or newer"),
    });
    const { out } = await finish(
      await sandbox.exec({ argv: ["sh", "-c", "cat /proc/net/dev | tail -n +3 | cut -d: -f1; cat /proc/net/tcp | wc -l"], cwd: "/" }),
    );
    expect(out.trim().split(/\s+/)).toEqual(["lo", "1"]);
  });

  test("where there is nothing but Node, no git, curl or shell tools, the way out is open and programs are told whom to trust", async () => {
    const sandbox = await sandboxOf(driver);
    const only = "mkdir only && ln -s $(command -v node) only/node";
    await finish(await sandbox.exec({ argv: ["sh", "-c", only], cwd: sandbox.workspace }));
    const bare = withEnvironment(sandbox, { PATH: `${sandbox.workspace}/only` });
    const tunnel = await openTunnel(bare, await relay());
    expect(tunnel.port).toBeGreaterThan(0);
    const authority = new RunAuthority(systemClock).certificate;
    const { NODE_EXTRA_CA_CERTS: file = "" } = await wireTrust(bare, [authority], new AbortController().signal);
    const read = `process.stdout.write(require("fs").readFileSync(${JSON.stringify(file)}, "utf8"))`;
    const { out } = await finish(await bare.exec({ argv: ["node", "-e", read], cwd: "/" }));
    expect(out.trim()).toBe(authority.trim());
  });

  test("a Node that is too old is refused by its version", async () => {
    const sandbox = await sandboxOf(driver);
    const old = `mkdir -p old && printf '#!/bin/sh\\necho "node is v16.20.2" >&2\\nexit 3\\n' > old/node && chmod 755 old/node`;
    await finish(await sandbox.exec({ argv: ["sh", "-c", old], cwd: sandbox.workspace }));
    const without = withEnvironment(sandbox, { PATH: `${sandbox.workspace}/old:/usr/bin:/bin` });
    await expect(openTunnel(without, await relay())).rejects.toMatchObject({
      code: "SANDBOX_FAILED",
      message: expect.stringContaining("node is v16.20.2"),
    });
  });

  test("a relay that dies takes its connections along, none of which counts as done, and the next ones are served", async () => {
    const bench = await openGatewayBench(driver);
    const port = await endlessServer();
    bench.resolver.set("allowed.test", ["127.0.0.1"]);
    bench.host.allow(`egress(allowed.test:${port})`, `egress(127.0.0.1:${port})`);
    const script = `
      const net = require("net"); const proxy = new URL(process.env.HTTP_PROXY); const ends = []; let streaming = 0;
      for (let i = 0; i < 40; i++) { const s = net.connect(proxy.port, proxy.hostname); let bytes = 0;
        s.write("CONNECT allowed.test:${port} HTTP/1.1\\r\\nHost: allowed.test:${port}\\r\\n\\r\\n");
        s.on("data", (c) => { if (bytes < 65536 && bytes + c.length >= 65536 && ++streaming === 40) console.log("streaming"); bytes += c.length; });
        s.on("error", () => {});
        s.on("close", () => { ends.push(bytes); if (ends.length === 40) { console.log("all ended"); process.exit(0); } }); }`;
    const client = await bench.sandbox.exec({ argv: ["node", "-e", script], cwd: bench.sandbox.workspace });
    client.stderr.resume();
    let said = "";
    client.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
    await expect.poll(() => said, { timeout: 20_000 }).toContain("streaming");
    const kill = `for f in /proc/[0-9]*/cmdline; do if tr "\\0" " " < $f 2>/dev/null | grep -q gatehouseInput; then p=\${f#/proc/}; kill -9 \${p%/cmdline}; fi; done 2>/dev/null; true`;
    await finish(await bench.sandbox.exec({ argv: ["bash", "-c", kill], cwd: bench.sandbox.workspace }));
    await client.exited;
    expect(said).toContain("all ended");
    await expect
      .poll(async () => (await exchangeInside(bench.sandbox, [connectTo(`allowed.test:${port}`)]))[0]?.slice(0, 12), { timeout: 30_000 })
      .toBe("HTTP/1.1 200");
    await expect.poll(() => bench.rows().filter(({ status }) => status === "failed").length).toBe(40);
    expect(bench.host.failures).toEqual([]);
  });

  test("a relay that floods core and never reads costs it little memory and little of its time", async () => {
    const sandbox = await sandboxOf(driver);
    const streams: TunnelStream[] = [];
    const before = process.memoryUsage().rss;
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const tunnel = await openTunnel(sandbox, Buffer.from(floodingRelay), (stream) => {
      streams.push(stream.on("error", () => {}));
      // Some are read, some are not; all are written to without end.
      if (streams.length % 2 === 0) stream.resume();
      endless().pipe(stream);
    });
    await expect.poll(() => streams.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(1_000);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    delay.disable();
    expect(process.memoryUsage().rss - before).toBeLessThan(450 * 1_024 * 1_024);
    expect(delay.percentile(90) / 1e6).toBeLessThan(100);
    await tunnel.close();
    await expect.poll(() => streams.every((stream) => stream.destroyed)).toBe(true);
  });
}

async function sandboxOf(driver: SandboxDriver): Promise<Sandbox> {
  await driver.buildImage(() => {});
  const ids = { taskId: randomId("t"), runId: randomId("run") };
  const sandbox = await driver.create({ id: randomId("sbx"), ...ids, limits: RunLimits.parse({}) });
  onTestFinished(async () => await sandbox.remove());
  return sandbox;
}

async function openTunnel(sandbox: Sandbox, script: Buffer, onConnection: (stream: TunnelStream) => void = () => {}): Promise<Tunnel> {
  const parts = { sandbox, relay: script, clock: systemClock, logger: silentLogger(), onConnection, onLost: () => {} };
  const tunnel = await Tunnel.open(parts, new AbortController().signal);
  onTestFinished(async () => await tunnel.close());
  return tunnel;
}

async function relay(): Promise<Buffer> {
  return await readFile(await builtScript("electron/core/gateway/tunnel/relay/main.ts"));
}

function endless(): Readable {
  const block = Buffer.alloc(65_536, "x");
  return new Readable({
    read() {
      this.push(block);
    },
  });
}

async function endlessServer(): Promise<number> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.resume();
    const block = Buffer.alloc(16_384, "x");
    const timer = setInterval(() => socket.writableLength < 65_536 && socket.write(block), 20);
    socket.once("close", () => clearInterval(timer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening");
  return address.port;
}
