import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { filesWithPracticeAgent } from "../../../testing/practice-agent.ts";
import { ProcessSandbox } from "../../../testing/process-sandbox.ts";
import { temporaryFolder } from "../../../testing/temporary-folder.ts";
import { systemClock } from "../../kernel/clock.ts";
import { silentLogger } from "../../kernel/logger.ts";
import { tryGate } from "./try-gate.ts";
import { findProfile, loadProfiles } from "../profiles.ts";

test("the practice agent asks for every call of every kind", async () => {
  const report = await trial([
    { run: "echo one" },
    { ask: "echo two" },
    { write: "a.txt", content: "a" },
    { read: "a.txt" },
    { delete: "a.txt" },
    { together: [{ run: "echo three" }, { ask: "echo four" }] },
  ]);
  expect(report).toEqual({
    end: { kind: "end-of-turn" },
    asked: expect.arrayContaining(["echo one", "echo two", "Write a.txt", "Read a.txt", "Delete a.txt", "echo three", "echo four"]),
    silentReads: [],
    unasked: [],
    notices: [],
  });
  expect(report.asked).toHaveLength(7);
});

test("a call that does not ask is counted", async () => {
  const report = await trial([{ run: "echo one" }, { unasked: "echo sneaky" }]);
  expect(report.asked).toEqual(["echo one"]);
  expect(report.unasked).toEqual(["echo sneaky"]);
});

async function trial(steps: readonly object[]) {
  const files = await filesWithPracticeAgent();
  const sandbox = new ProcessSandbox(temporaryFolder());
  onTestFinished(() => sandbox.stop());
  const worktree = join(sandbox.workspace, "task");
  mkdirSync(worktree);
  return await tryGate(
    {
      profile: findProfile(await loadProfiles(files.agents), "practice"),
      sandbox,
      worktree,
      files,
      clock: systemClock,
      logger: silentLogger(),
      prompt: `\`\`\`steps\n${JSON.stringify(steps)}\n\`\`\``,
    },
    new AbortController().signal,
  );
}
