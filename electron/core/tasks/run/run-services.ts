import type { RepositoryId, TaskId } from "#shared/contract/ids.ts";
import type { Repository } from "#shared/contract/repository.ts";
import type { SettingsFile } from "#shared/contract/repository-settings.ts";
import type { ToolSet } from "#shared/contract/sandbox.ts";
import type { Settings } from "#shared/contract/settings.ts";
import type { AgentProfile } from "../../agents/agent-profile.ts";
import type { AgentHost, AgentSession } from "../../agents/agent-session.ts";
import type { McpServer } from "../../agents/handshake.ts";
import type { KnownOffers } from "../../agents/profiles/known-offers.ts";
import type { OpenInterface } from "../../agents/terminal-agent.ts";
import type { AuditLog } from "../../audit/audit-log.ts";
import type { Usage } from "../../gateway/models/usage.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { NewRunGateway } from "../../gateway/egress/gateway.ts";
import type { RunGateway } from "../../gateway/egress/run-gateway.ts";
import type { DiskWatch } from "../../health/disk-watch.ts";
import type { Logger } from "../../kernel/logger.ts";
import type { McpBook } from "../../mcp/mcp-book.ts";
import type { ServerPackages } from "../../mcp/server-packages.ts";
import type { Permissions } from "../../permissions/permissions.ts";
import type { PolicyContext } from "../../policy/decide.ts";
import type { RuleSet } from "../../policy/rule-set.ts";
import type { HandOver } from "../../repositories/hand-over.ts";
import type { RunSecrets, RunSecretsParts, SecretRun } from "../../secrets/run-secrets.ts";
import type { HookRunner } from "../../rules/hook-runner.ts";
import type { RateBuckets } from "../../rules/rate-buckets.ts";
import type { PackageFolder, Sandbox, SandboxDriver, SandboxPlatform } from "../../sandbox/driver.ts";
import type { TaintBook } from "../../taint/taint-book.ts";
import type { Terminals } from "../../terminal/terminals.ts";
import type { ToolRequest, Verdict } from "#shared/contract/policy.ts";
import type { Machine } from "../machine.ts";
import type { Board } from "../board.ts";
import type { LeftSandboxes } from "../left-sandboxes.ts";
import type { SessionOffers } from "../session-offers.ts";
import type { TaskImages } from "../task-images.ts";
import type { TaskRecord, TaskStore } from "../task-store.ts";
import type { Timelines } from "../timeline.ts";

/** The engines of this machine, as a run needs them. */
export interface Engines {
  /** The driver for a new sandbox. NO_SANDBOX or ENGINE_UNREACHABLE where there is none; never a weaker one unasked. */
  choose(setting: Settings["sandbox"], signal?: AbortSignal): Promise<SandboxDriver>;
  /** All drivers that may hold sandboxes of this install, ready or not. */
  all(): readonly SandboxDriver[];
}

export interface Agents {
  /** NOT_FOUND where no profile has this id. */
  profile(id: string): AgentProfile;
  /** NOT_GATED for an agent that was never seen to ask and of which no person has said that it may run unasked. */
  requireAcknowledged(profile: AgentProfile): void;
  /** Whether the packages that it runs from are on this computer; `hash` names them. */
  installed(
    profile: AgentProfile,
    platform: SandboxPlatform,
  ): Promise<{ readonly kind: "there"; readonly packages: PackageFolder | null } | { readonly kind: "missing"; readonly hash: string }>;
  install(
    profile: AgentProfile,
    platform: SandboxPlatform,
    onLine: (line: string) => void,
    signal: AbortSignal,
  ): Promise<PackageFolder | null>;
  start(
    input: {
      readonly profile: AgentProfile;
      readonly sandbox: Sandbox;
      readonly worktree: string;
      readonly taskId: string;
      readonly host: AgentHost;
      readonly memoryMiB: number;
      /** The session to take up, of an earlier run in the same sandbox; a new one where the agent cannot. */
      readonly resume?: string | null;
      /** Opens the agent's own terminal interface; null: Gatehouse speaks with it. */
      readonly open: OpenInterface | null;
      /** What stands for the agent's keys in its sandbox. Never a value. */
      readonly environment: Readonly<Record<string, string>>;
      /** Whose tools it gets, each started by the agent in its own sandbox. */
      readonly mcpServers: readonly McpServer[];
    },
    signal: AbortSignal,
  ): Promise<AgentSession>;
}

