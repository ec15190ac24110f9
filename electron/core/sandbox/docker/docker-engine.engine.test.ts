import { once } from "node:events";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer, connect as netConnect, type AddressInfo, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Docker from "dockerode";
import { expect, onTestFinished, test } from "vitest";
import type { RunLimits } from "#shared/contract/task.ts";
import { describeWith } from "../../../testing/engines.ts";
import { temporaryFolder } from "../../../testing/temporary-folder.ts";
import { randomId } from "../../kernel/ids.ts";
import { systemClock } from "../../kernel/clock.ts";
import { silentLogger } from "../../kernel/logger.ts";
import type { SandboxDriver } from "../driver.ts";
import { collect, finish } from "../contract/kit.ts";
import { containerName } from "./container.ts";
import { createDockerDriver, type DockerDriverOptions } from "./docker-driver.ts";

const sandboxImage = fileURLToPath(new URL("../../../../resources/sandbox-image", import.meta.url));
const baseImage = process.env["GATEHOUSE_TEST_BASE_IMAGE"] ?? "gatehouse-test-base:latest";
const engineSocket = "/var/run/docker.sock";
const limits: RunLimits = { wallClockMinutes: 5, memoryMiB: 256, cpuPercent: 100, pids: 96, diskMiB: 1_024 };

