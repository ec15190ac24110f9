import { execFileSync } from "node:child_process";
import { cpSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { never } from "../../../testing/never.ts";
import { filesWithPracticeAgent } from "../../../testing/practice-agent.ts";
import { ProcessSandbox } from "../../../testing/process-sandbox.ts";
import { type Decide, RecordingAgentHost } from "../../../testing/recording-agent-host.ts";
import { temporaryFolder } from "../../../testing/temporary-folder.ts";
import { systemClock } from "../../kernel/clock.ts";
import { silentLogger } from "../../kernel/logger.ts";
import { decide } from "../../policy/decide.ts";
import { defaultRuleSet } from "../../policy/rule-set.ts";
import { findProfile, loadProfiles } from "../profiles.ts";
import { startAgentSession } from "../start-agent-session.ts";

test("the practice agent mends the sample repository and commits", async () => {
  const { host, session, worktree } = await startIn("sample");
  expect(await session.prompt("Make the failing test pass.", never())).toEqual({ kind: "end-of-turn" });
  expect(host.said).toMatch(/^I am the practice agent.*no model/u);
  expect(host.said).toContain("Tests: 11 passed, 1 failed.");
  expect(host.said).toContain("Tests: 12 passed, 0 failed.");
  expect(git(worktree, "log", "-1", "--format=%s")).toBe("Give the volume discount from ten on\n");
  expect(git(worktree, "show", "--stat", "--format=")).toContain("src/pricing.js | 2 +-");
  expect(host.commands).toContain("rm -rf /gatehouse-practice-no-such-folder");
  expect(host.commands.filter((command) => command === "node --test")).toHaveLength(2);
  expect(host.plans.at(-1)?.every((entry) => entry.status === "completed")).toBe(true);
  expect(host.unaskedCalls).toEqual([]);
  expect(host.terminals.find((terminal) => terminal.title === "node --test")?.output).toContain(
    "ten of an article get the volume discount",
  );
  const edit = host.calls.find((call) => call.edit !== null)?.edit;
  expect(edit?.before).toContain("quantity > volumeDiscountFrom");
  expect(edit?.after).toContain("quantity >= volumeDiscountFrom");
});

test("under the default rules its own work is refused once and asks for the tests only", async () => {
  const verdicts: string[] = [];
  const { session, worktree } = await startIn("sample", (call) => {
    const context = { worktree, home: join(worktree, "../../home"), realPath: call.realPath, grants: new Set<string>(), now: 0 };
    const { decision } = decide(call.request, defaultRuleSet(), context);
    verdicts.push(`${decision} ${call.title}`);
    return decision === "deny" ? "refused" : "allowed";
  });
  expect(await session.prompt("Go.", never())).toEqual({ kind: "end-of-turn" });
  expect(verdicts.filter((verdict) => !verdict.startsWith("allow"))).toEqual([
    "ask node --test",
    "deny rm -rf /gatehouse-practice-no-such-folder",
    "ask node --test",
  ]);
  expect(git(worktree, "status", "--porcelain")).toBe("");
});

test("the practice agent goes on after a refusal by rule", async () => {
  const { host, session, worktree } = await startIn("sample", (call) =>
    call.request.tool === "shell" && call.request.command.startsWith("rm") ? "refused" : "allowed",
  );
  expect(await session.prompt("Go.", never())).toEqual({ kind: "end-of-turn" });
  expect(host.said).toContain("It was refused, as it should be. I go on.");
  expect(git(worktree, "log", "-1", "--format=%s")).toContain("volume discount");
});

test("the practice agent ends its turn when a person says no", async () => {
  const { host, session, worktree } = await startIn("sample", (call) =>
    call.request.tool === "shell" && call.request.command === "node --test" ? "stop" : "allowed",
  );
  expect(await session.prompt("Go.", never())).toEqual({ kind: "cancelled" });
  expect(host.commands.at(-1)).toBe("node --test");
  expect(git(worktree, "status", "--porcelain")).toBe("");
});

test("in another repository it leaves a note that can be reviewed, and takes a later message down", async () => {
  const { session, worktree, host } = await startIn("other");
  expect(await session.prompt("Go.", never())).toEqual({ kind: "end-of-turn" });
  expect(git(worktree, "log", "-1", "--format=%s")).toBe("Add a note of the practice agent\n");
  expect(readFileSync(join(worktree, "PRACTICE.md"), "utf8")).toContain('- "hello.txt"');
  expect(await session.prompt("Please use shorter words.", never())).toEqual({ kind: "end-of-turn" });
  expect(readFileSync(join(worktree, "PRACTICE.md"), "utf8")).toContain("> Please use shorter words.");
  expect(host.said.match(/I am the practice agent/gu)).toHaveLength(1);
});

test("a prompt that continues earlier work is taken as a message", async () => {
  const { session, worktree } = await startIn("sample");
  await session.prompt(
    "Shorter, please.\n\n(You have worked on this before; what you left is in this folder. The task was:)\n\n> Mend it.",
    never(),
  );
  expect(readFileSync(join(worktree, "PRACTICE.md"), "utf8")).toMatch(/> Shorter, please\.\n$/u);
});

test("steps in the prompt take the place of its own plan", async () => {
  const { host, session, worktree } = await startIn("other");
  const steps = [
    { plan: ["One", "Two"], done: 1 },
    { think: "Hm." },
    { run: "printf '%s' \"$GREETING\"", env: { GREETING: "good day" } },
    { run: "printf", args: ["%s|", "a b", "it's"] },
    { write: "deep/new.txt", content: "one\n" },
    { read: "deep/new.txt" },
    { delete: "hello.txt" },
    { ask: "echo asked > asked.txt" },
  ];
  await session.prompt(`Do this:\n\`\`\`steps\n${JSON.stringify(steps, null, 1)}\n\`\`\`\nThank you.`, never());
  expect(host.said).toContain("3. run: exit 0\n4. run: exit 0\n5. write: exit 0\n6. read: exit 0\n7. delete: exit 0\n8. ask: exit 0");
  expect(host.terminals.map((terminal) => terminal.output)).toEqual(["good day", "a b|it's|"]);
  expect(git(worktree, "status", "--porcelain", "-uall")).toBe(" D hello.txt\n?? asked.txt\n?? deep/new.txt\n");
  expect(host.unaskedCalls).toEqual([]);
});

test("a step that it does not know is named, and nothing is done", async () => {
  const { host, session } = await startIn("other");
  await session.prompt('```steps\n[{"run": "true"}, {"fly": "away"}]\n```', never());
  expect(host.said).toContain('Step 2 is not one that the practice agent knows: {"fly":"away"}');
  expect(host.calls).toEqual([]);
});

test("the practice agent is one small file without dependencies", async () => {
  const { practiceAgent } = await filesWithPracticeAgent();
  expect(statSync(practiceAgent).size).toBeLessThan(64 * 1024);
  const imports = [...readFileSync(practiceAgent, "utf8").matchAll(/^import .* from "([^"]+)"/gmu)].map((match) => match[1] ?? "");
  expect(imports.length).toBeGreaterThan(0);
  expect(imports.filter((name) => !name.startsWith("node:"))).toEqual([]);
});

async function startIn(repository: "sample" | "other", decide?: Decide) {
  const files = await filesWithPracticeAgent();
  const sandbox = new ProcessSandbox(temporaryFolder());
  onTestFinished(() => sandbox.stop());
  const worktree = join(sandbox.workspace, "task");
  if (repository === "sample") cpSync(files.sampleRepository, worktree, { recursive: true });
  else execFileSync("mkdir", ["-p", worktree]);
  if (repository === "other") writeFileSync(join(worktree, "hello.txt"), "hello\n");
  execFileSync(
    "bash",
    [
      "-c",
      "git init -q -b main && git config user.name Test && git config user.email test@example.org && git add -A && git commit -qm First",
    ],
    {
      cwd: worktree,
      env: { PATH: process.env["PATH"], HOME: sandbox.home },
    },
  );
  const host = new RecordingAgentHost(decide);
  const profile = findProfile(await loadProfiles(files.agents), "practice");
  const session = await startAgentSession(
    { profile, sandbox, worktree, taskId: "t-test0000", files, host, clock: systemClock, logger: silentLogger() },
    never(),
  );
  onTestFinished(() => session.end());
  return { host, session, worktree };
}

function git(folder: string, ...parameters: readonly string[]): string {
  return execFileSync("git", parameters, { cwd: folder, encoding: "utf8" });
}
