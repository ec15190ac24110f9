import { expect, test } from "vitest";
import { describeWith } from "../../testing/engines.ts";
import { steps, TaskBench } from "../../testing/task-bench.ts";

for (const { engine, sandbox } of [
  { engine: "docker", sandbox: "docker" },
  { engine: "local-sandbox", sandbox: "local" },
] as const) {
  describeWith(engine, `work that Gatehouse cut off when it ended, in ${sandbox}`, () => {
    test("goes on in its worktree at the next start, says how, and does not where a person has stopped everything", async () => {
      const first = await TaskBench.open(sandbox);
      const task = await first.start(
        steps(
          { plan: ["Write", "Wait"], done: 1 },
          { write: "left.txt", content: "left\n" },
          { say: "Half of it is done." },
          { sleep: 60_000 },
        ),
      );
      await expect.poll(async () => (await first.timeline(task)).some(({ kind }) => kind === "message"), { timeout: 60_000 }).toBe(true);
      await first.end();

      const second = await TaskBench.open(sandbox, {}, first.folder);
      await second.until(task, "running");
      const notices = async () => (await second.timeline(task)).flatMap((entry) => (entry.kind === "notice" ? [entry.text] : []));
      await expect
        .poll(notices, { timeout: 60_000 })
        .toContain("Goes on after Gatehouse ended, in its worktree, told what it had done, as its session could not be taken up.");
      const [sandboxOfTask, ...others] = (await second.client.sandboxes.list({})).filter(({ taskId }) => taskId === task.id);
      expect(others).toEqual([]);
      expect(sandboxOfTask?.state).toBe("running");
      await second.end();

      await using third = await TaskBench.open(sandbox, {}, first.folder);
      await third.core.opened?.tasks.stopAll("tester");
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      await third.until(task, "stopped");
      expect((await third.client.sandboxes.list({})).filter(({ state }) => state === "running")).toEqual([]);
    });

    test("a run whose files outgrow their limit is stopped, and says so", async () => {
      await using bench = await TaskBench.open(sandbox);
      const limits = { wallClockMinutes: 5, memoryMiB: 512, cpuPercent: 100, pids: 128, diskMiB: 64 };
      const wish = steps({ ask: "head -c 120000000 /dev/zero > big.bin; sleep 60", options: ["allow_once", "reject_once"] });
      const created = await bench.client.tasks.create({
        ...{ title: "Grows", prompt: wish, repositoryId: bench.repositoryId, baseBranch: null, agentId: "practice", limits },
      });
      await bench.client.tasks.start({ id: created.id });
      await bench.answer(await bench.prompt(created), "allow-once");
      const stopped = await bench.until(created, "stopped");
      expect(stopped.state).toMatchObject({ reason: { kind: "disk-limit", limitBytes: 67_108_864 } });
    });
  });
}
