import { RunStage } from "#shared/contract/task.ts";
import { steps, TaskBench } from "../task-bench.ts";

/**
 * A core of its own in a process of its own, for tests that kill it: one task runs, a second is
 * queued behind it. Says on standard output, as JSON lines, where it lives and how far it has come.
 */
const sandbox = process.argv[2] === "docker" ? "docker" : "local";
const bench = await TaskBench.open(sandbox, { maximumRuns: 1, afterRestart: "wait" });
const first = await bench.create(steps({ write: "left.txt", content: "left\n" }, { run: "echo asked > asked.txt" }), "first");
const second = await bench.create(steps({ write: "second.txt", content: "second\n" }), "second");
say({ folder: bench.folder, first: first.id, second: second.id });
void tellStages();
await bench.client.tasks.start({ id: first.id });
await bench.client.tasks.start({ id: second.id });
const prompt = await bench.prompt(first);
say({ asked: prompt.id });
process.stdin.once("data", () => void bench.answer(prompt, "allow-once"));

async function tellStages(): Promise<void> {
  const told = new Set<string>();
  for await (const event of await bench.client.tasks.board({})) {
    const cards = event.kind === "changed" ? [event.task] : [];
    for (const { id, state } of cards) {
      if (id !== first.id || state.state !== "running" || told.has(state.stage)) continue;
      told.add(RunStage.parse(state.stage));
      say({ stage: state.stage });
    }
  }
}

function say(fact: object): void {
  process.stdout.write(`${JSON.stringify(fact)}\n`);
}
