import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { describeWith } from "../../testing/engines.ts";
import { testOnSmallDisk } from "../../testing/small-disk.ts";
import { steps, TaskBench } from "../../testing/task-bench.ts";

/** The database, its log and the audit log take a few; what is left is filled. KiB. */
const diskKiB = 131_072;

describeWith("docker", "a disk that fills up under a run", () => {
  testOnSmallDisk("ends the run, is told on the screen, and the card says why as soon as there is room again", diskKiB, async (disk) => {
    const dataFolder = join(disk.folder, "data");
    const bench = await TaskBench.open("docker", { leastFreeDiskMiB: 64 }, undefined, undefined, { dataFolder });
    try {
      await runOnFullDisk(bench, () => disk.fill());
    } finally {
      rmSync(join(disk.folder, "filler"), { force: true });
      await bench[Symbol.asyncDispose]();
    }
  });
});

async function runOnFullDisk(bench: TaskBench, fill: () => Disposable): Promise<void> {
  const talk = Array.from({ length: 200 }, (_, index) => [{ say: `${index} ${"word ".repeat(70)}` }, { sleep: 30 }]).flat();
  const task = await bench.start(steps({ write: "kept.txt", content: "kept\n" }, ...talk));
  await expect.poll(async () => (await bench.timeline(task)).filter(({ kind }) => kind === "message").length, patience).toBeGreaterThan(2);
  expect(await bench.client.app.status({})).toMatchObject({ isDiskFull: false });

  const filler = fill();
  const stuck = await bench.untilTask(task.id, ({ activity }) => activity?.startsWith("Has ended.") === true);
  expect(stuck).toMatchObject({ state: { state: "running" }, activity: expect.stringMatching(/disk is full.*free some space/i) });
  await expect.poll(async () => (await bench.client.app.status({})).isDiskFull, patience).toBe(true);
  // The agent is over, whatever the card's state: nothing of it runs any more.
  expect((await bench.client.sandboxes.list({})).filter(({ state }) => state === "running")).toEqual([]);
  await expect(bench.client.tasks.cancel({ id: task.id })).rejects.toMatchObject({ code: "DISK_FULL", data: { remedy: /space/ } });
  await expect(bench.client.tasks.start({ id: task.id })).rejects.toMatchObject({ code: expect.stringMatching(/CONFLICT|DISK_FULL/) });

  const freedAt = performance.now();
  filler[Symbol.dispose]();
  const ended = await bench.until(task, "stopped");
  expect(performance.now() - freedAt, "the state is true soon after there is room").toBeLessThan(8_000);
  expect(ended).toMatchObject({
    state: { reason: { kind: "failed", code: "DISK_FULL", stage: "working", remedy: expect.stringContaining("Free some space") } },
  });
  await expect.poll(async () => (await bench.client.app.status({})).isDiskFull, patience).toBe(false);
  expect((await bench.client.audit.verify({})).result).toBe("intact");
  await expect.poll(async () => await bench.verbs(task), patience).toContainEqual(expect.stringMatching(/^run\.end /));

  await bench.client.tasks.message({ id: task.id, text: steps({ write: "more.txt", content: "more\n" }) });
  await bench.until(task, "review");
  expect((await bench.client.tasks.diff({ id: task.id })).files.map(({ path }) => path)).toEqual(["kept.txt", "more.txt"]);
}

const patience = { timeout: 60_000 };
