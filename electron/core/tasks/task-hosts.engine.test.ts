import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { afterEach, expect, onTestFinished, test } from "vitest";
import { describeWith } from "../../testing/engines.ts";
import { ScriptedResolver } from "../../testing/scripted-egress.ts";
import { steps, TaskBench } from "../../testing/task-bench.ts";

describeWith("local-sandbox", "a task's own allowlist", () => {
  let bench: TaskBench | null = null;

  afterEach(async () => {
    await bench?.[Symbol.asyncDispose]();
    bench = null;
  });

  test("lets its runs reach what it names and no other task's, is changed while it runs, and a deny holds against it", async () => {
    const port = await listen();
    const resolver = new ScriptedResolver();
    resolver.set("files.test", ["127.0.0.1"]);
    bench = await TaskBench.open("local", {}, undefined, resolver);
    const { client } = bench;
    const allow = ["shell(curl:*)", `egress(127.0.0.1:${port})`];
    await client.policy.setRules({ rules: { deny: [], allow, ask: [] } });
    const get = { run: `curl -sS http://files.test:${port}/` };
    const mine = await bench.create(steps(get, { say: "Done." }), "Mine", { hosts: [`files.test:${port}`] });
    await client.tasks.start({ id: mine.id });
    expect((await bench.until(mine, "review", "stopped")).state).toMatchObject({ state: "review" });
    const rows = async (id: typeof mine.id) => (await client.egress.list({ taskId: id })).rows;
    expect(await rows(mine.id)).toEqual([expect.objectContaining({ status: "done", rule: `egress(files.test:${port})` })]);

    const other = await bench.create(steps(get, { say: "Done." }), "Other");
    await client.tasks.start({ id: other.id });
    const question = await bench.prompt(other);
    expect(question.request).toMatchObject({ tool: "egress", host: "files.test", port });
    await client.egress.setTaskAllowlist({ taskId: other.id, rules: [`egress(files.test:${port})`] });
    await bench.answer(question, "allow-once");
    expect((await bench.until(other, "review", "stopped")).state).toMatchObject({ state: "review" });

    await client.policy.setRules({ rules: { deny: [`egress(files.test:${port})`], allow, ask: [] } });
    const denied = await bench.create(steps(get, { say: "Done." }), "Denied", { hosts: [`files.test:${port}`] });
    await client.tasks.start({ id: denied.id });
    await bench.until(denied, "review", "stopped");
    expect(await rows(denied.id)).toEqual([expect.objectContaining({ status: "refused", decision: "deny" })]);
    await expect(bench.create(steps({ say: "No." }), "Wrong", { hosts: ["https://a.test/x y"] })).rejects.toMatchObject({
      code: "RULES_MALFORMED",
    });
    const { entries } = await client.audit.list({ limit: 500, taskId: other.id });
    expect(entries.some(({ verb, outcome }) => verb === "egress.set-task-allowlist" && outcome === "done")).toBe(true);
  });

  test("what the repository's own file denies is denied, though the task names the host, and also before anybody has adopted the file", async () => {
    const port = await listen();
    const resolver = new ScriptedResolver();
    resolver.set("files.test", ["127.0.0.1"]);
    bench = await TaskBench.open("local", {}, undefined, resolver);
    const { client } = bench;
    await client.policy.setRules({ rules: { deny: [], allow: ["shell(curl:*)", `egress(127.0.0.1:${port})`], ask: [] } });
    writeFileSync(join(bench.repository, "gatehouse.jsonc"), JSON.stringify({ rules: { deny: [`egress(files.test:${port})`] } }));
    bench.git("add", ".");
    bench.git("-c", "user.name=P", "-c", "user.email=p@p", "commit", "-qm", "settings");
    const get = { run: `curl -sS http://files.test:${port}/` };
    const task = await bench.create(steps(get, { say: "Done." }), "Named", { hosts: [`files.test:${port}`] });
    await client.tasks.start({ id: task.id });
    await bench.until(task, "review", "stopped");
    const { rows } = await client.egress.list({ taskId: task.id });
    expect(rows).toEqual([expect.objectContaining({ status: "refused", decision: "deny", rule: `egress(files.test:${port})` })]);
  });

  test("an unattended run's question about a host waits beyond the expiry, and the program that connects gets its page with the answer", async () => {
    const port = await listen();
    const resolver = new ScriptedResolver();
    resolver.set("files.test", ["127.0.0.1"]);
    bench = await TaskBench.open("local", { promptExpirySeconds: 5 }, undefined, resolver);
    const { client } = bench;
    await client.policy.setRules({ rules: { deny: [], allow: ["shell(curl:*)", `egress(127.0.0.1:${port})`], ask: [] } });
    const get = { run: `curl -sS http://files.test:${port}/` };
    const task = await bench.create(steps(get, { say: "Done." }), "Overnight", { isUnattended: true });
    await client.tasks.start({ id: task.id });
    const question = await bench.prompt(task);
    expect(question).toMatchObject({ expiresAt: null, request: { tool: "egress", host: "files.test", port } });
    const waiting = await bench.untilTask(task.id, ({ activity }) => activity === "Paused: waits for 1 decision");
    expect(waiting).toMatchObject({ isUnattended: true, pendingRequests: 1 });
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    await bench.answer(question, "allow-once");
    expect((await bench.until(task, "review", "stopped")).state).toMatchObject({ state: "review" });
    const { rows } = await client.egress.list({ taskId: task.id });
    expect(rows.map(({ host, status }) => [host, status])).toEqual([["files.test", "done"]]);
  });
});

async function listen(): Promise<number> {
  const server = createServer((_request, response) => response.end("hello"));
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening");
  return address.port;
}
