import { afterEach, beforeEach, expect, test } from "vitest";
import type { Task } from "#shared/contract/task.ts";
import { describeWith } from "../../testing/engines.ts";
import { steps, TaskBench } from "../../testing/task-bench.ts";

describeWith("local-sandbox", "attempts at the same task", () => {
  let bench: TaskBench;

  beforeEach(async () => {
    bench = await TaskBench.open("local", { maximumRunsPerRepository: 4 });
  });
  afterEach(async () => {
    await bench[Symbol.asyncDispose]();
  });

  async function attempt(prompt: string, count: number): Promise<readonly Task[]> {
    const task = { title: "Try it", prompt, repositoryId: bench.repositoryId, baseBranch: null, limits: {} };
    return await bench.client.attempts.create({ task, by: Array.from({ length: count }, () => ({ agentId: "practice" })) });
  }

  function groupOf(tasks: readonly Task[]) {
    const group = tasks[0]?.attemptGroup ?? null;
    if (group === null) throw new Error("These tasks have no group.");
    return group;
  }

  test("they run side by side, are compared, and accepting one discards what waits and what runs", async () => {
    const [first, second, third] = await attempt(steps({ run: "git status --short" }), 3);
    if (first === undefined || second === undefined || third === undefined) throw new Error("not made");
    const group = groupOf([first]);
    expect([first, second, third].map(({ attemptGroup }) => attemptGroup)).toEqual([group, group, group]);
    await Promise.all([first, second].map(async ({ id }) => await bench.client.tasks.start({ id })));
    await bench.until(second, "review", "stopped");
    const reviewed = await bench.until(first, "review", "stopped");
    const compared = await bench.client.attempts.compare({ group });
    expect(compared.map(({ task, files }) => [task.state.state, files])).toEqual([
      ["review", []],
      ["review", []],
      ["backlog", null],
    ]);
    expect(compared[0]?.workedMs).toBeGreaterThan(0);
    if (reviewed.state.state !== "review") throw new Error("not in review");
    const { head } = reviewed.state;
    await bench.client.tasks.message({ id: third.id, text: "Not started." });
    const accepted = await bench.client.attempts.accept({ id: first.id, head, branch: "won" });
    expect(accepted.state).toMatchObject({ state: "accepted", branch: "won" });
    await bench.until(second, "discarded");
    await bench.until(third, "discarded");
    expect(bench.git("rev-parse", "won")).toBe(head);
    expect(await bench.verbs(second)).toContain("attempt.discard done");
    await bench.core.opened?.left.idle();
    await expect(bench.client.sandboxes.list({})).resolves.toEqual([]);
  });

  test("accepting ends an attempt that still waits for an answer", async () => {
    const [first, second] = await attempt(steps({ run: "echo asked > asked.txt" }), 2);
    if (first === undefined || second === undefined) throw new Error("not made");
    await bench.client.tasks.start({ id: first.id });
    await bench.answer(await bench.prompt(first), "allow-once");
    const reviewed = await bench.until(first, "review", "stopped");
    await bench.client.tasks.start({ id: second.id });
    await bench.prompt(second);
    if (reviewed.state.state !== "review") throw new Error("not in review");
    await bench.client.attempts.accept({ id: first.id, head: reviewed.state.head, branch: "won" });
    await bench.until(second, "discarded");
    for await (const event of await bench.client.permissions.watch({})) {
      if (event.kind === "snapshot") expect(event.requests).toEqual([]);
      break;
    }
  });

  test("where one cannot be made as it is wished, none is", async () => {
    const task = {
      title: "Try it",
      prompt: "x",
      repositoryId: bench.repositoryId,
      baseBranch: null,
      limits: {},
      interface: "terminal" as const,
    };
    const words = { id: "plain", name: "Without a terminal", description: "", command: ["cat"], mode: null, minimumMemoryMiB: 64 };
    await bench.client.agents.add({ ...words, environment: {}, npmPackages: [], homeFiles: [] });
    const by = [{ agentId: "practice" }, { agentId: "plain" }];
    await expect(bench.client.attempts.create({ task, by })).rejects.toMatchObject({ code: "INVALID_INPUT" });
    expect(bench.core.opened?.board.all()).toEqual([]);
  });

  test("a stale commit accepts nothing and discards nothing; a task alone is no attempt", async () => {
    const [first, second] = await attempt(steps({ say: "Done." }), 2);
    if (first === undefined || second === undefined) throw new Error("not made");
    await bench.client.tasks.start({ id: first.id });
    await bench.until(first, "review", "stopped");
    const stale = { id: first.id, head: "0".repeat(40), branch: "won" };
    await expect(bench.client.attempts.accept(stale)).rejects.toMatchObject({ code: "CONFLICT" });
    const alone = await bench.create(steps({ say: "Alone." }));
    await expect(bench.client.attempts.accept({ ...stale, id: alone.id })).rejects.toMatchObject({ code: "CONFLICT" });
    const compared = await bench.client.attempts.compare({ group: groupOf([second]) });
    expect(compared.map(({ task }) => task.state.state)).toEqual(["review", "backlog"]);
  });
});
