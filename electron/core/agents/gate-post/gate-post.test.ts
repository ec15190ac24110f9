import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { builtScript } from "../../../testing/built-script.ts";
import { ProcessSandbox } from "../../../testing/process-sandbox.ts";
import { temporaryFolder } from "../../../testing/temporary-folder.ts";
import { GatePost } from "./gate-post.ts";

const call = JSON.stringify({ tool_name: "Bash", tool_input: { command: "ls\n-la" } }, null, 2);

test("a hook is answered by core: allowed with silence, anything else with a clear denial", async () => {
  const seen: unknown[] = [];
  const { hook } = await post(async (asked) => {
    seen.push(asked);
    return seen.length === 1;
  });
  expect(await hook(call)).toEqual({ code: 0, denied: false });
  expect(await hook(call)).toEqual({ code: 0, denied: true });
  expect(seen).toEqual([JSON.parse(call), JSON.parse(call)]);
});

test("an agent that would ask again itself is told aloud, and one that tells is never denied", async () => {
  const seen: unknown[] = [];
  const { gate, say } = await post(async (asked) => {
    seen.push(asked);
    return seen.length === 1;
  });
  const allowed = { hookSpecificOutput: { hookEventName: "PreToolUse", permissionDecision: "allow" } };
  expect(JSON.parse((await say("ask", "aloud").ended).out)).toEqual(allowed);
  expect((await say("ask", "aloud").ended).denied).toBe(true);
  expect(await say("tell").ended).toEqual({ code: 0, denied: false, out: "" });
  expect(seen).toHaveLength(3);
  await gate.end();
  expect(await say("tell").ended).toEqual({ code: 0, denied: false, out: "" });
  expect((await say("ask", "aloud").ended).denied).toBe(true);
});

test("a hook that nobody answers as it should denies by itself", async () => {
  const { hook, gate, line } = await post(() => Promise.reject(new Error("core is confused")));
  const denied = { code: 0, denied: true };
  expect(await hook(call)).toEqual(denied);
  expect(await hook("no JSON")).toEqual(denied);
  expect(await hook(call, "1:0")).toEqual(denied);
  expect(await hook(call, "")).toEqual(denied);
  expect(await hook(call, `${line.split(":")[0] ?? ""}:${"0".repeat(48)}`)).toEqual(denied);
  await gate.end();
  expect(await hook(call)).toEqual(denied);
});

test("a hook that is told to end while it waits denies", async () => {
  let isAsked = () => {};
  const asked = new Promise<void>((resolve) => (isAsked = resolve));
  const { start } = await post(async (_, gone) => {
    isAsked();
    return await new Promise((resolve) => gone.addEventListener("abort", () => resolve(false)));
  });
  const { child, ended } = start(call);
  await asked;
  child.kill("SIGTERM");
  expect(await ended).toEqual({ code: 0, denied: true });
});

test("when the post is ended by another hand, core learns of it and what waits is withdrawn", async () => {
  let broken = 0;
  let isAsked = () => {};
  const asked = new Promise<void>((resolve) => (isAsked = resolve));
  const { sandbox, hook } = await post(
    async (_, gone) => {
      isAsked();
      return await new Promise((resolve) => gone.addEventListener("abort", () => resolve(true)));
    },
    () => (broken += 1),
  );
  const waiting = hook(call);
  await asked;
  await sandbox.stop();
  expect(await waiting).toEqual({ code: 0, denied: true });
  await expect.poll(() => broken).toBe(1);
});

async function post(asked: (call: unknown, signal: AbortSignal) => Promise<boolean>, broken = () => {}) {
  const sandbox = new ProcessSandbox(temporaryFolder());
  onTestFinished(() => sandbox.stop());
  const agent = join(sandbox.home, "agent");
  mkdirSync(agent);
  const script = join(agent, "gate-post.mjs");
  copyFileSync(await builtScript("electron/core/agents/gate-post/main.ts"), script);
  const places = { agent, packages: null, home: sandbox.home, worktree: sandbox.workspace, arch: "x64" };
  const gate = await GatePost.start(sandbox, places, { asked, broken }, new AbortController().signal);
  onTestFinished(() => gate.end());
  const run = (input: string, words: readonly string[], address = gate.address) => {
    const child = spawn(process.execPath, [script, ...words], { env: { GATEHOUSE_GATE: address }, stdio: ["pipe", "pipe", "inherit"] });
    child.stdin.end(input);
    const code = new Promise<number | null>((resolve) => child.once("close", resolve));
    const ended = Promise.all([text(child.stdout), code]).then(([out, exit]) => ({ code: exit, denied: isDenial(out), out }));
    return { child, ended };
  };
  const start = (input: string, address?: string) => {
    const { child, ended } = run(input, ["ask"], address);
    return { child, ended: ended.then(({ code, denied }) => ({ code, denied })) };
  };
  const say = (...words: readonly string[]) => run(call, words);
  return {
    sandbox,
    gate,
    line: gate.address,
    start,
    say,
    hook: async (input: string, address?: string) => await start(input, address).ended,
  };
}

function isDenial(out: string): boolean {
  if (out === "") return false;
  return JSON.parse(out).hookSpecificOutput.permissionDecision === "deny";
}