describeWith("docker", "the Docker engine", () => {
  test("enforces the whole posture: nothing is weaker than the design's default", async () => {
    const driver = open();
    await driver.buildImage(() => undefined);
    const sandbox = await driver.create(spec());
    onTestFinished(() => sandbox.remove());
    const posture = await sandbox.inspectPosture();
    expect(posture.badge.weaker).toEqual([]);
    expect(posture.facts).toMatchObject({ network: "interfaces: lo", user: "uid 1000", seccomp: "filter", swap: "none" });
    expect((await driver.list()).find(({ id }) => id === sandbox.id)?.posture.weaker).toEqual([]);
  });

  test("a sandbox whose image has not been made is refused with what to do", async () => {
    const driver = open({ files: { sandboxImage: imageFolder("ARG BASE\nFROM ${BASE}\nRUN echo never built\n") } });
    expect((await driver.probe()).status.kind).toBe("needs-image");
    const { id, ...rest } = spec();
    await expect(driver.create({ id, ...rest })).rejects.toMatchObject({
      code: "IMAGE_NOT_FOUND",
      remedy: expect.stringContaining("Build"),
    });
    expect(await driver.attach(id)).toBeNull();
  });

  test("what it holds is measured for several at once, though the engine measures for one at a time", async () => {
    const driver = open();
    const sandbox = await driver.create(spec());
    onTestFinished(() => sandbox.remove());
    const measured = await Promise.all(Array.from({ length: 6 }, () => driver.diskUse()));
    for (const { sandboxes } of measured) expect([...sandboxes.keys()]).toEqual([sandbox.id]);
  });

  test("an image is built line by line, once, and is known afterwards", async () => {
    const driver = open({ files: { sandboxImage: imageFolder(`ARG BASE\nFROM \${BASE}\nRUN echo made for ${randomId("test")}\n`) } });
    const lines: string[] = [];
    await driver.buildImage((line) => lines.push(line));
    expect(lines.some((line) => /^Step 4\/\d+ : RUN echo made for/u.test(line))).toBe(true);
    expect((await driver.probe()).status.kind).toBe("ready");
    const again: string[] = [];
    await driver.buildImage((line) => again.push(line));
    expect(again).toEqual([]);
    await new Docker().getImage(lines.at(-1)?.split(" ").at(-1) ?? "").remove();
  });

  test("a build that fails names the step and its last words", async () => {
    const driver = open({
      files: { sandboxImage: imageFolder("ARG BASE\nFROM ${BASE}\nRUN echo the disk of cheese is missing >&2; exit 7\n") },
    });
    await expect(driver.buildImage(() => undefined)).rejects.toMatchObject({
      code: "IMAGE_BUILD_FAILED",
      message: expect.stringMatching(/Step 4\/\d+ : RUN[\s\S]*returned a non-zero code: 7[\s\S]*the disk of cheese is missing/),
      remedy: expect.stringContaining(baseImage),
    });
  });

  test("a Dockerfile that is not one fails in words", async () => {
    const driver = open({ files: { sandboxImage: imageFolder("THIS IS NOT A DOCKERFILE\n") } });
    await expect(driver.buildImage(() => undefined)).rejects.toMatchObject({ code: "IMAGE_BUILD_FAILED" });
  });

  test("a base image that is not to be had fails in words that name it", async () => {
    const driver = open({ baseImage: () => "localhost:1/no/such-base:none" });
    await expect(driver.buildImage(() => undefined)).rejects.toMatchObject({
      code: "IMAGE_BUILD_FAILED",
      remedy: expect.stringContaining("localhost:1/no/such-base:none"),
    });
  });

  test("a build that is called off leaves no image", async () => {
    const stop = new AbortController();
    const driver = open({ files: { sandboxImage: imageFolder(`ARG BASE\nFROM \${BASE}\nRUN sleep 20; echo ${randomId("test")}\n`) } });
    const building = driver.buildImage(() => stop.abort(), stop.signal);
    await expect(building).rejects.toMatchObject({ code: "CANCELLED" });
    expect((await driver.probe()).status.kind).toBe("needs-image");
  });

  test("a machine without an engine is told what to install", async () => {
    const driver = open({ environment: { DOCKER_HOST: `unix://${temporaryFolder()}/nothing.sock` } });
    expect((await driver.probe()).status).toMatchObject({
      kind: "missing",
      what: expect.stringContaining("nothing.sock"),
      remedy: expect.stringMatching(/Docker|Podman/),
    });
    await expect(driver.create(spec())).rejects.toMatchObject({ code: "ENGINE_UNREACHABLE" });
    await expect(driver.list()).rejects.toMatchObject({ code: "ENGINE_UNREACHABLE" });
  });

  test("an engine that accepts and never answers does not hold anybody up for long", async () => {
    const silent = await listen(
      createServer(() => undefined),
      join(temporaryFolder(), "silent.sock"),
    );
    const driver = open({ environment: { DOCKER_HOST: `unix://${silent}` } });
    expect((await driver.probe()).status).toMatchObject({ kind: "missing", what: expect.stringContaining("no answer within") });
  });

  test("when the engine dies, the sandbox's end, its processes and the next call all say so", async () => {
    const engine = await proxy(join(temporaryFolder(), "engine.sock"));
    const driver = open({ environment: { DOCKER_HOST: `unix://${engine.path}` } });
    await driver.buildImage(() => undefined);
    const sandbox = await driver.create(spec());
    onTestFinished(async () => (await open().attach(sandbox.id))?.remove());
    const process = await sandbox.exec({ argv: ["bash", "-c", "echo before; sleep 1000"], cwd: sandbox.workspace });
    await once(process.stdout, "readable");
    const text = collect(process.stdout);
    process.stderr.resume();
    await engine.die();
    expect(await sandbox.ended).toBe("The Docker engine went away.");
    expect(await process.exited).toEqual({ code: null, signal: "SIGKILL" });
    expect((await text).toString()).toBe("before\n");
    await expect(sandbox.exec({ argv: ["true"], cwd: "/" })).rejects.toMatchObject({ code: "ENGINE_UNREACHABLE" });
  });

  test("a sandbox ended by another hand settles with the reason", async () => {
    const driver = open();
    await driver.buildImage(() => undefined);
    const sandbox = await driver.create(spec());
    onTestFinished(() => sandbox.remove());
    await new Docker().getContainer(containerName(installId, sandbox.id)).kill();
    expect(await sandbox.ended).toBe("The sandbox was killed.");
    expect((await driver.list()).find(({ id }) => id === sandbox.id)?.state).toBe("stopped");
  });

  test("a volume whose container somebody removed is found and removed", async () => {
    const driver = open();
    await driver.buildImage(() => undefined);
    const sandbox = await driver.create(spec());
    await new Docker().getContainer(containerName(installId, sandbox.id)).remove({ force: true });
    expect((await driver.list()).find(({ id }) => id === sandbox.id)).toMatchObject({ state: "stopped", taskId: "t-engine" });
    const left = await open().attach(sandbox.id);
    expect(await left?.ended).toMatch(/files/);
    await left?.remove();
    expect((await driver.list()).map(({ id }) => id)).not.toContain(sandbox.id);
  });

  test("a container that took our name without our label is left alone", async () => {
    const id = randomId("foreign");
    const docker = new Docker();
    const foreign = await docker.createContainer({ name: containerName(installId, id), Image: baseImage, Cmd: ["true"] });
    onTestFinished(() => foreign.remove({ force: true }));
    const driver = open();
    expect(await driver.attach(id)).toBeNull();
    expect((await driver.list()).map((row) => row.id)).not.toContain(id);
    await expect(driver.create({ ...spec(), id })).rejects.toMatchObject({ code: "SANDBOX_FAILED" });
    expect((await foreign.inspect()).Name).toContain(id);
  });

  test("an engine over TCP carries a process with both ends of its streams", async () => {
    const engine = await proxy(0);
    await works(open({ environment: { DOCKER_HOST: `tcp://127.0.0.1:${engine.port}` } }));
  });

  test("an engine over ssh is reached through the person's own ssh", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "ssh"), `#!/bin/sh\nprintf '%s\\n' "$*" >> "${folder}/words"\nexec socat - UNIX-CONNECT:${engineSocket}\n`);
    chmodSync(join(folder, "ssh"), 0o755);
    const path = process.env["PATH"];
    process.env["PATH"] = `${folder}:${path}`;
    onTestFinished(() => void (process.env["PATH"] = path));
    await works(open({ environment: { DOCKER_HOST: "ssh://me@builder.example:2222" } }));
  });
});

