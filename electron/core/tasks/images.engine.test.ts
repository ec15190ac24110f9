import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { describeWith } from "../../testing/engines.ts";
import { TaskBench } from "../../testing/task-bench.ts";

const png = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), randomBytes(64)]).toString("base64");
const svg = Buffer.from("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>").toString("base64");
const steps = (list: readonly object[]) => `\`\`\`steps\n${JSON.stringify(list)}\n\`\`\``;

describeWith("local-sandbox", "pictures", () => {
  let bench: TaskBench;

  beforeEach(async () => {
    bench = await TaskBench.open("local");
  });
  afterEach(async () => {
    await bench[Symbol.asyncDispose]();
  });

  test("of a person reach an agent that takes them, those of the agent are kept by what they are, and all go with the task", async () => {
    const task = await bench.create(steps([{ show: png }, { show: svg, type: "image/png" }]));
    const picture = await bench.client.tasks.attach({ id: task.id, data: png });
    await expect(bench.client.tasks.attach({ id: task.id, data: svg })).rejects.toMatchObject({ code: "INVALID_INPUT" });
    await bench.client.tasks.message({ id: task.id, text: "Look at this.", images: [picture.id] });
    await bench.client.tasks.start({ id: task.id });
    await bench.until(task, "review", "stopped");
    const timeline = await bench.timeline(task);
    expect(timeline.some((entry) => entry.kind === "message" && entry.text.includes("I was shown 1 pictures: image/png."))).toBe(true);
    expect(timeline.filter(({ kind }) => kind === "image")).toMatchObject([{ image: { type: "image/png" } }]);
    expect(timeline.some((entry) => entry.kind === "notice" && entry.text.includes("A picture of the agent is not shown"))).toBe(true);
    expect(await bench.client.tasks.image({ id: task.id, imageId: picture.id })).toEqual({ type: "image/png", data: png });
    await bench.client.tasks.remove({ id: task.id });
    await expect(bench.client.tasks.image({ id: task.id, imageId: picture.id })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});
