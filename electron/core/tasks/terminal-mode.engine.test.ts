import { afterEach, beforeEach, expect, test } from "vitest";
import type { Task } from "#shared/contract/task.ts";
import type { TerminalSummary } from "#shared/contract/terminal.ts";
import { describeWith } from "../../testing/engines.ts";
import { TaskBench } from "../../testing/task-bench.ts";

for (const { engine, sandbox } of [
  { engine: "docker", sandbox: "docker" },
  { engine: "local-sandbox", sandbox: "local" },
] as const) {
  describeWith(engine, `an agent in its own terminal in ${sandbox}`, () => {
    let bench: TaskBench;

    beforeEach(async () => {
      bench = await TaskBench.open(sandbox);
    });
    afterEach(async () => {
      await bench[Symbol.asyncDispose]();
    });

    async function start(prompt: string): Promise<{ readonly task: Task; readonly terminal: TerminalSummary }> {
      const { id } = await bench.client.tasks.create({
        ...{ title: "In a terminal", prompt, repositoryId: bench.repositoryId, baseBranch: null, agentId: "practice" },
        interface: "terminal",
      });
      const task = await bench.client.tasks.start({ id });
      for await (const { terminals } of await bench.client.terminals.watch({ taskId: id })) {
        const terminal = terminals.find(({ kind }) => kind === "interface");
        if (terminal !== undefined) return { task, terminal };
      }
      throw new Error("No terminal came.");
    }

    /** Looks at the terminal until it shows the words; resolves to what it was sent. */
    async function untilShown(terminal: TerminalSummary, words: string): Promise<string> {
      let seen = "";
      for await (const frame of await bench.client.terminals.attach({ id: terminal.id }, { signal: AbortSignal.timeout(30_000) })) {
        if (frame.kind === "snapshot") seen = frame.data;
        if (frame.kind === "data") seen += frame.data;
        if (seen.includes(words)) return seen;
      }
      throw new Error(`It never showed ${words}: ${JSON.stringify(seen.slice(-500))}`);
    }

    test("a person types into it, several look at once, finishing takes the work to review", async () => {
      const { task, terminal } = await start("Write something down");
      await untilShown(terminal, "You asked: Write something down");
      await bench.client.terminals.resize({ id: terminal.id, columns: 90, rows: 24 });
      await bench.client.terminals.input({ id: terminal.id, data: "hello from a person\r" });
      await Promise.all([untilShown(terminal, "Put down and committed"), untilShown(terminal, "Put down and committed")]);
      const running = await bench.untilTask(task.id, (card) => card.state.state === "running");
      expect(running.interface).toBe("terminal");
      await bench.client.tasks.finish({ id: task.id });
      const reviewed = await bench.until(task, "review", "stopped");
      expect(reviewed.state).toMatchObject({ state: "review", diff: { files: 1 } });
      const { files } = await bench.client.tasks.diff({ id: task.id });
      expect(files[0]?.content).toMatchObject({ kind: "text", after: expect.stringContaining("hello from a person") });
      const { entries } = await bench.client.audit.list({ limit: 100, taskId: task.id });
      expect(entries.find(({ verb, phase }) => verb === "agent.start" && phase === "intent")?.detail).toMatchObject({
        interface: "terminal",
        gate: "none",
      });
      await expect(bench.client.tasks.finish({ id: task.id })).rejects.toMatchObject({ code: "CONFLICT" });
    });

    test("the program's own end is the end of its turn, and a message starts it again where it left off", async () => {
      const { task, terminal } = await start("First");
      await bench.client.terminals.input({ id: terminal.id, data: "exit\r" });
      await bench.until(task, "review", "stopped");
      await bench.client.tasks.message({ id: task.id, text: "Go on, please" });
      await bench.untilTask(task.id, (card) => card.state.state === "running" && card.state.stage === "working");
      for await (const { terminals } of await bench.client.terminals.watch({ taskId: task.id })) {
        const again = terminals.find(({ kind, exit }) => kind === "interface" && exit === null);
        if (again === undefined) continue;
        await untilShown(again, "Go on, please");
        break;
      }
      const stopped = await bench.client.tasks.cancel({ id: task.id });
      expect(stopped.state).toMatchObject({ state: "stopped", reason: { kind: "cancelled" } });
    });

    test("cancelling ends it at once", async () => {
      const { task, terminal } = await start("Wait");
      await untilShown(terminal, "practice>");
      const stopped = await bench.client.tasks.cancel({ id: task.id });
      expect(stopped.state).toMatchObject({ state: "stopped", reason: { kind: "cancelled" } });
    });
  });
}
