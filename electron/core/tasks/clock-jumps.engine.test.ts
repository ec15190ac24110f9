import { expect, test } from "vitest";
import { describeWith } from "../../testing/engines.ts";
import { steps, TaskBench } from "../../testing/task-bench.ts";
import { type Clock, systemClock } from "../kernel/clock.ts";

const hourMs = 3_600_000;
const asks = { run: "echo asked > asked.txt" };

/** The system's clock, which somebody sets. */
function settableClock() {
  let shiftMs = 0;
  const clock: Clock = { ...systemClock, now: () => systemClock.now() + shiftMs };
  return { clock, set: (byMs: number) => void (shiftMs += byMs) };
}

describeWith("local-sandbox", "a run on a machine", () => {
  test("whose clock is set a day forward ends at the prompt that has expired by it, and says which", async () => {
    const { clock, set } = settableClock();
    await using bench = await TaskBench.open("local", {}, undefined, undefined, { clock });
    const task = await bench.start(steps({ write: "kept.txt", content: "kept\n" }, asks));
    const prompt = await bench.prompt(task);
    set(24 * hourMs);
    const { state } = await bench.until(task, "stopped");
    expect(state).toMatchObject({ reason: { kind: "expired", requestId: prompt.id } });
    expect(await bench.verbs(task)).toContain("permission.expire done");
    await bench.client.tasks.message({ id: task.id, text: steps({ write: "more.txt", content: "more\n" }) });
    await bench.until(task, "review");
    expect((await bench.client.tasks.diff({ id: task.id })).files.map(({ path }) => path)).toEqual(["kept.txt", "more.txt"]);
  });

  test("whose clock is set an hour back goes on; prompts, grants and the log gain and lose nothing by it", async () => {
    const { clock, set } = settableClock();
    await using bench = await TaskBench.open("local", { promptExpirySeconds: 5 }, undefined, undefined, { clock });
    const task = await bench.start(
      steps({ sleep: 300 }, asks, { write: "kept.txt", content: "kept\n" }, { run: "echo again > again.txt" }),
    );
    const prompt = await bench.prompt(task);
    set(-hourMs);
    await bench.answer(prompt, "allow-once");
    const again = await bench.prompt(task);
    const askedAt = performance.now();
    const { state } = await bench.until(task, "stopped");
    expect(performance.now() - askedAt).toBeLessThan(30_000);
    expect(state).toMatchObject({ reason: { kind: "expired", requestId: again.id } });
    const told = (await bench.timeline(task))
      .flatMap((entry) => (entry.kind === "call" ? [entry.decidedBy, String(entry.durationMs)] : []))
      .join("\n");
    expect(told).not.toMatch(/-\d/);
    await expect(bench.client.audit.verify({})).resolves.toMatchObject({ result: "intact", epoch: 0 });
  });
});