const installId = `engine-${process.pid}`;

function open(options: Partial<DockerDriverOptions> = {}): SandboxDriver {
  const driver = createDockerDriver({
    installId,
    files: { sandboxImage },
    baseImage: () => baseImage,
    clock: systemClock,
    logger: silentLogger(),
    ...options,
  });
  onTestFinished(() => driver.close());
  return driver;
}

function spec() {
  return { id: randomId("engine"), taskId: "t-engine", runId: "r-engine", limits };
}

function imageFolder(dockerfile: string): string {
  const folder = join(temporaryFolder(), "image");
  mkdirSync(folder);
  writeFileSync(join(folder, "Dockerfile"), dockerfile);
  return folder;
}

async function works(driver: SandboxDriver): Promise<void> {
  expect((await driver.probe()).status.kind).toMatch(/ready|needs-image/);
  await driver.buildImage(() => undefined);
  const sandbox = await driver.create(spec());
  onTestFinished(() => sandbox.remove());
  const process = await sandbox.exec({ argv: ["bash", "-c", "cat; echo done; exit 3"], cwd: sandbox.workspace });
  process.stdin.end("over the wire\n");
  expect(await finish(process)).toEqual({ out: "over the wire\ndone\n", err: "", exit: { code: 3, signal: null } });
}

/** The real engine behind a socket of our own, so that it can die without dying. */
async function proxy(at: string | number) {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = netConnect({ path: engineSocket, allowHalfOpen: true });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
    }
    client.pipe(upstream);
    upstream.pipe(client);
  });
  const path = await listen(server, at);
  return {
    path,
    port: portOf(server),
    die: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function listen(server: Server, at: string | number): Promise<string> {
  await new Promise<void>((resolve) => {
    if (typeof at === "string") server.listen(at, resolve);
    else server.listen(at, "127.0.0.1", resolve);
  });
  server.unref();
  onTestFinished(() => void server.close());
  return String(at);
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
