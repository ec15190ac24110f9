import { createServer } from "node:http";
import { afterEach, expect, onTestFinished, test } from "vitest";
import { describeWith } from "../../testing/engines.ts";
import { steps, TaskBench } from "../../testing/task-bench.ts";

describeWith("local-sandbox", "a task's own allowlist", () => {
  let bench: TaskBench | null = null;

  afterEach(async () => {
    await bench?.[Symbol.asyncDispose]();
    bench = null;
  });

  test("lets its runs reach what it names and no other task's, is changed while it runs, and a deny holds against it", async () => {
    const port = await listen();
    bench = await TaskBench.open("local");
    const { client } = bench;
    const allow = ["shell(node:*)", "shell(sleep:*)"];
    await client.policy.setRules({ rules: { deny: [], allow, ask: [] } });
    const get = { run: `node -e '${script(port)}'` };
    const mine = await bench.create(steps(get, { say: "Done." }), "Mine", { hosts: [`127.0.0.1:${port}`] });
    await client.tasks.start({ id: mine.id });
    expect((await bench.until(mine, "review", "stopped")).state).toMatchObject({ state: "review" });
    const rows = async (id: typeof mine.id) => (await client.egress.list({ taskId: id })).rows;
    expect(await rows(mine.id)).toEqual([expect.objectContaining({ status: "done", rule: `egress(127.0.0.1:${port})` })]);

    const other = await bench.create(steps(get, { say: "Done." }), "Other");
    await client.tasks.start({ id: other.id });
    const question = await bench.prompt(other);
    expect(question.request).toMatchObject({ tool: "egress", host: "127.0.0.1", port });
    await client.egress.setTaskAllowlist({ taskId: other.id, rules: [`egress(127.0.0.1:${port})`] });
    await bench.answer(question, "allow-once");
    expect((await bench.until(other, "review", "stopped")).state).toMatchObject({ state: "review" });

    await client.policy.setRules({ rules: { deny: [`egress(127.0.0.1:${port})`], allow, ask: [] } });
    const denied = await bench.create(steps(get, { say: "Done." }), "Denied", { hosts: [`127.0.0.1:${port}`] });
    await client.tasks.start({ id: denied.id });
    await bench.until(denied, "review", "stopped");
    expect(await rows(denied.id)).toEqual([expect.objectContaining({ status: "refused", decision: "deny" })]);
    await expect(bench.create(steps({ say: "No." }), "Wrong", { hosts: ["https://a.test/x y"] })).rejects.toMatchObject({
      code: "RULES_MALFORMED",
    });
    const { entries } = await client.audit.list({ limit: 500, taskId: other.id });
    expect(entries.some(({ verb, outcome }) => verb === "egress.set-task-allowlist" && outcome === "done")).toBe(true);
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

function script(port: number): string {
  return `const p=new URL(process.env.HTTP_PROXY);require("http").get({host:p.hostname,port:p.port,path:"http://127.0.0.1:${port}/",headers:{host:"127.0.0.1:${port}"}},(r)=>{r.on("data",(c)=>process.stdout.write(c));r.on("end",()=>process.exit())})`;
}
