import { afterEach, beforeEach, expect, test } from "vitest";
import type { Task } from "#shared/contract/task.ts";
import { describeWith } from "../../testing/engines.ts";
import { steps, TaskBench } from "../../testing/task-bench.ts";
import { restsAfterMs } from "./run/run-pause.ts";

const asks = { run: "echo asked > asked.txt" };
const asksAgain = { run: "echo again > again.txt" };
/** Of prompts, seconds: the least there is. */
const promptExpirySeconds = 5;

let bench: TaskBench;
afterEach(async () => {
  await bench[Symbol.asyncDispose]();
});

for (const { engine, sandbox } of [
  { engine: "docker", sandbox: "docker" },
  { engine: "local-sandbox", sandbox: "local" },
] as const) {
  describeWith(engine, `an unattended run in ${sandbox}`, () => {
    test("waits for its person beyond the expiry, held still, and goes on with the answer", async () => {
      bench = await TaskBench.open(sandbox, { promptExpirySeconds });
      const task = await bench.create(steps(asks, asksAgain), "Overnight", { isUnattended: true });
      await bench.client.tasks.start({ id: task.id });
      const prompt = await bench.prompt(task);
      expect(prompt.expiresAt).toBeNull();
      const paused = await bench.untilTask(task.id, ({ activity }) => activity === "Paused: waits for 1 decision");
      expect(paused).toMatchObject({ isUnattended: true, pendingRequests: 1 });
      await bench.client.tasks.setUnattended({ id: task.id, isUnattended: true });
      await bench.answer(prompt, "allow-once");
      const second = await bench.untilPrompt(({ id }) => id !== prompt.id);
      expect(second.expiresAt).toBeNull();
      await bench.answer(second, "allow-once");
      expect((await bench.until(task, "review", "stopped")).state).toMatchObject({ state: "review", diff: { files: 2 } });
      const entries = (await bench.client.audit.list({ limit: 500, taskId: task.id })).entries;
      const pause = entries.find(({ verb }) => verb === "run.pause");
      expect(pause?.detail).toMatchObject({ waitsFor: 1, frozen: sandbox === "docker" });
      expect(entries.find(({ verb }) => verb === "run.go-on")?.detail["pausedMs"]).toBeTypeOf("number");
    });
  });
}

describeWith("docker", "an unattended run that rests", () => {
  beforeEach(async () => {
    bench = await TaskBench.open("docker", { promptExpirySeconds });
  });

  test("opens its sandbox for a person's shell, rests again once that is closed, and gets its expiry back with its person", async () => {
    const task = await bench.create(steps(asks), "Overnight", { isUnattended: true });
    await bench.client.tasks.start({ id: task.id });
    await bench.untilTask(task.id, isPaused);
    const shell = await bench.client.terminals.openShell({ taskId: task.id, columns: 80, rows: 24 });
    await bench.client.terminals.input({ id: shell.id, data: "echo in''side\n" });
    for await (const frame of await bench.client.terminals.attach({ id: shell.id }))
      if ((frame.kind === "data" || frame.kind === "snapshot") && frame.data.includes("inside")) break;
    await bench.client.terminals.close({ id: shell.id });
    const pauses = async () => (await bench.verbs(task)).filter((verb) => verb === "run.pause note").length;
    await expect.poll(pauses, { timeout: restsAfterMs * 6 }).toBe(2);
    await bench.client.tasks.setUnattended({ id: task.id, isUnattended: false });
    const prompt = await bench.untilPrompt(({ expiresAt }) => expiresAt !== null);
    expect((await bench.until(task, "stopped", "review")).state).toMatchObject({ reason: { kind: "expired", requestId: prompt.id } });
    expect(await bench.verbs(task)).toEqual(expect.arrayContaining(["task.set-unattended done", "permission.set-expiry note"]));
  });

  test("is ended from its pause by a person, by a deny and by 'stop', with nothing left running", async () => {
    const denied = await bench.create(steps(asks), "Denied", { isUnattended: true });
    const cancelled = await bench.create(steps(asks), "Cancelled", { isUnattended: true });
    for (const { id } of [denied, cancelled]) await bench.client.tasks.start({ id });
    for (const { id } of [denied, cancelled]) await bench.untilTask(id, isPaused);
    await bench.answer(await bench.prompt(denied), "deny");
    await bench.client.tasks.cancel({ id: cancelled.id });
    expect((await bench.until(denied, "stopped", "review")).state).toMatchObject({ reason: { kind: "denied" } });
    expect((await bench.until(cancelled, "stopped", "review")).state).toMatchObject({ reason: { kind: "cancelled" } });
    expect((await bench.client.sandboxes.list({})).map(({ state }) => state)).toEqual(["stopped", "stopped"]);
  });

  test("that Gatehouse left in its pause goes on after the restart and asks anew; what was asked before is denied", async () => {
    const task = await bench.create(steps(asks), "Overnight", { isUnattended: true });
    await bench.client.tasks.start({ id: task.id });
    const before = await bench.prompt(task);
    await bench.untilTask(task.id, isPaused);
    await bench.end();
    bench = await TaskBench.open("docker", {}, bench.folder);
    const anew = await bench.prompt(task);
    expect(anew).toMatchObject({ expiresAt: null, request: before.request });
    expect(anew.id).not.toBe(before.id);
    await expect(bench.answer(before, "allow-once")).rejects.toMatchObject({ code: "STALE_ANSWER" });
    await bench.answer(anew, "allow-once");
    expect((await bench.until(task, "review", "stopped")).state).toMatchObject({ state: "review", diff: { files: 1 } });
  });
});

function isPaused({ activity }: Task): boolean {
  return activity?.startsWith("Paused") === true;
}
