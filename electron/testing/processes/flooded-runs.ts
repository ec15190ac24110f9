import { setTimeout as pause } from "node:timers/promises";
import type { Task } from "#shared/contract/task.ts";
import { steps, TaskBench } from "../task-bench.ts";

/**
 * A core of its own with ten runs whose commands each write so many megabytes, with one viewer each that never draws
 * anything. Says as JSON what core's process took: before, at most, and once all had ended.
 */
const megabytes = Number(process.argv[2]);
const runs = 10;
const settings = { maximumRuns: runs, maximumRunsPerRepository: runs, memoryBudgetMiB: 65_536, cpuBudgetPercent: 102_400 };
const flood = `yes 'src/some/file.ts: ordinary output of a build, one line of it' | head -c ${megabytes}000000`;

await using bench = await TaskBench.open("docker", settings);
bench.patienceMs = 20 * 60_000;
const { client } = bench;
await pause(1_000);
const before = settled();
let most = before;
const looking = setInterval(() => void (most = Math.max(most, process.memoryUsage().rss)), 100);

void allowAll();
const tasks = await Promise.all(Array.from({ length: runs }, async (_, at) => await bench.start(steps({ run: flood }), `flood ${at}`)));
for (const task of tasks) void lookAway(task);
const ended = await Promise.all(tasks.map(async (task) => await bench.until(task, "review", "stopped")));
clearInterval(looking);
await pause(1_000);
const states = ended.map(({ state }) => state.state);
process.stdout.write(`${JSON.stringify({ states, beforeBytes: before, mostBytes: most, afterBytes: settled() })}\n`);

function settled(): number {
  globalThis.gc?.();
  return process.memoryUsage().rss;
}

async function allowAll(): Promise<void> {
  for await (const event of await client.permissions.watch({})) {
    for (const request of event.kind === "snapshot" ? event.requests : [event.request])
      if (request.status.status === "pending") await bench.answer(request, "allow-once");
  }
}

/** Attaches a viewer that takes its first frame and no other. */
async function lookAway({ id }: Task): Promise<void> {
  for await (const { terminals } of await client.terminals.watch({ taskId: id })) {
    const [first] = terminals;
    if (first === undefined) continue;
    const frames = await client.terminals.attach({ id: first.id });
    await frames.next();
    return;
  }
}
