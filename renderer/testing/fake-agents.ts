import { fakeOffer } from "./fake-offer.ts";
import { ORPCError } from "@orpc/client";
import type { AgentCheck, AgentDetails, CheckStep } from "#shared/contract/agent.ts";
import { OwnAgent } from "#shared/contract/agent-profile.ts";
import { agentPresets } from "#shared/domain/agent-presets.ts";
import type { Client } from "../rpc/client.ts";
import { toIterator } from "./published.ts";

const hash = (seed: string) => seed.repeat(64).slice(0, 64);

const check = (result: AgentCheck["result"], of: string, hoursAgo: number): AgentCheck => ({
  ...{ at: Date.now() - hoursAgo * 3_600_000, durationMs: 14_300, hash: of, engine: "docker", result, silentKinds: [] },
  points: [
    { name: "start", outcome: "passed", detail: "It answered initialize and session/new in 840 ms." },
    { name: "mode", outcome: "passed", detail: "It stayed in the mode that it starts in." },
    result === "not-gated"
      ? { name: "shell", outcome: "failed", detail: "It did not ask for: echo one > check-shell.txt" }
      : { name: "shell", outcome: "passed", detail: "It asked for: echo one > check-shell.txt" },
    { name: "write", outcome: "passed", detail: "It asked for: Write check-write.txt" },
    { name: "read", outcome: result === "gated" ? "passed" : "not-tried", detail: "It made no such call." },
    result === "not-gated"
      ? { name: "refusal", outcome: "failed", detail: "While everything was refused, this changed all the same:\n?? check-shell.txt" }
      : { name: "refusal", outcome: "passed", detail: "What was refused did not happen." },
    { name: "cancel", outcome: "passed", detail: "Its turn ended 41 ms after the cancel." },
    { name: "unasked", outcome: result === "not-gated" ? "failed" : "passed", detail: "1 ran unasked: echo one > check-shell.txt" },
  ],
});

const plain = { needsAcknowledgement: false, keys: [], silentReads: [], acknowledged: null, own: null, mode: null, check: null };

function fakeDetails(): AgentDetails[] {
  const [goose, qwen] = agentPresets;
  const anthropic = [{ secretKind: "anthropic" as const, label: "Anthropic API key" }];
  const list: AgentDetails[] = [
    {
      ...plain,
      ...{ id: "practice", name: "Practice agent", description: "Needs no key and no network. It is a script, no model." },
      ...{ gate: "full", terminal: "ungated", version: null, origin: "built-in", command: ["node"], npmPackages: [], pinned: "nothing" },
      ...{ installedBytes: null, minimumMemoryMiB: 128, hash: hash("a1"), check: check("gated", hash("a1"), 3) },
    },
    {
      ...plain,
      ...{ id: "claude-code", name: "Claude Code", description: "Through the Agent Client Protocol.", gate: "full", terminal: "gated" },
      ...{ keys: anthropic, version: "0.100.0", origin: "built-in", command: ["node", "index.js"], pinned: "hash" },
      ...{
        npmPackages: ["@agentclientprotocol/claude-agent-acp@0.100.0"],
        installedBytes: 409_000_000,
        minimumMemoryMiB: 512,
        hash: hash("b2"),
      },
    },
  ];
  if (goose !== undefined)
    list.push({
      ...plain,
      ...{ id: "goose", name: "Goose", description: "", gate: "none", terminal: "none", needsAcknowledgement: true, version: null },
      ...{ origin: "own", command: goose.agent.command, npmPackages: [], pinned: "nothing", installedBytes: null, minimumMemoryMiB: 512 },
      ...{ hash: hash("c3"), own: goose.agent, check: check("not-gated", hash("c3"), 1) },
    });
  if (qwen !== undefined)
    list.push({
      ...plain,
      ...{ id: "qwen-code", name: "Qwen Code", description: "", gate: "partial", terminal: "none", version: "0.24.4", origin: "own" },
      ...{ command: qwen.agent.command, npmPackages: qwen.agent.npmPackages, pinned: "version", installedBytes: 88_000_000 },
      ...{
        minimumMemoryMiB: 512,
        hash: hash("d4"),
        own: qwen.agent,
        check: check("partial", hash("d4"), 26),
        silentReads: ["calls of the kind read"],
      },
    });
  return list;
}

/** Agents in every state, in memory. */
export function fakeAgents(): Client["agents"] {
  let agents = fakeDetails();
  const change = (id: string, how: (before: AgentDetails) => AgentDetails): Record<string, never> => {
    if (!agents.some((one) => one.id === id))
      throw new ORPCError("NOT_FOUND", { defined: true, message: "There is no such agent.", data: { remedy: "Reload." } });
    agents = agents.map((one) => (one.id === id ? how(one) : one));
    return {};
  };
  async function* steps(id: string): AsyncGenerator<CheckStep, void, void> {
    for (const text of [
      "Making a sandbox without network",
      "Starting the agent",
      "Asking it for a command and an edit, and refusing both",
    ]) {
      await new Promise((resolve) => setTimeout(resolve, 400));
      yield { kind: "line", text };
    }
    const found = agents.find((one) => one.id === id);
    const done = check("gated", found?.hash ?? hash("e5"), 0);
    change(id, (before) => ({ ...before, check: done }));
    yield { kind: "done", check: done };
  }
  return {
    list: async () => agents,
    offers: async () => [{ agentId: "claude-code", options: fakeOffer().options, seenAt: Date.now() }],
    details: async () => agents,
    add: async (input) => {
      const own = OwnAgent.parse(input);
      const { id, name, description, version, command, npmPackages, minimumMemoryMiB } = own;
      const made = { ...plain, id, name, description, version, command, npmPackages, minimumMemoryMiB, own, hash: hash("f6") };
      agents = [
        ...agents,
        { ...made, gate: "none", terminal: "none", needsAcknowledgement: true, origin: "own", pinned: "version", installedBytes: null },
      ];
      return {};
    },
    update: async (input) => {
      const own = OwnAgent.parse(input);
      return change(own.id, (before) => ({ ...before, name: own.name, own, hash: hash("07") }));
    },
    remove: async ({ id }) => {
      agents = agents.filter((one) => one.id !== id);
      return {};
    },
    check: async ({ id }) => toIterator(steps(id)),
    acknowledge: async ({ agentId, accepts }) =>
      change(agentId, (before) => ({
        ...before,
        acknowledged: accepts ? { by: "you", at: Date.now() } : null,
        needsAcknowledgement: !accepts,
      })),
  };
}
