import { expect, test } from "vitest";
import { describeWith } from "../../testing/engines.ts";
import { TaskBench } from "../../testing/task-bench.ts";

const prompt = `\`\`\`steps\n${JSON.stringify([{ run: "npm publish" }])}\n\`\`\``;

describeWith("local-sandbox", "a message that waits for the agent's turn to end", () => {
  test("can be taken back while it waits: the agent does not get it, and the run goes on without it", async () => {
    await using bench = await TaskBench.open("local");
    const task = await bench.start(prompt);
    const request = await bench.prompt(task);
    const say = (text: string) => bench.client.tasks.message({ id: task.id, text });
    await say("never mind");
    const queued = async () => (await bench.timeline(task)).find((entry) => entry.kind === "person" && entry.text === "never mind");
    const entryId = (await queued())?.id ?? "";
    await bench.client.tasks.takeBack({ id: task.id, entryId });
    expect(await queued()).toMatchObject({ delivery: "taken-back" });
    await expect(bench.client.tasks.takeBack({ id: task.id, entryId })).rejects.toMatchObject({ code: "CONFLICT" });
    await bench.answer(request, "allow-once");
    await bench.until(task, "review");
    expect(await queued()).toMatchObject({ delivery: "taken-back" });
    await expect(bench.client.tasks.takeBack({ id: task.id, entryId })).rejects.toMatchObject({ code: "CONFLICT" });
  });
});
