import { readFileSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { OwnAgent } from "#shared/contract/agent-profile.ts";
import { builtScript } from "../../../testing/built-script.ts";
import { checkoutRoot } from "../../../testing/checkout-root.ts";
import { hostileAgent } from "../../../testing/hostile-agent.ts";
import { ProcessSandbox } from "../../../testing/process-sandbox.ts";
import { temporaryFolder } from "../../../testing/temporary-folder.ts";
import { systemClock } from "../../kernel/clock.ts";
import { silentLogger } from "../../kernel/logger.ts";
import { runtimeFiles } from "../../runtime-files.ts";
import { profileOf } from "../agent-profile.ts";
import { checkAgent, type CheckFindings } from "./check-agent.ts";

const unproved = { level: "none", silentKinds: [] } as const;

test("the practice agent under a person's own profile is gated", async () => {
  const found = await check({ command: ["node", "{home}/agent.mjs"], mode: "ask", script: await practiceScript() });
  expect(found.points.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
    "start passed",
    "mode passed",
    "shell passed",
    "write passed",
    "read passed",
    "refusal passed",
    "cancel passed",
    "unasked passed",
  ]);
  expect(found.result).toBe("gated");
});

test("an agent that runs a command unasked, and says so, is not gated", async () => {
  const found = await check({ script: hostileAgent("tells") });
  expect(found.result).toBe("not-gated");
  expect(pointOf(found, "shell")).toMatchObject({ outcome: "failed", detail: "It did not ask for: touch sneaky.txt" });
  expect(pointOf(found, "unasked")).toMatchObject({ outcome: "failed" });
  expect(pointOf(found, "refusal")).toMatchObject({ outcome: "failed" });
});

test("an agent that acts without showing any call is not gated: what it changed is seen", async () => {
  const found = await check({ script: hostileAgent("silent") });
  expect(found.result).toBe("not-gated");
  expect(pointOf(found, "refusal")).toMatchObject({ outcome: "failed", detail: expect.stringContaining("sneaky.txt") });
});

test("an agent that asks, is refused and acts all the same is not gated", async () => {
  const found = await check({ script: hostileAgent("asks-and-acts") });
  expect(found.result).toBe("not-gated");
  expect(pointOf(found, "refusal")).toMatchObject({ outcome: "failed" });
});

test("an agent that leaves its mode is not gated", async () => {
  const found = await check({ script: hostileAgent("drifts"), mode: "ask" });
  expect(found.result).toBe("not-gated");
  expect(pointOf(found, "mode")).toMatchObject({ outcome: "failed", detail: expect.stringContaining('from the mode "ask" to "yolo"') });
});

test("an agent that only talks is not gated: nothing of its gate was seen", async () => {
  const found = await check({ script: hostileAgent("talks") });
  expect(found.result).toBe("not-gated");
  expect(pointOf(found, "start").outcome).toBe("passed");
  expect(pointOf(found, "shell")).toMatchObject({ outcome: "not-tried", detail: expect.stringContaining("check of the protocol alone") });
});

test("an agent that reads unasked and asks for the rest is partly gated, and the kinds that it reads by are kept", async () => {
  const found = await check({ script: hostileAgent("reads") });
  expect(found).toMatchObject({ result: "partial", silentKinds: ["read"] });
});

test("a program that is no ACP agent fails at its start, in its own words", async () => {
  const found = await check({ command: ["sh", "-c", "echo no such thing >&2; exit 3"], script: "" });
  expect(found.result).toBe("not-gated");
  expect(pointOf(found, "start")).toMatchObject({ outcome: "failed", detail: expect.stringContaining("no such thing") });
});

async function practiceScript(): Promise<string> {
  return readFileSync(await builtScript("electron/core/agents/practice/main.ts"), "utf8");
}

async function check(agent: {
  readonly command?: readonly string[];
  readonly mode?: string;
  readonly script: string;
}): Promise<CheckFindings> {
  const own = OwnAgent.parse({
    ...{ id: "tried", name: "Tried", description: "", environment: {}, npmPackages: [], minimumMemoryMiB: 64 },
    command: agent.command ?? ["node", "{home}/agent.mjs"],
    homeFiles: [{ path: "agent.mjs", content: agent.script }],
    mode: agent.mode ?? null,
  });
  const sandbox = new ProcessSandbox(temporaryFolder());
  onTestFinished(() => sandbox.stop());
  const parts = {
    profile: profileOf(own, unproved),
    sandbox,
    files: runtimeFiles(checkoutRoot()),
    clock: systemClock,
    logger: silentLogger(),
  };
  return await checkAgent({ ...parts, tell: () => {} }, new AbortController().signal);
}

function pointOf(found: CheckFindings, name: CheckFindings["points"][number]["name"]) {
  return found.points.find((point) => point.name === name) ?? { name, outcome: "missing", detail: "" };
}
