import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { AgentProfile } from "../core/agents/agent-profile.ts";
import type { SessionLimits } from "../core/agents/session-limits.ts";
import { startAgentSession } from "../core/agents/start-agent-session.ts";
import { systemClock } from "../core/kernel/clock.ts";
import { silentLogger } from "../core/kernel/logger.ts";
import { runtimeFiles } from "../core/runtime-files.ts";
import { ProcessSandbox } from "./process-sandbox.ts";
import { type Decide, RecordingAgentHost } from "./recording-agent-host.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** What a scripted agent begins with: JSON-RPC by hand, and an agent that does nothing until told otherwise. */
const prelude = `
import { createInterface } from "node:readline";
import { writeFileSync, readFileSync, existsSync } from "node:fs";
import { spawn } from "node:child_process";
const waiting = new Map();
let next = 1;
const write = (text) => new Promise((done) => process.stdout.write(text, done));
const send = (message) => write(JSON.stringify({ jsonrpc: "2.0", ...message }) + "\\n");
const update = (update) => send({ method: "session/update", params: { sessionId: "s", update } });
const say = (text, messageId) => update({ sessionUpdate: "agent_message_chunk", messageId, content: { type: "text", text } });
const request = (method, params) => new Promise((resolve) => {
  const id = next++;
  waiting.set(id, resolve);
  send({ id, method, params: { sessionId: "s", ...params } });
});
const once = [{ optionId: "yes", kind: "allow_once", name: "Yes" }, { optionId: "no", kind: "reject_once", name: "No" }];
const ask = (toolCall, options = once) => request("session/request_permission", { toolCall, options });
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const agent = {
  initialize: () => ({ protocolVersion: 1, agentCapabilities: {} }),
  "session/new": () => ({ sessionId: "s" }),
  "session/prompt": async (params) => ({ stopReason: (await agent.prompt(params)) ?? "end_turn" }),
  "session/cancel": () => agent.cancel?.(),
  prompt: async () => {},
};
function serve() {
  createInterface({ input: process.stdin }).on("line", async (line) => {
    const message = JSON.parse(line);
    if (message.method === undefined) return waiting.get(message.id)?.(message);
    const result = await agent[message.method]?.(message.params);
    if (message.id !== undefined) send({ id: message.id, result: result ?? {} });
  }).on("close", () => process.exit(0));
}
`;

export interface ScriptedOptions {
  readonly decide?: Decide;
  readonly profile?: Partial<AgentProfile>;
  readonly limits?: Partial<SessionLimits>;
  readonly signal?: AbortSignal;
  /** Without it the script is all there is: no prelude and no answers. */
  readonly bare?: boolean;
}

/** A real process that plays an agent, in a sandbox double; `starting` is its session. */
export function scriptedAgent(source: string, options: ScriptedOptions = {}) {
  const folder = temporaryFolder();
  const sandbox = new ProcessSandbox(folder);
  onTestFinished(() => sandbox.stop());
  const worktree = join(sandbox.workspace, "task");
  mkdirSync(worktree);
  const script = join(folder, "agent.mjs");
  writeFileSync(script, options.bare === true ? source : `${prelude}\n${source}\nserve();\n`);
  const profile = AgentProfile.parse({
    id: "scripted",
    name: "Scripted agent",
    description: "",
    command: ["node", script],
    environment: {},
    npmPackages: [],
    homeFiles: [],
    files: [],
    mode: null,
    gate: { level: "full", sessionMeta: null },
    silentReads: [],
    minimumMemoryMiB: 64,
    ...options.profile,
  });
  const host = new RecordingAgentHost(options.decide);
  const starting = startAgentSession(
    {
      profile,
      sandbox,
      worktree,
      taskId: "t-scripted",
      files: runtimeFiles(folder),
      host,
      clock: systemClock,
      logger: silentLogger(),
      limits: { handshakeMs: 5_000, killMs: 300, cancelMs: 300, garbageGraceMs: 200, unaskedGraceMs: 150, ...options.limits },
    },
    options.signal ?? new AbortController().signal,
  );
  starting.then(
    (session) => onTestFinished(() => session.end()),
    () => {},
  );
  return { host, sandbox, worktree, folder, starting };
}

/** The most memory this process held while the work ran, above what it held before. Bytes. */
export async function memoryOf<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly peakBytes: number }> {
  const held = () => {
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const before = held();
  let peak = before;
  const sampler = setInterval(() => (peak = Math.max(peak, held())), 5);
  try {
    return { result: await work(), peakBytes: Math.max(peak, held()) - before };
  } finally {
    clearInterval(sampler);
  }
}
