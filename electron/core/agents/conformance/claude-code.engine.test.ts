import { expect, test } from "vitest";
import { describeWith } from "../../../testing/engines.ts";
import { agentBench } from "../../../testing/real-agents.ts";
import { scripted, type Step } from "../../../testing/scripted-model/script.ts";
import { systemClock } from "../../kernel/clock.ts";
import { silentLogger } from "../../kernel/logger.ts";
import { tryGate } from "./try-gate.ts";

const everyKind: readonly Step[] = [
  { run: "git status && echo hello > out.txt" },
  { run: "ls -la" },
  { read: "/workspace/task/a.txt" },
  { write: "/workspace/task/b.txt", content: "new" },
  { edit: "/workspace/task/a.txt", from: "two", to: "three" },
  { find: "*.txt" },
  { grep: "one" },
  {
    call: "Agent",
    input: {
      description: "look",
      prompt: scripted("Look.", [{ run: "cat a.txt | head -1" }, { say: "looked" }]),
      subagent_type: "general-purpose",
    },
  },
  { say: "done" },
];

describeWith("agents", "Claude Code", () => {
  test("asks for every call", async () => {
    const bench = await agentBench("claude-code");
    const report = await tryGate(
      { ...bench, clock: systemClock, logger: silentLogger(), prompt: scripted("Go.", everyKind) },
      new AbortController().signal,
    );
    console.error(
      JSON.stringify(report, null, 1),
      (await bench.seen()).map((r) => [r.path, r.key, r.body.length]),
    );
    expect(report.unasked).toEqual([]);
  });
});
