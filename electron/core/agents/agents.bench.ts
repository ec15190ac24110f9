import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { createInterface } from "node:readline";
import * as z from "zod";
import { type AgentBench, agentBench, modelEnvironment, type TearDown } from "../../testing/real-agents.ts";
import { RecordingAgentHost } from "../../testing/recording-agent-host.ts";
import { scripted, type Step } from "./scripted-model/script.ts";
import { scriptedModel } from "./scripted-model/server.ts";
import { systemClock } from "../kernel/clock.ts";
import { silentLogger } from "../kernel/logger.ts";
import { fillPlaces, fillSettings } from "./places.ts";
import { startAgentSession } from "./start-agent-session.ts";

const agents = ["claude-code", "codex", "gemini", "opencode"];
const calls = 10;
const atOnce = 10;
const hello: readonly Step[] = [{ say: "hello" }];
const work: readonly Step[] = [...Array.from({ length: calls }, () => ({ run: "touch x && true" })), { say: "done" }];

const Message = z.object({
  id: z.union([z.int(), z.string()]).optional(),
  method: z.string().optional(),
  params: z.object({ options: z.array(z.object({ optionId: z.string(), kind: z.string() })).optional() }).optional(),
  result: z.object({ sessionId: z.string().optional() }).nullish(),
});

interface Measured {
  readonly firstMessageMs: number;
  readonly memoryMiB: number;
  readonly turnMs: number;
}

export const bench = {
  name: "agents",
  run: async () => {
    const each: Record<string, unknown> = {};
    for (const id of agents) {
      await using down = tearDown();
      const here = await agentBench(id, {}, down);
      const sandboxed = await measureSandboxed(here);
      const bare = await measureBare(here);
      each[id] = {
        sandboxed,
        bare,
        addedMsPerCall: Math.round((sandboxed.turnMs - bare.turnMs) / calls),
        gate: here.profile.gate.hook ?? "asks by itself",
      };
    }
    return { each, tenAtOnce: await tenAtOnce() };
  },
};

/** What this process needs besides for ten agents that work at once. */
async function tenAtOnce() {
  await using down = tearDown();
  const benches = await Promise.all(Array.from({ length: atOnce }, () => agentBench("claude-code", {}, down)));
  globalThis.gc?.();
  const before = ownBytes();
  let most = before;
  const sampling = setInterval(() => (most = Math.max(most, ownBytes())), 100);
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const began = performance.now();
  const cpu = process.cpuUsage();
  await Promise.all(benches.map(async (one) => await measureSandboxed(one)));
  const { user, system } = process.cpuUsage(cpu);
  delay.disable();
  clearInterval(sampling);
  return {
    agents: atOnce,
    seconds: Math.round((performance.now() - began) / 100) / 10,
    /** At its highest, before anything is collected. */
    appAddsMiB: Math.round((most - before) / 1_048_576),
    appCpuSeconds: Math.round((user + system) / 100_000) / 10,
    loopDelayP99Ms: Math.round(delay.percentile(99) / 100_000) / 10,
  };
}

/** Memory of this process that is in use: what the system still holds for it besides says little. */
function ownBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function measureSandboxed(here: AgentBench): Promise<Measured> {
  const { signal } = new AbortController();
  const host = new RecordingAgentHost();
  const began = performance.now();
  const session = await startAgentSession({ ...here, host, clock: systemClock, logger: silentLogger(), taskId: "bench" }, signal);
  try {
    await session.prompt(scripted("Go.", hello), signal);
    const firstMessageMs = Math.round(performance.now() - began);
    const { memoryBytes } = await here.sandbox.stats();
    const turn = performance.now();
    await session.prompt(scripted("Go.", work), signal);
    return { firstMessageMs, memoryMiB: Math.round(memoryBytes / 1_048_576), turnMs: Math.round(performance.now() - turn) };
  } finally {
    await session.end();
  }
}

