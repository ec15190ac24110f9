import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { expect, test } from "vitest";
import type { Task } from "#shared/contract/task.ts";
import { describeWith } from "../../testing/engines.ts";
import { steps, TaskBench } from "../../testing/task-bench.ts";

/** The engine as it is reached over a network, which can be cut and comes back. */
async function engineOverNetwork() {
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer({ allowHalfOpen: true }, (near): void => {
    if (isCut) return void near.destroy();
    const far = connect({ path: "/var/run/docker.sock", allowHalfOpen: true });
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    }
    near.pipe(far).pipe(near);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
  return {
    host: `tcp://127.0.0.1:${address.port}`,
    cut: () => {
      isCut = true;
      for (const socket of sockets) socket.destroy();
    },
    mend: () => {
      isCut = false;
    },
    [Symbol.dispose]: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

function containerOf(id: Task["id"]): string {
  return execFileSync("docker", ["ps", "-q", "--filter", `label=dev.gatehouse.task=${id}`], { encoding: "utf8" }).trim();
}

async function failure(bench: TaskBench, task: Pick<Task, "id">) {
  const { state } = await bench.until(task, "stopped");
  if (state.state !== "stopped" || state.reason.kind !== "failed") throw new Error(`It did not fail: ${JSON.stringify(state)}`);
  return state.reason;
}

/** Takes memory until it is ended. */
const hungry = `node -e "const all=[];setInterval(()=>all.push(Buffer.alloc(64e6,1)),20)"`;

async function hungryTask(bench: TaskBench, command: string): Promise<Task> {
  const created = await bench.client.tasks.create({
    ...{
      title: "Hungry",
      prompt: steps({ write: "kept.txt", content: "kept\n" }, { ask: command, options: ["allow_once", "reject_once"] }),
    },
    ...{ repositoryId: bench.repositoryId, baseBranch: null, agentId: "practice" },
    limits: { wallClockMinutes: 2, memoryMiB: 192, cpuPercent: 100, pids: 128, diskMiB: 1_024 },
  });
  return await bench.client.tasks.start({ id: created.id });
}

describeWith("docker", "what can go wrong under a run", () => {
  test("a container that is killed ends the run in words, with a remedy, and the task goes on in its worktree", async () => {
    await using bench = await TaskBench.open("docker");
    const task = await bench.start(steps({ write: "kept.txt", content: "kept\n" }, { say: "Waiting." }, { sleep: 60_000 }));
    await expect
      .poll(async () => (await bench.timeline(task)).some((entry) => entry.kind === "message" && entry.text.includes("Waiting.")), {
        timeout: 60_000,
      })
      .toBe(true);
    execFileSync("docker", ["kill", containerOf(task.id)]);
    const reason = await failure(bench, task);
    expect(reason).toMatchObject({ stage: "working", message: expect.stringMatching(/kill|ended/i), remedy: expect.stringMatching(/\w/) });
    await bench.client.tasks.message({ id: task.id, text: steps({ write: "more.txt", content: "more\n" }) });
    await bench.until(task, "review");
    expect((await bench.client.tasks.diff({ id: task.id })).files.map(({ path }) => path)).toEqual(["kept.txt", "more.txt"]);
  });

  test("a command that takes more memory than the sandbox may is ended alone: the agent is told, and goes on", async () => {
    await using bench = await TaskBench.open("docker");
    const task = await hungryTask(bench, `${hungry}; echo "ended with $?" > note.txt`);
    await bench.answer(await bench.prompt(task), "allow-once");
    const { state } = await bench.until(task, "review");
    expect(bench.git("show", `${state.state === "review" ? state.head : ""}:note.txt`)).toBe("ended with 137");
  });

  test("an agent that the kernel ends for want of memory fails in words with its limit; with more, it goes on where it was", async () => {
    await using bench = await TaskBench.open("docker");
    // The kernel picks by score: Node, which the agent runs on, before the one that takes it all.
    const first = `for p in /proc/[0-9]*; do case "$(readlink $p/exe)" in */node) echo 1000 > $p/oom_score_adj;; esac; done`;
    const task = await hungryTask(bench, `${first}; ${hungry}`);
    await bench.answer(await bench.prompt(task), "allow-once");
    const reason = await failure(bench, task);
    expect(reason).toMatchObject({
      stage: "working",
      message: expect.stringMatching(/want of memory.*may take 192 MiB/s),
      remedy: expect.stringMatching(/more memory.*start it again/i),
    });
    const limits = { ...(await bench.client.tasks.limits({ id: task.id })), memoryMiB: 512 };
    await bench.client.tasks.setLimits({ id: task.id, limits });
    await bench.client.tasks.message({ id: task.id, text: steps({ write: "more.txt", content: "more\n" }, { sleep: 3_000 }) });
    await bench.untilTask(task.id, ({ state }) => state.state === "running" && state.stage === "working");
    const memory = execFileSync("docker", ["inspect", "-f", "{{.HostConfig.Memory}}", containerOf(task.id)], { encoding: "utf8" });
    expect(Number(memory)).toBe(512 * 1_048_576);
    await bench.until(task, "review");
    expect((await bench.client.tasks.diff({ id: task.id })).files.map(({ path }) => path)).toEqual(["kept.txt", "more.txt"]);
    expect(await bench.verbs(task)).toContain("task.set-limits done");
  });

  test("a network that drops to a remote engine ends the run in words; once it is back, the task goes on and nothing is left", async () => {
    using engine = await engineOverNetwork();
    const before = process.env["DOCKER_HOST"];
    process.env["DOCKER_HOST"] = engine.host;
    try {
      await using bench = await TaskBench.open("docker");
      const task = await bench.start(steps({ write: "kept.txt", content: "kept\n" }, { say: "Waiting." }, { sleep: 60_000 }));
      await expect
        .poll(async () => (await bench.timeline(task)).some((entry) => entry.kind === "message" && entry.text.includes("Waiting.")), {
          timeout: 60_000,
        })
        .toBe(true);
      engine.cut();
      const reason = await failure(bench, task);
      expect(["ENGINE_UNREACHABLE", "SANDBOX_FAILED", "AGENT_FAILED"]).toContain(reason.code);
      expect(reason.remedy).toMatch(/\w/);
      await expect(bench.client.sandboxes.engines({})).resolves.toMatchObject([
        { driver: "docker", status: { kind: "missing", remedy: expect.any(String) } },
        {},
      ]);
      engine.mend();
      await bench.client.tasks.message({ id: task.id, text: steps({ write: "more.txt", content: "more\n" }) });
      await bench.until(task, "review");
      expect((await bench.client.tasks.diff({ id: task.id })).files.map(({ path }) => path)).toEqual(["kept.txt", "more.txt"]);
      const own = (await bench.client.sandboxes.list({})).filter(({ taskId }) => taskId === task.id);
      expect(own.map(({ state }) => state)).toEqual(["stopped"]);
    } finally {
      if (before === undefined) delete process.env["DOCKER_HOST"];
      else process.env["DOCKER_HOST"] = before;
    }
  });
});
