import { afterAll, beforeAll, expect, test } from "vitest";
import type { Task } from "#shared/contract/task.ts";
import { agentsIn } from "../../testing/agents-in.ts";
import { checkoutRoot } from "../../testing/checkout-root.ts";
import { describeWith } from "../../testing/engines.ts";
import { OwnDockerEngine } from "../../testing/own-docker-engine.ts";
import { steps, TaskBench } from "../../testing/task-bench.ts";
import { systemClock } from "../kernel/clock.ts";
import { silentLogger } from "../kernel/logger.ts";
import { runtimeFiles } from "../runtime-files.ts";
import { createDockerDriver } from "../sandbox/docker/docker-driver.ts";
import { imageName } from "../sandbox/docker/image.ts";

const baseImage = process.env["GATEHOUSE_TEST_BASE_IMAGE"] ?? "gatehouse-test-base:latest";

/** An engine that has the sandbox image. */
async function ownEngine(): Promise<OwnDockerEngine> {
  const files = runtimeFiles(checkoutRoot());
  const parts = { installId: "i-restarts00000000", files, baseImage: () => baseImage, clock: systemClock, logger: silentLogger() };
  const driver = createDockerDriver(parts);
  await driver.buildImage(() => undefined);
  await driver.close();
  return await OwnDockerEngine.start([baseImage, await imageName({ folder: files.sandboxImage, baseImage })]);
}

async function waiting(bench: TaskBench): Promise<Task> {
  const task = await bench.start(steps({ write: "kept.txt", content: "kept\n" }, { say: "Waiting." }, { sleep: 120_000 }));
  await expect
    .poll(async () => (await bench.timeline(task)).some((entry) => entry.kind === "message" && entry.text.includes("Waiting.")), {
      timeout: 60_000,
    })
    .toBe(true);
  return task;
}

async function goesOn(bench: TaskBench, task: Task): Promise<void> {
  await bench.client.tasks.message({ id: task.id, text: steps({ write: "more.txt", content: "more\n" }) });
  await bench.until(task, "review");
  expect((await bench.client.tasks.diff({ id: task.id })).files.map(({ path }) => path)).toEqual(["kept.txt", "more.txt"]);
  await expect(bench.client.audit.verify({})).resolves.toMatchObject({ result: "intact" });
}

describeWith("own-docker", "an engine that restarts under a run", () => {
  let engine: OwnDockerEngine;
  const before = process.env["DOCKER_HOST"];

  beforeAll(async () => {
    engine = await ownEngine();
    process.env["DOCKER_HOST"] = engine.host;
  });
  afterAll(async () => {
    if (before === undefined) delete process.env["DOCKER_HOST"];
    else process.env["DOCKER_HOST"] = before;
    await engine[Symbol.asyncDispose]();
  });

  test("ends the run in words with a remedy; once it is back, the task goes on in its worktree", async () => {
    await using bench = await TaskBench.open("docker");
    const task = await waiting(bench);
    await engine.stop();
    const { state } = await bench.until(task, "stopped");
    expect(state).toMatchObject({ reason: { kind: "failed", stage: "working", remedy: expect.stringMatching(/\w/) } });
    const [docker] = await bench.client.sandboxes.engines({});
    expect(docker?.status).toMatchObject({ kind: "missing", remedy: expect.stringMatching(/start/i) });
    await engine.start();
    await goesOn(bench, task);
    expect(engine.docker("ps", "-q")).toBe("");
  });

  test("with sandboxes that outlive it, leaves no agent at work that nobody holds, and the task goes on", async () => {
    await engine.stop();
    await engine.start("--live-restore");
    await using bench = await TaskBench.open("docker");
    const task = await waiting(bench);
    const container = engine.docker("ps", "-q");
    await engine.stop();
    await engine.start("--live-restore");
    const { state } = await bench.until(task, "stopped");
    expect(state).toMatchObject({ reason: { kind: "failed", remedy: expect.stringMatching(/\w/) } });
    await expect.poll(() => agentsIn(container), { timeout: 30_000 }).toBe(0);
    await expect.poll(() => engine.docker("ps", "-q"), { timeout: 30_000 }).toBe("");
    await goesOn(bench, task);
  });
});
