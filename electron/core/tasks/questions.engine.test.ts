import { afterEach, beforeEach, expect, test } from "vitest";
import type { QuestionRequest } from "#shared/contract/permission.ts";
import type { Task, TimelineEntry } from "#shared/contract/task.ts";
import { describeWith } from "../../testing/engines.ts";
import { TaskBench } from "../../testing/task-bench.ts";

const asked = {
  mode: "form",
  message: "Which database shall it be?",
  requestedSchema: {
    type: "object",
    properties: {
      database: { type: "string", title: "Database", enum: ["sqlite", "postgres"] },
      password: { type: "string", title: "Password" },
    },
    required: ["database"],
  },
};
const prompt = `\`\`\`steps\n${JSON.stringify([{ form: asked }, { write: "after.txt", content: "went on\n" }])}\n\`\`\``;

describeWith("local-sandbox", "a question of an agent", () => {
  let bench: TaskBench;

  beforeEach(async () => {
    bench = await TaskBench.open("local", { promptExpirySeconds: 60 });
  });
  afterEach(async () => {
    await bench[Symbol.asyncDispose]();
  });

  /** The form, as it waits among all that waits for a person, and the number that the card shows. */
  async function waiting(task: Task): Promise<QuestionRequest> {
    const form = await bench.form(task);
    await bench.untilTask(task.id, ({ pendingRequests }) => pendingRequests === 1);
    expect(bench.core.permissions.pending().map(({ id }) => id)).toEqual([form.id]);
    return form;
  }

  async function entryOf(task: Task): Promise<TimelineEntry | undefined> {
    return (await bench.timeline(task)).find((one) => one.kind === "question");
  }

  test("waits for the person, takes only what fits, and the run goes on with the answer", async () => {
    const task = await bench.start(prompt);
    const form = await waiting(task);
    expect(await entryOf(task)).toMatchObject({ status: "waiting", form: { message: asked.message } });
    const { id, nonce } = form;
    const say = (values: Record<string, string>, by = nonce) =>
      bench.client.permissions.answerQuestion({ id, nonce: by, answer: { action: "accept", values } });
    await expect(say({ database: "oracle" })).rejects.toMatchObject({
      code: "INVALID_INPUT",
      message: "Database: Not one of the choices.",
    });
    await expect(say({ database: "sqlite", other: "x" })).rejects.toMatchObject({ code: "INVALID_INPUT" });
    await expect(say({ database: "sqlite" }, "0".repeat(32))).rejects.toMatchObject({ code: "STALE_ANSWER" });
    await expect(bench.client.permissions.answer({ id, nonce, answer: "allow-once" })).rejects.toMatchObject({ code: "INVALID_INPUT" });
    expect(await say({ database: "sqlite", password: "hunter2-hunter2" })).toMatchObject({
      status: { status: "answered", how: "answered" },
    });
    await bench.until(task, "review");
    await expect(say({ database: "sqlite" })).rejects.toMatchObject({ code: "STALE_ANSWER" });
    expect(await entryOf(task)).toMatchObject({ status: "answered", answer: "Database: sqlite\nPassword: (not kept)" });
    const timeline = await bench.timeline(task);
    expect(timeline.some((one) => one.kind === "message" && one.text.includes('"database":"sqlite"'))).toBe(true);
    const { entries } = await bench.client.audit.list({ limit: 200, taskId: task.id });
    expect(entries.find(({ verb }) => verb === "question.ask")?.detail).toMatchObject({ fields: ["database", "password"] });
    expect(entries.find(({ verb, phase }) => verb === "question.end" && phase === "intent")).toMatchObject({
      actor: { kind: "person" },
      detail: { how: "answered" },
    });
    expect(JSON.stringify(entries)).not.toContain("hunter2");
    expect(bench.core.opened?.permissions.history(10)).toEqual([]);
  });

  test("can be declined, and is withdrawn when the run is cancelled", async () => {
    const declined = await bench.start(prompt, "Declined");
    const { id, nonce } = await waiting(declined);
    await bench.client.permissions.answerQuestion({ id, nonce, answer: { action: "decline" } });
    await bench.until(declined, "review");
    expect((await bench.timeline(declined)).some((one) => one.kind === "message" && one.text.includes('"action":"decline"'))).toBe(true);
    const cancelled = await bench.start(prompt, "Cancelled");
    await waiting(cancelled);
    await bench.client.tasks.cancel({ id: cancelled.id });
    await expect.poll(async () => await entryOf(cancelled), { timeout: 10_000 }).toMatchObject({ status: "withdrawn" });
    expect(bench.core.permissions.pending()).toEqual([]);
  });

  test("that nobody answers in time is left: the agent hears of it, and the run goes on", async () => {
    await bench.client.settings.update({ promptExpirySeconds: 5 });
    const task = await bench.start(prompt);
    await waiting(task);
    await bench.until(task, "review");
    expect(await entryOf(task)).toMatchObject({ status: "expired" });
  });

  test("of an unattended run waits as long as it takes", async () => {
    await bench.client.settings.update({ promptExpirySeconds: 5 });
    const task = await bench.start(prompt);
    const { expiresAt } = await waiting(task);
    expect(expiresAt).not.toBeNull();
    await bench.client.tasks.setUnattended({ id: task.id, isUnattended: true });
    await expect.poll(async () => (await bench.form(task)).expiresAt).toBeNull();
    const { id, nonce } = await bench.form(task);
    await bench.client.permissions.answerQuestion({ id, nonce, answer: { action: "accept", values: { database: "postgres" } } });
    await bench.until(task, "review");
    expect(await entryOf(task)).toMatchObject({ status: "answered", answer: "Database: postgres" });
  });
});
