import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { describeWith } from "../../testing/engines.ts";
import { steps, TaskBench } from "../../testing/task-bench.ts";

const engines = [
  { engine: "docker", sandbox: "docker" },
  { engine: "local-sandbox", sandbox: "local" },
] as const;

/** Asked about by the default rules, harmless everywhere. */
const asks = { run: "echo asked > asked.txt" };
const allowed = { run: "git status --short" };
const denied = { run: "rm -rf /gatehouse-practice-no-such-folder" };

for (const { engine, sandbox } of engines) {
  describeWith(engine, `a run in ${sandbox}`, () => {
    let bench: TaskBench;

    beforeEach(async () => {
      bench = await TaskBench.open(sandbox);
    });
    afterEach(async () => {
      await bench[Symbol.asyncDispose]();
    });

    test("a task becomes an agent that asks, a person answers, the work is reviewed and accepted, and the log tells it", async () => {
      const task = await bench.start(steps({ say: "Hello" }, allowed, asks, denied));
      const prompt = await bench.prompt(task);
      expect(prompt.request).toMatchObject({ tool: "shell", command: "echo asked > asked.txt" });
      expect((await bench.untilTask(task.id, (card) => card.pendingRequests === 1)).activity).toContain("echo asked");
      await bench.answer(prompt, "allow-once");
      const reviewed = await bench.until(task, "review", "stopped");
      expect(reviewed.state).toMatchObject({ state: "review", diff: { files: 1, added: 1, removed: 0 } });
      expect(reviewed.posture?.driver).toBe(sandbox);
      expect(reviewed.pendingRequests).toBe(0);

      const diff = await bench.client.tasks.diff({ id: task.id });
      expect(diff.files.map(({ path, content }) => ({ path, content }))).toEqual([
        { path: "asked.txt", content: { kind: "text", before: "", after: "asked\n" } },
      ]);
      expect(bench.git("branch", "--format=%(refname:short)")).toBe("main");
      await expect(bench.client.tasks.accept({ id: task.id, head: "0".repeat(40), branch: "work" })).rejects.toMatchObject({
        code: "CONFLICT",
      });
      const accepted = await bench.client.tasks.accept({ id: task.id, head: diff.head, branch: "work" });
      expect(accepted.state).toMatchObject({ state: "accepted", branch: "work", head: diff.head });
      expect(bench.git("rev-parse", "work")).toBe(diff.head);
      expect(bench.git("status", "--porcelain")).toBe("");

      const entries = await bench.timeline(task);
      expect(entries.flatMap((entry) => (entry.kind === "call" ? [`${entry.title}: ${entry.decision} ${entry.status}`] : []))).toEqual([
        "git status --short: allow completed",
        "echo asked > asked.txt: allow completed",
        "rm -rf /gatehouse-practice-no-such-folder: deny refused",
      ]);
      await bench.core.opened?.left.idle();
      const verbs = await bench.verbs(task);
      const story = [
        ...["task.start intent", "sandbox.create intent", "sandbox.create done", "sandbox.posture note", "git.hand-in done"],
        ...["agent.start done", "tool.shell intent", "tool.shell done", "permission.ask note", "tool.shell refused"],
        ...[
          "git.hand-out done",
          "task.accept intent",
          "git.move-branch intent",
          "git.move-branch done",
          "task.accept done",
          "sandbox.remove done",
        ],
      ];
      for (const verb of story) expect(verbs).toContain(verb);
      const { steps: counted } = await bench.client.audit.activity({ taskId: task.id, steps: 2 });
      const sum = (of: "allowed" | "asked" | "deniedByRule" | "deniedByPerson") => counted.reduce((total, step) => total + step[of], 0);
      expect([sum("allowed"), sum("asked"), sum("deniedByRule"), sum("deniedByPerson")]).toEqual([2, 1, 1, 0]);
      expect(verbs.indexOf("git.move-branch intent")).toBeLessThan(verbs.indexOf("git.move-branch done"));
      await expect(bench.client.audit.verify({})).resolves.toMatchObject({ result: "intact" });
      await expect(bench.client.sandboxes.list({})).resolves.toEqual([]);
    });

    test("one id goes from the click to the process in the sandbox and to the entries of the log", async () => {
      const task = await bench.start(steps({ run: 'echo "$GATEHOUSE_CALL" > call.txt' }));
      await bench.answer(await bench.prompt(task), "allow-once");
      await bench.until(task, "review");
      const [file] = (await bench.client.tasks.diff({ id: task.id })).files;
      const inside = file?.content.kind === "text" ? (file.content.after ?? "").trim() : "";
      expect(inside).toMatch(/^call-\w+$/);
      const { entries } = await bench.client.audit.list({ taskId: task.id, limit: 200 });
      const ofCall = entries.filter(({ call }) => call === inside).map(({ verb }) => verb);
      expect(ofCall).toEqual(expect.arrayContaining(["task.start", "sandbox.create", "agent.start", "permission.ask", "tool.shell"]));
    });

    test("a person's deny ends the run, names the request, and leaves nothing running", async () => {
      const task = await bench.start(steps(asks, { run: "touch after" }));
      const prompt = await bench.prompt(task);
      await bench.answer(prompt, "deny");
      const stopped = await bench.until(task, "stopped", "review");
      expect(stopped.state).toMatchObject({
        state: "stopped",
        reason: { kind: "denied", requestId: prompt.id, summary: "echo asked > asked.txt" },
      });
      const entries = await bench.timeline(task);
      expect(entries.at(-1)).toMatchObject({ kind: "stop", reason: { kind: "denied" } });
      expect(entries.filter(({ kind }) => kind === "call")).toHaveLength(1);
      expect((await bench.client.sandboxes.list({})).map(({ state }) => state)).toEqual(["stopped"]);
      await expect(bench.answer(prompt, "allow-once")).rejects.toMatchObject({ code: "STALE_ANSWER" });
    });

    test("a stopped task goes on with a message, in the worktree that it left", async () => {
      const task = await bench.start(steps({ write: "left.txt", content: "left\n" }, asks));
      await bench.answer(await bench.prompt(task), "deny");
      await bench.until(task, "stopped");
      await bench.client.tasks.message({ id: task.id, text: steps({ read: "left.txt" }, { write: "more.txt", content: "more\n" }) });
      const reviewed = await bench.until(task, "review");
      expect(reviewed.state).toMatchObject({ diff: { files: 2, added: 2 } });
      const person = (await bench.timeline(task)).find(({ kind }) => kind === "person");
      expect(person).toMatchObject({ delivery: "delivered" });
      expect(await bench.verbs(task)).toContain("sandbox.resume done");
      expect(await bench.client.sandboxes.list({})).toHaveLength(1);
    });

    test("a reviewed task whose sandbox is gone goes on from the work that came back", async () => {
      const task = await bench.start(steps({ write: "one.txt", content: "1\n" }));
      await bench.until(task, "review");
      for (const driver of bench.core.engines.all()) {
        if (driver.kind === sandbox) for (const { id } of await driver.list()) await (await driver.attach(id))?.remove();
      }
      await bench.client.tasks.message({ id: task.id, text: steps({ write: "two.txt", content: "2\n" }) });
      const again = await bench.untilTask(task.id, ({ state }) => state.state === "review" && state.diff.files === 2);
      expect(again.state).toMatchObject({ diff: { files: 2, added: 2, removed: 0 } });
    });

    test("two tasks on one repository run at once and do not see each other's work", async () => {
      const first = await bench.start(steps({ write: "same.txt", content: "first\n" }, asks), "first");
      const second = await bench.start(steps({ write: "same.txt", content: "second\n" }, asks), "second");
      const prompts = [await bench.prompt(first), await bench.prompt(second)];
      expect(bench.core.board.counts()).toEqual({ running: 2, needsYou: 2 });
      for (const prompt of prompts) await bench.answer(prompt, "allow-once");
      for (const [task, text] of [
        [first, "first\n"],
        [second, "second\n"],
      ] as const) {
        await bench.until(task, "review");
        const { files, head } = await bench.client.tasks.diff({ id: task.id });
        expect(files.find(({ path }) => path === "same.txt")?.content).toMatchObject({ after: text });
        await bench.client.tasks.accept({ id: task.id, head, branch: `work/${text.trim()}` });
      }
      expect(bench.git("branch", "--format=%(refname:short)").split("\n")).toEqual(["main", "work/first", "work/second"]);
    });

    test("a locked vault shows nothing, the run goes on to its prompt, and the prompt is there after unlocking", async () => {
      const task = await bench.start(steps({ sleep: 1_000 }, asks));
      await bench.untilTask(task.id, ({ state }) => state.state === "running" && state.stage === "working");
      await bench.client.unlock.lock({});
      await expect(bench.client.tasks.diff({ id: task.id })).rejects.toMatchObject({ code: "LOCKED" });
      await expect.poll(() => bench.core.opened?.permissions.pending().length, { timeout: 10_000 }).toBe(1);
      expect(bench.core.permissions.pending()).toEqual([]);
      await bench.client.unlock.withPassphrase({ passphrase: "a passphrase for tests" });
      await bench.answer(await bench.prompt(task), "allow-once");
      await bench.until(task, "review");
    });

    test("a running task can be cancelled at any stage and says who did it", async () => {
      for (const stage of ["preparing-sandbox", "handing-over-code", "starting-agent", "working"] as const) {
        const task = await bench.start(steps({ sleep: 60_000 }), stage);
        await bench.untilTask(task.id, ({ state }) => state.state === "running" && state.stage === stage);
        const cancelled = await bench.client.tasks.cancel({ id: task.id });
        expect(cancelled.state).toMatchObject({ state: "stopped", reason: { kind: "cancelled", by: "tester" } });
      }
      await bench.core.opened?.left.idle();
      const left = await bench.client.sandboxes.list({});
      expect(left.every(({ state }) => state === "stopped")).toBe(true);
    });

    test("an agent that runs something without asking is stopped and the call is counted", async () => {
      const task = await bench.start(steps({ unasked: "sleep 30" }));
      const stopped = await bench.until(task, "stopped", "review");
      expect(stopped).toMatchObject({ unaskedCalls: 1, state: { state: "stopped", reason: { kind: "ungated-call" } } });
      expect(await bench.verbs(task)).toContain("tool.unasked note");
    });

    test("ten refused calls in a row stop the run", async () => {
      const task = await bench.start(steps(...Array.from({ length: 12 }, () => denied)));
      const stopped = await bench.until(task, "stopped", "review");
      expect(stopped.state).toMatchObject({ state: "stopped", reason: { kind: "many-denials", count: 10 } });
    });

    test("an agent that dies fails the run in the stage it was in", async () => {
      const task = await bench.start(steps({ exit: 3, words: "the disk is on fire" }));
      const stopped = await bench.until(task, "stopped", "review");
      expect(stopped.state).toMatchObject({ reason: { kind: "failed", stage: "working", code: "AGENT_FAILED" } });
      expect(JSON.stringify(stopped.state)).toContain("the disk is on fire");
    });

    test("a sandbox that is taken away fails the run with the reason", async () => {
      const task = await bench.start(steps(asks));
      await bench.prompt(task);
      for (const driver of bench.core.engines.all()) {
        if (driver.kind === sandbox) for (const { id } of await driver.list()) await (await driver.attach(id))?.stop();
      }
      const stopped = await bench.until(task, "stopped", "review");
      expect(stopped.state).toMatchObject({ reason: { kind: "failed", stage: "working" } });
      expect(bench.core.opened?.permissions.pending()).toEqual([]);
    });

    test("stop everything ends all runs, empties the queue and locks", async () => {
      await bench.client.settings.update({ maximumRuns: 1 });
      const first = await bench.start(steps({ sleep: 60_000 }));
      const second = await bench.start(steps({ sleep: 60_000 }));
      expect(second.state.state).toBe("queued");
      await bench.untilTask(first.id, ({ state }) => state.state === "running" && state.stage === "working");
      await expect(bench.client.app.stopEverything({})).resolves.toEqual({ stoppedRuns: 1 });
      expect(bench.core.status().lock.state).toBe("locked");
      await bench.client.unlock.withPassphrase({ passphrase: "a passphrase for tests" });
      await bench.until(first, "stopped");
      await bench.until(second, "backlog");
    });

    describe("with prompts that wait five seconds", () => {
      test("nobody's answer is a no: the run ends", async () => {
        await bench.client.settings.update({ promptExpirySeconds: 5 });
        const task = await bench.start(steps(asks));
        const prompt = await bench.prompt(task);
        const stopped = await bench.until(task, "stopped", "review");
        expect(stopped.state).toMatchObject({ reason: { kind: "expired", requestId: prompt.id } });
      });
    });
  });
}
