import * as z from "zod";
import { changesAudited, reads } from "./base.ts";
import { RepositoryId } from "./ids.ts";
import { RunLimits } from "./task.ts";
import { McpServerName } from "./mcp.ts";
import { SecretName } from "./vault.ts";

/** One command line, run by `bash -c` in the sandbox, in the worktree. */
const command = z.string().trim().min(1, "The command is empty.").max(8_192);
const rule = z.string().min(1).max(8_192);
const rules = z.array(rule).max(2_000);

export const RepositoryCheck = z.strictObject({
  name: z.string().trim().min(1).max(60),
  command,
  timeoutMinutes: z.int().min(1).max(240).default(15),
});
export type RepositoryCheck = z.infer<typeof RepositoryCheck>;

/**
 * `gatehouse.jsonc` on the base branch of a repository: one reviewed file for how agents work on it.
 * What tightens (deny and ask rules) holds at once; everything else once a person has adopted exactly
 * this file.
 */
export const RepositorySettings = z.strictObject({
  $schema: z.string().max(500).optional(),
  /** Id of the agent that a new task proposes. */
  agent: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,40}$/, "not the id of an agent")
    .optional(),
  /** Model that a new task proposes, as the agent names it. */
  model: z.string().min(1).max(200).optional(),
  /** How long the model thinks, as the agent names it. */
  effort: z.string().min(1).max(200).optional(),
  /** Limits that a new task proposes. */
  limits: z
    .strictObject({
      wallClockMinutes: RunLimits.shape.wallClockMinutes.unwrap(),
      memoryMiB: RunLimits.shape.memoryMiB.unwrap(),
      cpuPercent: RunLimits.shape.cpuPercent.unwrap(),
      pids: RunLimits.shape.pids.unwrap(),
      diskMiB: RunLimits.shape.diskMiB.unwrap(),
    })
    .partial()
    .optional(),
  /** Whether a new task is proposed as one that nobody sits beside; only once the file is adopted. */
  unattended: z.boolean().optional(),
  /** Hosts that runs may reach, in the words of an egress rule: `registry.example.com`, `GET docs.example.com/api/*`. */
  network: z.array(z.string().min(1).max(1_000)).max(500).default([]),
  /** Names of the secrets that its runs need. A run whose secret is not there says so; a name grants nothing. */
  secrets: z.array(SecretName).max(50).default([]),
  /** Names of MCP servers that its agents get where a person has defined them and lets repositories name them; a name defines nothing. */
  mcpServers: z.array(McpServerName).max(50).default([]),
  rules: z.strictObject({ deny: rules.default([]), ask: rules.default([]), allow: rules.default([]) }).prefault({}),
  /** Runs once in a new sandbox, before the agent starts. */
  setUp: z.strictObject({ command, timeoutMinutes: z.int().min(1).max(240).default(15) }).optional(),
  /** Run in order after the agent has stopped, before review. */
  checks: z.array(RepositoryCheck).max(20).default([]),
  /** How often failed checks go back to the agent; it ends earlier when nothing changes between two rounds. */
  checkRounds: z.int().min(0).max(10).default(2),
});
export type RepositorySettings = z.infer<typeof RepositorySettings>;

/** What is wrong with a settings file, by line and column from 1. */
export const SettingsProblem = z.object({ line: z.int(), column: z.int(), problem: z.string() });
export type SettingsProblem = z.infer<typeof SettingsProblem>;

/** The last good settings file of a repository, and what is wrong with the one that is there now. */
export const SettingsFile = z.object({
  content: z.string(),
  sha256: z.string(),
  /** The person let all of exactly this file hold. */
  isAdopted: z.boolean(),
  settings: RepositorySettings,
  problems: z.array(SettingsProblem),
});
export type SettingsFile = z.infer<typeof SettingsFile>;

export const repositorySettings = {
  /** As of the base branch now; null where it holds no `gatehouse.jsonc` and never held a good one. */
  file: reads()
    .input(z.object({ repositoryId: RepositoryId }))
    .output(SettingsFile.nullable()),
  /** Lets all of exactly this file hold. CONFLICT when it is another by now. */
  adopt: changesAudited("repository.adopt-settings", { role: "owner" })
    .input(z.object({ repositoryId: RepositoryId, sha256: z.string().regex(/^[0-9a-f]{64}$/) }))
    .output(z.object({})),
};
