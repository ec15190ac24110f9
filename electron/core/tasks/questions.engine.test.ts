import { afterEach, beforeEach, expect, test } from "vitest";
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

  async function waiting(task: Task): Promise<Extract<TimelineEntry, { kind: "question" }>> {
    await bench.untilTask(task.id, ({ pendingRequests }) => pendingRequests > 0);
    const entry = (await bench.timeline(task)).find((one) => one.kind === "question");
    if (entry?.kind !== "question") throw new Error("Nothing is asked.");
    return entry;
  }

  test("waits for the person, takes only what fits, and the run goes on with the answer", async () => {
    const task = await bench.start(prompt);
    const entry = await waiting(task);
    expect(entry).toMatchObject({ status: "waiting", form: { message: asked.message } });
    const say = (values: Record<string, string>) =>
      bench.client.tasks.answerQuestion({ id: task.id, questionId: entry.id, answer: { action: "accept", values } });
    await expect(say({ database: "oracle" })).rejects.toMatchObject({
      code: "INVALID_INPUT",
      message: "Database: Not one of the choices.",
    });
    await expect(say({ database: "sqlite", other: "x" })).rejects.toMatchObject({ code: "INVALID_INPUT" });
    await say({ database: "sqlite", password: "hunter2-hunter2" });
    await bench.until(task, "review");
    await expect(say({ database: "sqlite" })).rejects.toMatchObject({ code: "CONFLICT" });
    const timeline = await bench.timeline(task);
    expect(timeline.find(({ id }) => id === entry.id)).toMatchObject({
      status: "answered",
      answer: "Database: sqlite\nPassword: (not kept)",
    });
    expect(timeline.some((one) => one.kind === "message" && one.text.includes('"database":"sqlite"'))).toBe(true);
    const { entries } = await bench.client.audit.list({ limit: 200, taskId: task.id });
    expect(entries.find(({ verb }) => verb === "question.ask")?.detail).toMatchObject({ fields: ["database", "password"] });
    expect(entries.find(({ verb }) => verb === "question.end")).toMatchObject({ actor: { kind: "person" }, detail: { how: "answered" } });
    expect(JSON.stringify(entries)).not.toContain("hunter2");
  });

  test("can be declined, and is withdrawn when the run is cancelled", async () => {
    const declined = await bench.start(prompt, "Declined");
    const { id } = await waiting(declined);
    await bench.client.tasks.answerQuestion({ id: declined.id, questionId: id, answer: { action: "decline" } });
    await bench.until(declined, "review");
    expect((await bench.timeline(declined)).some((one) => one.kind === "message" && one.text.includes('"action":"decline"'))).toBe(true);
    const cancelled = await bench.start(prompt, "Cancelled");
    const left = await waiting(cancelled);
    await bench.client.tasks.cancel({ id: cancelled.id });
    await expect
      .poll(async () => (await bench.timeline(cancelled)).find((one) => one.id === left.id), { timeout: 10_000 })
      .toMatchObject({ status: "withdrawn" });
  });

  test("that nobody answers in time is left: the agent hears of it, and the run goes on", async () => {
    await bench.client.settings.update({ promptExpirySeconds: 5 });
    const task = await bench.start(prompt);
    await waiting(task);
    await bench.until(task, "review");
    expect((await bench.timeline(task)).find((one) => one.kind === "question")).toMatchObject({ status: "expired" });
  });
});
