import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { describeWith } from "../../testing/engines.ts";
import { steps, TaskBench } from "../../testing/task-bench.ts";

const allowed = { run: "git status --short" };
const asks = { run: "echo asked > asked.txt" };

describeWith("local-sandbox", "rules in a run", () => {
  let bench: TaskBench;

  beforeEach(async () => {
    bench = await TaskBench.open("local");
  });
  afterEach(async () => {
    await bench[Symbol.asyncDispose]();
  });

  test("a task in plan mode reads and changes nothing; in another mode it goes on", async () => {
    const task = await bench.create(steps(allowed, asks, { write: "a.txt", content: "a\n" }), "Plan", { mode: "plan" });
    await bench.client.tasks.start({ id: task.id });
    const planned = await bench.until(task, "review", "stopped");
    expect(planned.state).toMatchObject({ state: "review", diff: { files: 0 } });
    expect(await calls(task)).toEqual(["git status --short: allow", "echo asked > asked.txt: deny", "Write a.txt: deny"]);
    await bench.client.tasks.setMode({ id: task.id, mode: "auto" });
    await bench.client.tasks.message({ id: task.id, text: steps({ write: "a.txt", content: "a\n" }) });
    expect((await bench.until(task, "review")).state).toMatchObject({ diff: { files: 1 } });
    expect(await bench.verbs(task)).toContain("task.set-mode done");
  });

  test("a mode that comes while a prompt waits holds for it: what was allowed by then is refused, and the run goes on", async () => {
    const task = await bench.start(steps(asks, allowed));
    const prompt = await bench.prompt(task);
    await bench.client.tasks.setMode({ id: task.id, mode: "plan" });
    await bench.answer(prompt, "allow-once");
    expect((await bench.until(task, "review", "stopped")).state).toMatchObject({ state: "review", diff: { files: 0 } });
    expect(await calls(task)).toEqual(["echo asked > asked.txt: deny", "git status --short: allow"]);
  });

  test("ask mode asks before a write that a rule allows", async () => {
    const task = await bench.create(steps({ write: "a.txt", content: "a\n" }), "Ask", { mode: "ask" });
    await bench.client.tasks.start({ id: task.id });
    const prompt = await bench.prompt(task);
    expect(prompt.verdict).toMatchObject({ decision: "ask", rule: { layer: "mode" } });
    await bench.answer(prompt, "allow-once");
    expect((await bench.until(task, "review")).state).toMatchObject({ diff: { files: 1 } });
  });

  test("a hook before a call denies it, one after a call is told how it ended; both are on record", async () => {
    const told = join(bench.folder, "told");
    const guard = script("guard", "echo 'no status today' >&2; exit 1");
    const tell = script("tell", `cat >> ${told}`);
    await bench.client.policy.setHooks({
      hooks: [
        { on: "tool_pre", name: "guard", match: "shell(git status:*)", command: guard },
        { on: "tool_post", name: "tell", match: "shell(git log:*)", effect: { do: "trigger", command: tell } },
      ],
    });
    const task = await bench.start(steps(allowed, { run: "git log --oneline" }));
    await bench.until(task, "review");
    expect(await calls(task)).toEqual(["git status --short: deny", "git log --oneline: allow"]);
    const denied = (await bench.timeline(task)).find((entry) => entry.kind === "call");
    expect(denied).toMatchObject({ verdict: { rule: { layer: "hook" }, reasons: [expect.stringContaining("no status today")] } });
    await expect.poll(() => (existsSync(told) ? readFileSync(told, "utf8") : "")).toContain('"status":"completed"');
    const verbs = await bench.verbs(task);
    expect(verbs.filter((verb) => verb === "hook.run intent")).toHaveLength(2);
  });

  test("a rule with a rate allows as often as it says, then asks", async () => {
    const rule = "shell(touch a) when rate(1/day)";
    await bench.client.policy.setRules({ rules: { deny: [], allow: ["shell(git:*)", rule], ask: [] } });
    const task = await bench.start(steps({ run: "touch a" }, { run: "touch a" }));
    const prompt = await bench.prompt(task);
    expect(prompt.verdict).toMatchObject({ rates: [{ rule: { text: rule }, left: 0 }] });
    await bench.answer(prompt, "allow-once");
    await bench.until(task, "review");
    const use = await bench.client.policy.use({});
    expect(use.rules.find((each) => each.rule.text === rule)).toMatchObject({ decided: 2 });
    expect(use.rules.find((each) => each.rule.text === "shell(mkfs:*)")).toMatchObject({ decided: 0, lastAt: null });
  });

  test("a rule that asks about the hand-over is asked about before the work comes back; a denial ends the run without it", async () => {
    await bench.client.policy.setRules({ rules: { deny: [], allow: ["filesystem(*)"], ask: ["git(hand-over)"] } });
    const task = await bench.start(steps({ write: "a.txt", content: "a\n" }));
    const prompt = await bench.prompt(task);
    expect(prompt).toMatchObject({ request: { tool: "git", action: "hand-over" }, verdict: { rule: { text: "git(hand-over)" } } });
    expect(await bench.verbs(task)).not.toContain("git.hand-out intent");
    await bench.answer(prompt, "allow-once");
    expect((await bench.until(task, "review")).state).toMatchObject({ diff: { files: 1 } });
    const other = await bench.start(steps({ write: "b.txt", content: "b\n" }));
    await bench.answer(await bench.prompt(other), "deny");
    expect((await bench.until(other, "stopped")).state).toMatchObject({ reason: { kind: "denied" } });
    expect(await bench.verbs(other)).not.toContain("git.hand-out intent");
  });

  test("what a branch would change in the rule file is shown, and holds only once merged and adopted", async () => {
    const content = '{ "allow": ["shell(touch:*)"] }';
    const earlier = await bench.start(steps({ run: "git status --short" }));
    await bench.until(earlier, "review");
    const task = await bench.start(steps({ write: "gatehouse.rules.jsonc", content }));
    await bench.answer(await bench.prompt(task), "allow-once");
    const reviewed = await bench.until(task, "review");
    const { repositoryId } = bench;
    expect(await bench.client.policy.proposal({ taskId: task.id })).toMatchObject({
      before: null,
      after: content,
      added: { allow: ["shell(touch:*)"] },
      problems: [],
    });
    const request = { tool: "shell" as const, command: "touch a", cwd: "/workspace/tasks/example" };
    const decision = async () => (await bench.client.policy.explain({ request, repositoryId })).decision;
    expect(await bench.client.policy.repositoryFile({ repositoryId })).toEqual({ file: null, broken: null });
    expect(await decision()).toBe("ask");
    const another = { repositoryId, taskId: task.id, sha256: "0".repeat(64) };
    for (const answer of [bench.client.policy.adoptFile, bench.client.policy.refuseFile, bench.client.policy.effect])
      await expect(answer(another)).rejects.toMatchObject({ code: "CONFLICT" });
    if (reviewed.state.state !== "review") throw new Error("not in review");
    await bench.client.tasks.accept({ id: task.id, head: reviewed.state.head, branch: "work" });
    bench.git("merge", "-q", "work");
    const { file } = await bench.client.policy.repositoryFile({ repositoryId });
    expect(file).toMatchObject({ content, answer: "none" });
    expect(await decision()).toBe("ask");
    await bench.client.policy.adoptFile({ repositoryId, sha256: file?.sha256 ?? "" });
    expect(await decision()).toBe("allow");
    expect((await bench.client.policy.rules({ repositoryId })).at(-1)).toMatchObject({
      layer: "repository",
      source: expect.stringContaining("adopted"),
    });
    // A branch from before the file came does not propose to remove it.
    expect(await bench.client.policy.proposal({ taskId: earlier.id })).toBeNull();
  });

  async function calls(task: { readonly id: Parameters<TaskBench["timeline"]>[0]["id"] }): Promise<readonly string[]> {
    return (await bench.timeline(task)).flatMap((entry) => (entry.kind === "call" ? [`${entry.title}: ${entry.decision}`] : []));
  }

  function script(name: string, source: string): string[] {
    const file = join(bench.folder, name);
    writeFileSync(file, `#!/bin/sh\n${source}\n`);
    chmodSync(file, 0o700);
    return [file];
  }
});