/** What a run works with; made once by `compose.ts`. */
export interface RunServices {
  readonly store: TaskStore;
  readonly board: Board;
  readonly timelines: Timelines;
  readonly permissions: Permissions;
  readonly taint: TaintBook;
  readonly usage: Usage;
  readonly mcp: McpBook;
  /** Scripts for the sandbox: what stands for an MCP server that is reached over HTTP, and what stands before each server. */
  readonly mcpScripts: { readonly bridge: string; readonly guard: string };
  readonly serverPackages: ServerPackages;
  readonly terminals: Terminals;
  readonly audit: AuditLog;
  readonly handOver: HandOver;
  readonly engines: Engines;
  /** Sandboxes that are ended in the background. */
  readonly left: LeftSandboxes;
  readonly agents: Agents;
  readonly offers: SessionOffers;
  readonly knownOffers: Pick<KnownOffers, "keep" | "of">;
  readonly images: TaskImages;
  /** Languages besides Node whose tools the task's repository needs. */
  readonly toolsOf: (task: Pick<TaskRecord, "repositoryId" | "baseBranch">, signal: AbortSignal) => Promise<readonly ToolSet[]>;
  /** Opens the one way out of a run's sandbox. */
  readonly gateway: { open(input: NewRunGateway, signal: AbortSignal): Promise<RunGateway>; forgetTask(id: TaskId): void };
  /** Where a new task's runs may connect besides, as egress rules. RULES_MALFORMED. */
  readonly allowTask: (id: TaskId, rules: readonly string[]) => void;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The one decision function and the rules in force now. */
  readonly decide: (request: ToolRequest, rules: RuleSet, context: PolicyContext) => Verdict;
  readonly rules: (repositoryId: RepositoryId) => RuleSet;
  /** The same for a task's connections: its agent may reach its model, and what it calls besides is refused without a prompt. */
  readonly egressRules: (task: Pick<TaskRecord, "id" | "repositoryId" | "agentId">) => RuleSet;
  /** Reads the repository's own rule file from its base branch; what is wrong with it, in words. */
  readonly refreshRules: (repositoryId: RepositoryId, signal: AbortSignal) => Promise<readonly string[]>;
  /** Reads `gatehouse.jsonc` from the base branch; what is wrong with it, in words. */
  readonly refreshSettings: (repositoryId: RepositoryId, signal: AbortSignal) => Promise<readonly string[]>;
  /** The repository's own settings; null where it has none. */
  readonly repositorySettings: (repositoryId: RepositoryId) => SettingsFile | null;
  /** What is left of the rates of rules, and runs of hooks. */
  readonly rates: RateBuckets;
  readonly hooks: HookRunner;
  readonly settings: () => Settings;
  readonly machine: Machine;
  /** Told when something could not be written. */
  readonly disk: Pick<DiskWatch, "suspect">;
  /** Text that came back from a task, without the values of secrets that it may use. LOCKED while locked. */
  readonly redactWork: (task: { readonly repositoryId: RepositoryId; readonly agentId: string }, text: string) => Promise<string>;
  /** What a run may use of the vault; disposed of with the run. `whileLocked` holds while one of them waits for an unlock. */
  readonly openSecrets: (run: SecretRun, asked: Pick<RunSecretsParts, "decide"> & { readonly whileLocked: () => Disposable }) => RunSecrets;
  /** Commit that a branch of a repository on the host points at; null where there is no such branch. */
  readonly branchHead: (repositoryPath: string, branch: string) => Promise<string | null>;
  /** NOT_FOUND where it has been removed. */
  readonly repository: (id: RepositoryId) => Repository;
}
