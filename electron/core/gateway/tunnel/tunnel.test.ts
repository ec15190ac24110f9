import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Readable } from "node:stream";
import { expect, onTestFinished, test } from "vitest";
import { builtScript } from "../../../testing/built-script.ts";
import { floodingRelay } from "../../../testing/flooding-relay.ts";
import { ProcessSandbox } from "../../../testing/process-sandbox.ts";
import { temporaryFolder } from "../../../testing/temporary-folder.ts";
import { systemClock } from "../../kernel/clock.ts";
import { silentLogger } from "../../kernel/logger.ts";
import type { ExecSpec, Sandbox, SandboxProcess } from "../../sandbox/driver.ts";
import { withEnvironment } from "../../sandbox/with-environment.ts";
import type { TunnelStream } from "./http2/tunnel-stream.ts";
import { Tunnel } from "./tunnel.ts";

test("where no Node is found the way out is refused with what to do", async () => {
  const { sandbox } = watched();
  await expect(openTunnel(withEnvironment(sandbox, { PATH: "/nowhere" }), await relay())).rejects.toMatchObject({
    code: "SANDBOX_FAILED",
    message: expect.stringContaining("there is no Node in the sandbox image"),
    remedy: expect.stringContaining("Node 18 or newer"),
  });
});

test("a Node that is too old is refused by its version", async () => {
  const { sandbox } = watched();
  const folder = join(sandbox.workspace, "old");
  mkdirSync(folder);
  writeFileSync(join(folder, "node"), '#!/bin/sh\necho "node is v16.20.2" >&2\nexit 3\n');
  chmodSync(join(folder, "node"), 0o755);
  await expect(openTunnel(withEnvironment(sandbox, { PATH: `${folder}:/usr/bin:/bin` }), await relay())).rejects.toMatchObject({
    code: "SANDBOX_FAILED",
    message: expect.stringContaining("node is v16.20.2"),
  });
});

test("a relay that dies takes its connections along, none of which core takes for ended in order, and comes back at the same place", async () => {
  const { sandbox, processes } = watched();
  const lost: string[] = [];
  const streams: TunnelStream[] = [];
  const tunnel = await openTunnel(
    sandbox,
    await relay(),
    (stream) => {
      streams.push(stream.on("error", () => {}));
      endless().pipe(stream);
    },
    (why) => void lost.push(why),
  );
  const clients = Array.from({ length: 40 }, () => client(tunnel.port));
  await expect.poll(() => clients.every((one) => one.bytes() > 100_000), { timeout: 15_000 }).toBe(true);
  await processes[0]?.kill("SIGKILL");
  await expect.poll(() => clients.every((one) => one.isClosed()), { timeout: 10_000 }).toBe(true);
  await expect.poll(() => streams.every((stream) => stream.destroyed && !stream.readableEnded)).toBe(true);
  // Its streams close before its exit is known.
  await expect.poll(() => lost).toEqual(["the relay was ended by SIGKILL"]);
  await expect
    .poll(
      async () => {
        const next = client(tunnel.port);
        await new Promise((resolve) => setTimeout(resolve, 300));
        return next.bytes();
      },
      { timeout: 15_000 },
    )
    .toBeGreaterThan(0);
});

test("a relay that floods core and never reads costs it little memory and little of its time", async () => {
  const { sandbox } = watched();
  const streams: TunnelStream[] = [];
  const before = process.memoryUsage().rss;
  const delay = monitorEventLoopDelay({ resolution: 5 });
  const tunnel = await openTunnel(sandbox, Buffer.from(floodingRelay), (stream) => {
    streams.push(stream.on("error", () => {}));
    // Some are read, some are not; all are written to without end.
    if (streams.length % 2 === 0) stream.resume();
    endless().pipe(stream);
  });
  await expect.poll(() => streams.length, { timeout: 15_000 }).toBeGreaterThanOrEqual(1_000);
  delay.enable();
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  delay.disable();
  expect(process.memoryUsage().rss - before).toBeLessThan(450 * 1_024 * 1_024);
  expect(delay.percentile(90) / 1e6).toBeLessThan(100);
  await tunnel.close();
  await expect.poll(() => streams.every((stream) => stream.destroyed)).toBe(true);
});

/** Plain processes; each that was started is there to be looked at. */
function watched(): { readonly sandbox: Sandbox; readonly processes: readonly SandboxProcess[] } {
  const plain = new ProcessSandbox(temporaryFolder());
  const processes: SandboxProcess[] = [];
  const exec = async (spec: ExecSpec, signal?: AbortSignal) => {
    const started = await plain.exec(spec, signal);
    processes.push(started);
    return started;
  };
  onTestFinished(async () => await plain.remove());
  return { sandbox: { ...withEnvironment(plain, {}), exec }, processes };
}

async function openTunnel(
  sandbox: Sandbox,
  script: Buffer,
  onConnection: (stream: TunnelStream) => void = () => {},
  onLost: (why: string) => void = () => {},
): Promise<Tunnel> {
  const parts = { sandbox, relay: script, clock: systemClock, logger: silentLogger(), onConnection, onLost };
  const tunnel = await Tunnel.open(parts, new AbortController().signal);
  onTestFinished(async () => await tunnel.close());
  return tunnel;
}

async function relay(): Promise<Buffer> {
  return await readFile(await builtScript("electron/core/gateway/tunnel/relay/main.ts"));
}

function client(port: number) {
  let [bytes, isClosed] = [0, false];
  const socket = connect(port, "127.0.0.1");
  socket.on("data", (chunk: Buffer) => (bytes += chunk.length));
  socket.on("error", () => {});
  socket.on("close", () => (isClosed = true));
  onTestFinished(() => void socket.destroy());
  return { bytes: () => bytes, isClosed: () => isClosed };
}

function endless(): Readable {
  const block = Buffer.alloc(65_536, "x");
  return new Readable({
    read() {
      this.push(block);
    },
  });
}
