import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { describeWith } from "../../testing/engines.ts";
import { steps, TaskBench } from "../../testing/task-bench.ts";

const nothing = async () => undefined;
const asks = { run: "echo asked >> asked.txt" };

describeWith("local-sandbox", "what is taken back between a decision and its effect", () => {
  let bench: TaskBench;

  beforeEach(async () => {
    bench = await TaskBench.open("local");
  });
  afterEach(async () => {
    await bench[Symbol.asyncDispose]();
  });

  /** Does the n-th of these while the intent of the n-th call of a command is being written: it is decided, and has not begun. */
  function whileIntentsAreWritten(...happens: readonly (() => Promise<unknown>)[]): void {
    const { audit } = bench.core;
    const write = audit.intent.bind(audit);
    let count = 0;
    vi.spyOn(audit, "intent").mockImplementation(async (event) => {
      const intent = await write(event);
      if (event.verb === "tool.shell") await happens[count++]?.();
      return intent;
    });
  }

  test("a grant that is revoked by then allows nothing: the call is asked about anew", async () => {
    whileIntentsAreWritten(nothing, async () => {
      const [grant] = await bench.client.permissions.grants({});
      if (grant === undefined) throw new Error("There is no grant.");
      await bench.client.permissions.revoke({ id: grant.id });
    });
    const task = await bench.start(steps(asks, asks));
    const first = await bench.prompt(task);
    await bench.answer(first, "allow-run");
    const second = await bench.untilPrompt(({ id, taskId }) => taskId === task.id && id !== first.id);
    expect(second.request).toEqual(first.request);
    await bench.answer(second, "deny");
    expect((await bench.until(task, "stopped")).state).toMatchObject({ reason: { kind: "denied" } });
    const verbs = (await bench.verbs(task)).filter((verb) => verb.startsWith("tool.shell"));
    expect(verbs).toEqual(["tool.shell intent", "tool.shell done", "tool.shell intent", "tool.shell refused"]);
  });

  test("a rule or a mode that comes by then holds, also against what a person just allowed", async () => {
    const task = await bench.create(steps({ run: "git status --short" }, asks));
    const rules = { deny: ["shell(git status:*)"], allow: ["shell(git:*)"], ask: [] };
    // The second intent is that of the refusal.
    whileIntentsAreWritten(
      async () => await bench.client.policy.setRules({ rules }),
      nothing,
      async () => await bench.client.tasks.setMode({ id: task.id, mode: "plan" }),
    );
    await bench.client.tasks.start({ id: task.id });
    const prompt = await bench.prompt(task);
    await bench.answer(prompt, "allow-once");
    expect((await bench.until(task, "review", "stopped")).state).toMatchObject({ state: "review", diff: { files: 0 } });
    const calls = (await bench.timeline(task)).flatMap((entry) => (entry.kind === "call" ? [`${entry.title}: ${entry.decision}`] : []));
    expect(calls).toEqual(["git status --short: deny", "echo asked >> asked.txt: deny"]);
  });
});
