import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { describeWith } from "../../testing/engines.ts";
import { steps, TaskBench } from "../../testing/task-bench.ts";

describeWith("local-sandbox", "commands of a repository's settings file", () => {
  let bench: TaskBench;

  beforeEach(async () => {
    bench = await TaskBench.open("local");
  });
  afterEach(async () => {
    await bench[Symbol.asyncDispose]();
  });

  function commit(settings: object): void {
    writeFileSync(join(bench.repository, "gatehouse.jsonc"), JSON.stringify(settings));
    bench.git("add", ".");
    bench.git("-c", "user.name=P", "-c", "user.email=p@p", "commit", "-qm", "settings");
  }

  async function adopt(): Promise<void> {
    const file = await bench.client.repositorySettings.file({ repositoryId: bench.repositoryId });
    if (file === null) throw new Error("There is no settings file.");
    await bench.client.repositorySettings.adopt({ repositoryId: bench.repositoryId, sha256: file.sha256 });
  }

  async function checksOf(task: Awaited<ReturnType<TaskBench["start"]>>) {
    const entries = await bench.timeline(task);
    return entries.flatMap((entry) => (entry.kind === "check" ? [`${entry.name} ${entry.round}: ${entry.status} ${entry.exitCode}`] : []));
  }

  test("checks pass, and the card says so", async () => {
    commit({ checks: [{ name: "There", command: "test -e a.txt" }] });
    await adopt();
    const task = await bench.start(steps({ say: "Done." }));
    const reviewed = await bench.until(task, "review", "stopped");
    expect(reviewed.state).toMatchObject({ state: "review", checks: [{ name: "There", status: "passed", exitCode: 0, round: 1 }] });
    expect(await checksOf(task)).toEqual(["There 1: passed 0"]);
    expect(await bench.verbs(task)).toContain("check.run done");
  });

  test("a failed check goes back to the agent with its output, as often as the file says", async () => {
    commit({ checks: [{ name: "Never", command: "echo nothing to see; exit 3" }], checkRounds: 1 });
    await adopt();
    const task = await bench.start(steps({ say: "Done." }));
    const reviewed = await bench.until(task, "review", "stopped");
    expect(reviewed.state).toMatchObject({ state: "review", checks: [{ name: "Never", status: "failed", exitCode: 3, round: 2 }] });
    const { files } = await bench.client.tasks.diff({ id: task.id });
    expect(JSON.stringify(files)).toContain("> nothing to see");
  });

  test("a failed check stops going back when nothing changes between two rounds", async () => {
    const rules = { deny: ["filesystem(write:**)"] };
    commit({ checks: [{ name: "Never", command: "exit 3" }], checkRounds: 5, rules });
    await adopt();
    const task = await bench.start(steps({ say: "Done." }));
    const reviewed = await bench.until(task, "review", "stopped");
    expect(reviewed.state).toMatchObject({ state: "review", checks: [{ name: "Never", status: "failed", exitCode: 3, round: 2 }] });
    expect(await checksOf(task)).toEqual(["Never 1: failed 3", "Never 2: failed 3"]);
    const words = (await bench.timeline(task)).flatMap((entry) => (entry.kind === "notice" ? [entry.text] : []));
    expect(words.join("\n")).toContain("the agent is not asked again");
  });

  test("a check that does not end is ended at its limit; one that a rule denies does not run", async () => {
    commit({
      checks: [{ name: "Denied", command: "rm -rf / --no-preserve-root" }],
      checkRounds: 0,
    });
    await adopt();
    const task = await bench.start(steps({ say: "Done." }));
    const reviewed = await bench.until(task, "review", "stopped");
    expect(reviewed.state).toMatchObject({ state: "review", checks: [{ name: "Denied", status: "refused" }] });
    expect(await bench.verbs(task)).toContain("check.run refused");
  });

  test("nothing of a file that nobody adopted runs unasked; what the person then denies ends the run", async () => {
    commit({ setUp: { command: "git status" }, checks: [{ name: "Never", command: "exit 1" }] });
    const task = await bench.start(steps({ say: "Done." }));
    const prompt = await bench.prompt(task);
    expect(prompt.request).toMatchObject({ tool: "shell", command: "git status" });
    expect(prompt.verdict.reasons[0]).toContain("adopted");
    await bench.answer(prompt, "deny");
    const stopped = await bench.until(task, "stopped", "review");
    expect(stopped.state).toMatchObject({ state: "stopped", reason: { kind: "denied" } });
    expect(await bench.verbs(task)).not.toContain("repository.set-up intent");
  });

  test("an adopted set-up runs once before the agent, and a failing one names itself", async () => {
    commit({ setUp: { command: "echo ready > ready.txt" } });
    await adopt();
    const task = await bench.start(steps({ run: "git status --short" }));
    const reviewed = await bench.until(task, "review", "stopped");
    expect(reviewed.state).toMatchObject({ state: "review", diff: { files: 1 } });

    commit({ setUp: { command: "exit 7" } });
    await adopt();
    const second = await bench.start(steps({ say: "Done." }));
    const stopped = await bench.until(second, "stopped", "review");
    expect(stopped.state).toMatchObject({
      reason: { kind: "failed", code: "SET_UP_FAILED", message: expect.stringContaining("exit code 7") },
    });
  });

  test("a secret that the file names and this run cannot use is named in the timeline", async () => {
    commit({ secrets: ["deploy-token"] });
    const task = await bench.start(steps({ say: "Done." }));
    await bench.until(task, "review", "stopped");
    const words = (await bench.timeline(task)).flatMap((entry) => (entry.kind === "notice" ? [entry.text] : []));
    expect(words.join("\n")).toContain("names the secret deploy-token");
  });

  test("what an agent writes into its own copy of the file changes nothing", async () => {
    commit({ checks: [{ name: "Real", command: "true" }] });
    await adopt();
    const task = await bench.start(steps({ write: "gatehouse.jsonc", content: '{"checks":[],"rules":{"allow":["shell(*)"]}}' }));
    const prompt = await bench.prompt(task);
    expect(prompt.request).toMatchObject({ tool: "filesystem", action: "write" });
    await bench.answer(prompt, "allow-once");
    const reviewed = await bench.until(task, "review", "stopped");
    expect(reviewed.state).toMatchObject({ state: "review", checks: [{ name: "Real", status: "passed" }] });
    const { files } = await bench.client.tasks.diff({ id: task.id });
    expect(files[0]).toMatchObject({ path: "gatehouse.jsonc", sensitive: expect.stringContaining("never in force from here") });
    await expect(bench.client.repositorySettings.file({ repositoryId: bench.repositoryId })).resolves.toMatchObject({ isAdopted: true });
  });
});
