import type { AppStatus } from "#shared/contract/app.ts";
import type { RepositoryId, RequestId, TaskId } from "#shared/contract/ids.ts";
import type { Answer, PermissionRequest, PersonRequest, QuestionRequest } from "#shared/contract/permission.ts";
import type { QuestionAnswer } from "#shared/contract/question.ts";
import type { RuleProposal } from "#shared/contract/policy.ts";
import type { AuditLog } from "./audit/audit-log.ts";
import type { BackupSchedule } from "./backups/backup-schedule.ts";
import type { Backups } from "./backups/backups.ts";
import type { KnownOffers } from "./agents/profiles/known-offers.ts";
import type { AgentBook } from "./agents/profiles/agent-book.ts";
import type { AgentChecks } from "./compose/agent-checks.ts";
import type { AgentCatalogue } from "./compose/agents.ts";
import type { DatabaseRecovery } from "./compose/database-recovery.ts";
import type { SandboxEngines } from "./compose/engines.ts";
import type { Gateway } from "./gateway/egress/gateway.ts";
import type { Usage } from "./gateway/models/usage.ts";
import type { Health } from "./health/health.ts";
import type { Clock } from "./kernel/clock.ts";
import type { Emitter } from "./kernel/events.ts";
import type { LogBook } from "./kernel/log-book.ts";
import type { Logger } from "./kernel/logger.ts";
import type { McpBook } from "./mcp/mcp-book.ts";
import type { ServerPackages } from "./mcp/server-packages.ts";
import type { McpChecks } from "./compose/mcp-checks.ts";
import type { Permissions } from "./permissions/permissions.ts";
import type { HostPorts } from "./ports.ts";
import type { LiveSecrets } from "./redactor/live-secrets.ts";
import type { Repositories } from "./repositories/repositories.ts";
import type { Retention } from "./retention/retention.ts";
import type { AccessState } from "./rpc/rpc-context.ts";
import type { SettingsBook } from "./repository-settings/settings-book.ts";
import type { HookPrograms } from "./rules/hook-programs.ts";
import type { HookNotice, HookRunner } from "./rules/hook-runner.ts";
import type { RequestRows } from "./permissions/request-rows.ts";
import type { RuleBook } from "./rules/rule-book.ts";
import type { SettingsStore } from "./settings/settings-store.ts";
import type { Attempts } from "./tasks/attempts.ts";
import type { TaintBook } from "./taint/taint-book.ts";
import type { Board, BoardCounts } from "./tasks/board.ts";
import type { LeftSandboxes } from "./tasks/left-sandboxes.ts";
import type { Tasks } from "./tasks/tasks.ts";
import type { Terminals } from "./terminal/terminals.ts";
import type { IdleLock } from "./unlock/idle-lock.ts";
import type { Confirmation } from "./unlock/confirmation.ts";
import type { Unlock } from "./unlock/unlock.ts";
import type { UnlockMethods } from "./unlock/unlock-methods.ts";
import type { Vault } from "./vault/vault.ts";

/** What there is after the first unlock; it stays while locked, because running agents go on. */
export interface Opened {
  readonly backups: Backups;
  readonly backupSchedule: BackupSchedule;
  readonly retention: Retention;
  readonly health: Health;
  readonly settings: SettingsStore;
  readonly repositories: Repositories;
  readonly permissions: Permissions;
  readonly rules: RuleBook;
  /** What people answered, on disk. */
  readonly answered: Pick<RequestRows, "brief" | "answeredBriefly">;
  readonly hooks: HookRunner;
  readonly hookPrograms: HookPrograms;
  /** What `tool_post` hooks want the person to be told. */
  readonly hookNotices: Emitter<HookNotice>;
  /** See `RunServices.refreshRules`. */
  readonly refreshRules: (id: RepositoryId, signal: AbortSignal) => Promise<readonly string[]>;
  readonly repositorySettings: SettingsBook;
  /** See `RunServices.refreshSettings`. */
  readonly refreshSettings: (id: RepositoryId, signal: AbortSignal) => Promise<readonly string[]>;
  /** What the work of a task would make of the repository's rule file; null where it leaves it alone or is not there yet. */
  readonly ruleProposal: (id: TaskId, signal: AbortSignal) => Promise<RuleProposal | null>;
  readonly gateway: Gateway;
  readonly board: Board;
  readonly taint: TaintBook;
  readonly tasks: Tasks;
  readonly left: LeftSandboxes;
  readonly attempts: Attempts;
  readonly usage: Usage;
  readonly mcp: McpBook;
  readonly serverPackages: ServerPackages;
  readonly mcpChecks: McpChecks;
  readonly agentBook: AgentBook;
  readonly knownOffers: KnownOffers;
  readonly agentChecks: AgentChecks;
  readonly terminals: Terminals;
}

/** What the tray and the notifications see: nothing of the vault's content while it is locked. */
export interface Inbox {
  /** Waiting prompts, riskiest first; none while locked. */
  pending(): readonly PersonRequest[];
  /** LOCKED while locked; else as the permissions service answers. */
  answer(id: RequestId, nonce: string, answer: Answer, by: string): Promise<PermissionRequest>;
  /** As `answer`, for a form. */
  answerForm(id: RequestId, nonce: string, answer: QuestionAnswer, by: string): Promise<QuestionRequest>;
  readonly changed: Emitter<void>;
}

/** The whole of Gatehouse without a host. Hosts make one with `composeCore`, serve its router, and dispose of it. */
export interface Core extends AsyncDisposable {
  readonly ports: HostPorts;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Null where the log goes to standard error. */
  readonly logBook: LogBook | null;
  /** The values that are in use; what leaves a sandbox or reaches a log is searched for them. */
  readonly liveSecrets: LiveSecrets;
  readonly audit: AuditLog;
  readonly vault: Vault;
  readonly unlock: Unlock;
  readonly unlockMethods: UnlockMethods;
  readonly confirmation: Confirmation;
  readonly idleLock: Pick<IdleLock, "present">;
  readonly recovery: DatabaseRecovery;
  readonly engines: SandboxEngines;
  readonly agents: AgentCatalogue;
  /** For the `RpcContext` of each connection. */
  readonly gate: AccessState;
  /** Null before the first unlock. */
  readonly opened: Opened | null;
  status(): AppStatus;
  readonly statusChanged: Emitter<AppStatus>;
  readonly board: { counts(): BoardCounts; readonly changed: Emitter<BoardCounts> };
  readonly permissions: Inbox;
  /** The person's lock from outside the window: tray, menu. Audited. */
  lock(): Promise<void>;
  /** As `app.stopEverything`, from outside the window: tray, menu. Audited. */
  stopEverything(by: string): Promise<number>;
  /** Ends all runs, withdraws their prompts and grants, locks; resolves to how many runs were ended. The caller has audited it. */
  endEverything(by: string): Promise<number>;
}
