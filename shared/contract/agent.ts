import { eventIterator } from "@orpc/contract";
import * as z from "zod";
import { AgentId, OwnAgent } from "./agent-profile.ts";
import { changes, changesAudited, reads } from "./base.ts";
import { Timestamp } from "./ids.ts";
import { SessionOption } from "./task.ts";
import { SecretKind } from "./vault.ts";

/** `full`: asks for every call, proved by conformance. `none`: sandbox only, shown in red. */
export const GateLevel = z.enum(["full", "partial", "none"]);
export type GateLevel = z.infer<typeof GateLevel>;

export const AgentSummary = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  gate: GateLevel,
  /** Its own terminal interface: `none` where it has none, `ungated` where nothing makes it ask there. */
  terminal: z.enum(["none", "gated", "ungated"]),
  /** Keys that it works with; one of them is enough. None: it needs none. */
  keys: z.array(z.object({ secretKind: SecretKind, label: z.string() })),
  /** Nothing starts with it before a person has said that it may run unasked. */
  needsAcknowledgement: z.boolean(),
});
export type AgentSummary = z.infer<typeof AgentSummary>;

/** What an agent was last seen to let a person choose in a session. All text is the agent's. */
export const AgentOffer = z.object({ agentId: z.string(), options: z.array(SessionOption), seenAt: Timestamp });
export type AgentOffer = z.infer<typeof AgentOffer>;

/** What a check looks at, in order. */
export const CheckPointName = z.enum(["start", "mode", "shell", "write", "read", "refusal", "cancel", "unasked"]);
export type CheckPointName = z.infer<typeof CheckPointName>;

export const CheckPoint = z.object({
  name: CheckPointName,
  outcome: z.enum(["passed", "failed", "not-tried"]),
  /** What was seen. May quote the agent: hostile. */
  detail: z.string().max(2_000),
});
export type CheckPoint = z.infer<typeof CheckPoint>;

/** What one check of an agent in a sandbox without network came to. */
export const AgentCheck = z.object({
  at: Timestamp,
  durationMs: z.int(),
  /** Of the profile that was checked: with another one the check says nothing. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  engine: z.string(),
  /** `partial`: what was tried was asked for, but not every kind of call was, or calls that only read were not. */
  result: z.enum(["gated", "partial", "not-gated"]),
  /** ACP kinds of calls that only read and were not asked for. */
  silentKinds: z.array(z.enum(["read", "search"])),
  points: z.array(CheckPoint),
});
export type AgentCheck = z.infer<typeof AgentCheck>;

/** Everything about one agent, for the screen that looks after them. */
export const AgentDetails = AgentSummary.extend({
  version: z.string().nullable(),
  /** `own`: a person added it. */
  origin: z.enum(["built-in", "own"]),
  command: z.array(z.string()),
  npmPackages: z.array(z.string()),
  /** How far its packages are pinned: by hash with all they depend on, by exact version, or there are none. */
  pinned: z.enum(["hash", "version", "nothing"]),
  /** Bytes of its packages on this computer; null where they are not installed, or there are none. */
  installedBytes: z.int().nullable(),
  /** Calls that it never asks about and that its profile names, in words. */
  silentReads: z.array(z.string()),
  mode: z.string().nullable(),
  minimumMemoryMiB: z.int(),
  hash: AgentCheck.shape.hash,
  /** The last one on this computer; of this very profile when the hashes are the same. */
  check: AgentCheck.nullable(),
  /** Who said that it may run unasked, and when; null where nobody has, of this very profile. */
  acknowledged: z.object({ by: z.string(), at: Timestamp }).nullable(),
  /** What the form edits and export writes; null for one that ships with Gatehouse. */
  own: OwnAgent.nullable(),
});
export type AgentDetails = z.infer<typeof AgentDetails>;

export const CheckStep = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("line"), text: z.string() }),
  z.object({ kind: z.literal("done"), check: AgentCheck }),
]);
export type CheckStep = z.infer<typeof CheckStep>;

const one = z.object({ id: AgentId });

export const agents = {
  list: reads().input(z.object({})).output(z.array(AgentSummary)),
  /** Of the agents that have run in exactly the version that is installed now. */
  offers: reads().input(z.object({})).output(z.array(AgentOffer)),
  details: reads().input(z.object({})).output(z.array(AgentDetails)),
  /** CONFLICT where another agent has the id. */
  add: changes("agent.add", { role: "owner" }).input(OwnAgent).output(z.object({})),
  /** Another profile under the same id: its check and its acknowledgement hold no longer. NOT_FOUND for one that is not a person's own. */
  update: changes("agent.update", { role: "owner" }).input(OwnAgent).output(z.object({})),
  /** CONFLICT while a task that is not over names it. */
  remove: changes("agent.remove", { role: "owner" }).input(one).output(z.object({})),
  /** Starts the agent in a sandbox of its own without network, and tries its gate. CONFLICT while another check runs. */
  check: changesAudited("agent.check", { role: "owner" }).input(one).output(eventIterator(CheckStep)),
  /** The person takes it that exactly this profile runs unasked, held by the sandbox alone; or takes that back. */
  acknowledge: changes("agent.acknowledge", { role: "owner" })
    .input(z.object({ agentId: AgentId, hash: AgentCheck.shape.hash, accepts: z.boolean() }))
    .output(z.object({})),
};
