import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { containersOfBench, filesBelow, screensOf } from "../../testing/canary-places.ts";
import { describeWith } from "../../testing/engines.ts";
import { steps, TaskBench } from "../../testing/task-bench.ts";
import { formsOf } from "../redactor/secret-forms.ts";

const value = 'canary-in-sandbox/+"é 7741';
const everyone = [{ repositoryId: null, agentId: null, tool: null }];
const file = "/tmp/gatehouse-secrets/canary";

describeWith("docker", "a secret that was put into a sandbox", () => {
  let bench: TaskBench | null = null;

  afterEach(async () => {
    await bench?.[Symbol.asyncDispose]();
    bench = null;
  });

  test("is in no argument and no environment there, and leaves it nowhere: screens, transcripts, work, log, files", async () => {
    bench = await TaskBench.open("docker");
    const { client, folder } = bench;
    await client.vault.store({ name: "canary", note: "", value, scopes: everyone });
    const task = await bench.start(
      steps(
        { run: "echo wait > asked.txt" },
        { run: `cat ${file}; base64 < ${file}; cat ${file} >&2` },
        { run: `cat ${file} > leaked.txt` },
        { say: "Done with {{secret:canary}} and {{secret:missing}}" },
      ),
    );
    const first = await bench.prompt(task);
    expect(await client.vault.putIntoSandbox({ name: "canary", taskId: task.id })).toEqual({ path: file });
    const running = await bench.untilTask(task.id, ({ posture }) => posture?.weaker.some((words) => words.includes("'canary'")) === true);
    expect(running.posture?.weaker.join()).toContain(file);
    const [container = ""] = containersOfBench(folder);
    const inside = execFileSync("docker", [
      "exec",
      container,
      "sh",
      "-c",
      "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null; true",
    ]);
    expect(inside.length, "processes in the sandbox were seen").toBeGreaterThan(100);
    const inspected = execFileSync("docker", ["inspect", container]);
    await bench.answer(first, "allow-once");
    await bench.answer(await bench.prompt(task), "allow-once");
    await bench.answer(await bench.prompt(task), "allow-once");
    await bench.until(task, "review", "stopped");

    const timeline = await bench.timeline(task);
    expect(JSON.stringify(timeline)).toContain("The work holds the value of canary");
    const diff = await client.tasks.diff({ id: task.id });
    expect(diff.files.find(({ path }) => path === "leaked.txt")?.content).toMatchObject({ after: "[secret canary]" });
    const screens = await screensOf(client, task.id);
    // The first two stand side by side, and so become one.
    expect(screens.join("\n").match(/\[secret canary\]/g)?.length).toBeGreaterThanOrEqual(2);
    const { entries } = await client.audit.list({ limit: 500 });
    expect(entries.map(({ verb }) => verb)).toEqual(expect.arrayContaining(["secret.use", "vault.put-into-sandbox", "secret.in-work"]));

    const places = new Map<string, Buffer>([
      ["processes and environments in the sandbox", inside],
      ["the container as the engine describes it", inspected],
      ["processes of this machine", execFileSync("ps", ["axeww", "-o", "args"], { maxBuffer: 64 * 1_048_576 })],
      ["answers", Buffer.from(JSON.stringify([timeline, diff, screens, entries, await client.vault.list({})]))],
      ...filesBelow(join(folder, "data")).map((path): [string, Buffer] => [path, readFileSync(path)]),
    ]);
    const found: string[] = [];
    for (const form of formsOf(Buffer.from(value)))
      for (const [where, content] of places) if (content.includes(form)) found.push(`${form.toString("latin1")} in ${where}`);
    expect(found).toEqual([]);
  });
});
