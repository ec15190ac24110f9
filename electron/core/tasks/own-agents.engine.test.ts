import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { AgentCheck } from "#shared/contract/agent.ts";
import { OwnAgent } from "#shared/contract/agent-profile.ts";
import { builtScript } from "../../testing/built-script.ts";
import { checkoutRoot } from "../../testing/checkout-root.ts";
import { describeWith } from "../../testing/engines.ts";
import { hostileAgent } from "../../testing/hostile-agent.ts";
import { TaskBench } from "../../testing/task-bench.ts";
import { findProfile, loadProfiles } from "../agents/profiles.ts";
import { runtimeFiles } from "../runtime-files.ts";

const own = (id: string, script: string, mode: string | null): OwnAgent =>
  OwnAgent.parse({
    ...{ id, name: `Agent ${id}`, description: "", environment: {}, npmPackages: [], minimumMemoryMiB: 64, mode },
    command: ["node", "{home}/agent.mjs"],
    homeFiles: [{ path: "agent.mjs", content: script }],
  });

async function checked(bench: TaskBench, id: string): Promise<AgentCheck> {
  for await (const step of await bench.client.agents.check({ id })) if (step.kind === "done") return step.check;
  throw new Error("The check did not end.");
}

async function detailsOf(bench: TaskBench, id: string) {
  const found = (await bench.client.agents.details({})).find((agent) => agent.id === id);
  if (found === undefined) throw new Error(`There is no ${id}.`);
  return found;
}

describeWith("local-sandbox", "an agent that a person adds", () => {
  let bench: TaskBench;

  beforeEach(async () => {
    bench = await TaskBench.open("local");
  });
  afterEach(async () => {
    await bench[Symbol.asyncDispose]();
  });

  test("starts nothing before its check, and works as gated once the check has seen it ask", async () => {
    const script = readFileSync(await builtScript("electron/core/agents/practice/main.ts"), "utf8");
    await bench.client.agents.add(own("mine", script, "ask"));
    const task = await bench.create('```steps\n[{"write": "b.txt", "content": "two\\n"}]\n```', "Mine", { agentId: "mine" });
    await expect(bench.client.tasks.start({ id: task.id })).rejects.toMatchObject({ code: "NOT_GATED" });
    const check = await checked(bench, "mine");
    expect(check).toMatchObject({ result: "gated", engine: "local" });
    expect(await detailsOf(bench, "mine")).toMatchObject({ gate: "full", needsAcknowledgement: false, check: { result: "gated" } });
    await bench.client.tasks.start({ id: task.id });
    expect((await bench.until(task, "review", "stopped")).state).toMatchObject({ state: "review", diff: { files: 1 } });
    await bench.client.agents.update(own("mine", `${script}\n// another\n`, "ask"));
    expect(await detailsOf(bench, "mine")).toMatchObject({ gate: "none", needsAcknowledgement: true });
    await expect(bench.client.agents.remove({ id: "mine" })).rejects.toMatchObject({ code: "CONFLICT" });
  });

  test("that acts unasked is found out, and runs only where a person says of exactly this profile that it may", async () => {
    await bench.client.agents.add(own("sly", hostileAgent("tells"), null));
    expect(await checked(bench, "sly")).toMatchObject({ result: "not-gated" });
    const task = await bench.create("Do it", "Sly", { agentId: "sly" });
    await expect(bench.client.tasks.start({ id: task.id })).rejects.toMatchObject({ code: "NOT_GATED" });
    const wrong = { agentId: "sly", hash: "0".repeat(64), accepts: true };
    await expect(bench.client.agents.acknowledge(wrong)).rejects.toMatchObject({ code: "CONFLICT" });
    const { hash } = await detailsOf(bench, "sly");
    await bench.client.agents.acknowledge({ agentId: "sly", hash, accepts: true });
    expect(await detailsOf(bench, "sly")).toMatchObject({ gate: "none", needsAcknowledgement: false, acknowledged: { by: "tester" } });
    await bench.client.tasks.start({ id: task.id });
    const ended = await bench.until(task, "review", "stopped");
    expect(ended).toMatchObject({ state: { state: "review" }, unaskedCalls: 1 });
    await bench.client.agents.acknowledge({ agentId: "sly", hash, accepts: false });
    await bench.client.tasks.message({ id: task.id, text: "Again" });
    expect((await bench.untilTask(task.id, ({ state }) => state.state === "stopped")).state).toMatchObject({
      reason: { kind: "failed", code: "NOT_GATED" },
    });
    const { entries } = await bench.client.audit.list({ limit: 200 });
    const verbs = entries.filter(({ phase }) => phase === "intent").map(({ verb }) => verb);
    expect(verbs).toEqual(expect.arrayContaining(["agent.add", "agent.check", "agent.acknowledge"]));
    expect(entries.some(({ verb }) => verb === "tool.unasked")).toBe(true);
  });

  test("cannot take the id of one that ships along, and nothing of those can be changed", async () => {
    await expect(bench.client.agents.add(own("practice", "", null))).rejects.toMatchObject({ code: "CONFLICT" });
    await expect(bench.client.agents.update(own("practice", "", null))).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(bench.client.agents.remove({ id: "practice" })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});

/** Claude Code as a person would add it by hand: out of its package, with its gate. */
async function claudeCodeByHand(): Promise<OwnAgent> {
  const profile = findProfile(await loadProfiles(runtimeFiles(checkoutRoot()).agents), "claude-code");
  const { command, environment, npmPackages, mode, gate, resume, usage, provider, minimumMemoryMiB, check } = profile;
  return OwnAgent.parse({
    ...{ id: "my-claude", name: "My Claude", description: "", homeFiles: [] },
    ...{ command, environment, npmPackages, mode, resume, usage, provider, minimumMemoryMiB, check },
    gate: { sessionMeta: JSON.stringify(gate.sessionMeta), commandIn: gate.commandIn },
  });
}

describeWith(["docker", "agents"], "the check of a real agent before its first use", () => {
  test("sees Claude Code, added by a person, ask for a command, an edit and a read, with a scripted model and no network", {
    timeout: 240_000,
  }, async () => {
    await using bench = await TaskBench.open("docker");
    await bench.client.agents.add(await claudeCodeByHand());
    const task = await bench.create("Say hello.", "Mine", { agentId: "my-claude" });
    await expect(bench.client.tasks.start({ id: task.id })).rejects.toMatchObject({ code: "NOT_GATED" });
    const check = await checked(bench, "my-claude");
    expect(check.points.filter(({ outcome }) => outcome !== "passed")).toEqual([]);
    expect(check).toMatchObject({ result: "gated", engine: "docker" });
    expect(await detailsOf(bench, "my-claude")).toMatchObject({ gate: "full", needsAcknowledgement: false });
  });
});