/** The same agent as a plain process of this machine, every question answered with its first "once". */
async function measureBare(here: AgentBench): Promise<Measured> {
  const home = mkdtempSync(join(tmpdir(), "gatehouse-bare-"));
  const worktree = join(home, "work");
  mkdirSync(worktree);
  execFileSync("git", ["init", "-q", worktree]);
  const model = scriptedModel().listen(0, "127.0.0.1");
  await new Promise((resolve) => model.once("listening", resolve));
  const address = model.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const { profile, packages } = here;
  const places = { agent: home, packages, home, worktree, arch: process.arch };
  for (const { path, content } of profile.homeFiles) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    // Without the hook: nobody asks a bare Codex.
    writeFileSync(join(home, path), fillSettings(content.split("[[hooks")[0] ?? "", places));
  }
  const own = Object.fromEntries(Object.entries(profile.environment).map(([name, value]) => [name, fillPlaces(value, places)]));
  const [program = "", ...words] = profile.command.map((word) => fillPlaces(word, places));
  const environment = { ...here.environment, ...modelEnvironment(profile.id, `http://127.0.0.1:${port}`) };
  const began = performance.now();
  const child = spawn(program, words, {
    cwd: worktree,
    env: { PATH: process.env["PATH"], HOME: home, ...own, ...environment },
    stdio: ["pipe", "pipe", "ignore"],
    // A group of its own: what it started ends with it.
    detached: true,
  });
  const gone = once(child, "close");
  try {
    const ask = bareClient(child.stdin, child.stdout);
    await ask("initialize", { protocolVersion: 1, clientCapabilities: {} });
    const meta = profile.gate.sessionMeta === null ? {} : { _meta: profile.gate.sessionMeta };
    const sessionId = await ask("session/new", { cwd: worktree, mcpServers: [], ...meta });
    const prompt = async (steps: readonly Step[]) =>
      await ask("session/prompt", { sessionId, prompt: [{ type: "text", text: scripted("Go.", steps) }] });
    await prompt(hello);
    const firstMessageMs = Math.round(performance.now() - began);
    const memoryMiB = Math.round(treeBytes(child.pid ?? 0) / 1_048_576);
    const turn = performance.now();
    await prompt(work);
    return { firstMessageMs, memoryMiB, turnMs: Math.round(performance.now() - turn) };
  } finally {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    await gone;
    model.closeAllConnections();
    model.close();
    rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 300 });
  }
}

/** As little of ACP as there can be: asks one thing after another; the result is the session's id where there is one. */
function bareClient(stdin: NodeJS.WritableStream, stdout: NodeJS.ReadableStream) {
  const waiting = new Map<number, (sessionId: string) => void>();
  let next = 0;
  const send = (message: object) => void stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  createInterface({ input: stdout }).on("line", (line) => {
    if (!line.startsWith("{")) return;
    const { id, method, params, result } = Message.parse(JSON.parse(line));
    if (method === "session/request_permission") {
      const once = params?.options?.find(({ kind }) => kind === "allow_once");
      send({ id, result: { outcome: { outcome: "selected", optionId: once?.optionId } } });
    } else if (method === undefined && id !== undefined) waiting.get(Number(id))?.(result?.sessionId ?? "");
  });
  return async (method: string, params: object) =>
    await new Promise<string>((resolve) => {
      next += 1;
      waiting.set(next, resolve);
      send({ id: next, method, params });
    });
}

/** Resident memory of a process and all that it started. */
function treeBytes(root: number): number {
  const rows = execFileSync("ps", ["-axo", "pid=,ppid=,rss="], { encoding: "utf8" })
    .split("\n")
    .map((line) => line.trim().split(/\s+/u).map(Number));
  const pids = new Set([root]);
  for (let size = 0; size !== pids.size; ) {
    size = pids.size;
    for (const [pid = 0, parent = 0] of rows) if (pids.has(parent)) pids.add(pid);
  }
  return rows.reduce((sum, [pid = 0, , kib = 0]) => sum + (pids.has(pid) ? kib * 1_024 : 0), 0);
}

function tearDown(): TearDown & AsyncDisposable {
  const steps: (() => unknown)[] = [];
  return {
    later: (step) => void steps.unshift(step),
    [Symbol.asyncDispose]: async () => {
      for (const step of steps) await step();
    },
  };
}
