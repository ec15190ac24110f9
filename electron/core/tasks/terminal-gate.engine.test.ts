import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import type { Task } from "#shared/contract/task.ts";
import type { TerminalSummary } from "#shared/contract/terminal.ts";
import type { SecretKind } from "#shared/contract/vault.ts";
import { interfaceOf, untilShown } from "../../testing/agent-terminal.ts";
import { describeWith } from "../../testing/engines.ts";
import { office, storeKey } from "../../testing/office.ts";
import { scripted, type Step } from "../agents/scripted-model/script.ts";
import type { TaskBench } from "../../testing/task-bench.ts";

interface Subject {
  readonly agentId: string;
  readonly kind: SecretKind;
  readonly prefix: string;
  readonly host: string;
  /** Words on its screen at which it waits for a key before it begins. */
  readonly waitsAt: string | null;
}

const subjects: readonly Subject[] = [
  { agentId: "claude-code", kind: "anthropic", prefix: "sk-ant-api03-", host: "api.anthropic.com", waitsAt: null },
  { agentId: "codex", kind: "openai", prefix: "sk-proj-", host: "api.openai.com", waitsAt: "Open restricted" },
];

describeWith("agents", "a real agent in its own terminal interface is gated by its hooks", () => {
  test.each(subjects)(
    "$agentId: allowed happens, refused by a rule does not, and a person's no ends the run",
    { timeout: 240_000 },
    async ({ agentId, kind, prefix, host, waitsAt }) => {
      const { bench, provider } = await office();
      const key = `${prefix}${randomBytes(24).toString("hex")}`;
      await storeKey(bench, kind, key);
      await bench.client.policy.setRules({ rules: { deny: ["shell(rm:*)"], allow: [], ask: [] } });
      const { id } = await bench.client.tasks.create({
        ...{ title: "In a terminal", prompt: turn([{ run: "echo one > made.txt" }, { say: "The file is made." }]) },
        ...{ repositoryId: bench.repositoryId, baseBranch: null, agentId, interface: "terminal" },
      });
      const task = await bench.client.tasks.start({ id });
      const terminal = await interfaceOf(bench, task);
      if (waitsAt !== null) {
        await untilShown(bench, terminal, waitsAt);
        // What is drawn may not take keys yet.
        const press = async () => void (await bench.client.terminals.input({ id: terminal.id, data: "\r" }));
        await press();
        const pressing = setInterval(() => void press(), 5_000);
        onTestFinished(() => clearInterval(pressing));
        await bench.prompt(task);
        clearInterval(pressing);
      }
      const first = await bench.prompt(task);
      expect(first.request).toMatchObject({ tool: "shell", command: "echo one > made.txt" });
      await bench.answer(first, "allow-once");
      await expect.poll(() => filesIn(task), { timeout: 30_000, interval: 500 }).toContain("made.txt");

      await say(bench, terminal, turn([{ run: "rm a.txt" }, { say: "It was refused." }]));
      await expect.poll(() => JSON.stringify(provider.seen), { timeout: 60_000 }).toContain("Refused by a rule");
      await say(bench, terminal, turn([{ write: "/workspace/other.txt", content: "two" }, { say: "No more." }]));
      const second = await bench.prompt(task);
      expect(second.request).toMatchObject({ tool: "filesystem", action: "write", path: "/workspace/other.txt" });
      await bench.answer(second, "deny");
      const stopped = await bench.until(task, "stopped", "review");
      expect(stopped.state).toMatchObject({ state: "stopped", reason: { kind: "denied", requestId: second.id } });

      expect(filesIn(task)).toEqual(["a.txt", "made.txt"]);
      expect(new Set(provider.reached)).toEqual(new Set([`${host}:443`]));
      const { entries } = await bench.client.audit.list({ limit: 500, taskId: id });
      expect(entries.find(({ verb, phase }) => verb === "agent.start" && phase === "intent")?.detail).toMatchObject({
        interface: "terminal",
        gate: "hooks",
      });
      const calls = entries.filter(({ verb, phase }) => verb === "tool.shell" && phase === "intent").toReversed();
      expect(calls).toMatchObject([{ detail: { decidedBy: "person" } }, { detail: { rule: "shell(rm:*)" } }]);
      expect(calls).toHaveLength(2);
      expect(JSON.stringify(provider.seen)).toContain(key);
      expect(JSON.stringify(await bench.timeline(task))).not.toContain(key);
    },
  );
});

function turn(steps: readonly Step[]): string {
  return scripted("Go.", steps).trim();
}

/** As a person pastes it and presses the enter key. */
async function say({ client }: TaskBench, { id }: TerminalSummary, text: string): Promise<void> {
  await client.terminals.input({ id, data: `\u001b[200~${text}\u001b[201~` });
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  await client.terminals.input({ id, data: "\r" });
}

/** What stands in the worktree of the task's kept sandbox. */
function filesIn({ id }: Pick<Task, "id">): readonly string[] {
  const docker = (...argv: readonly string[]) => execFileSync("docker", argv, { encoding: "utf8" });
  const container = docker("ps", "-aq", "--filter", `label=dev.gatehouse.task=${id}`).trim();
  const paths = execFileSync("sh", ["-c", 'docker cp "$0:/workspace" - | tar -t', container], { encoding: "utf8" }).split("\n");
  return paths.flatMap((path) => /\/tasks\/[^/]+\/([^/.]+\.txt)$/u.exec(path)?.[1] ?? []).toSorted();
}
