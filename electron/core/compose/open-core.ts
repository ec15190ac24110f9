import { join } from "node:path";
import { budgetName } from "#shared/domain/budget-words.ts";
import { writeUsd } from "#shared/domain/money.ts";
import type { AuditLog } from "../audit/audit-log.ts";
import { BackupSchedule } from "../backups/backup-schedule.ts";
import { Backups } from "../backups/backups.ts";
import type { Opened } from "../core.ts";
import { Allowlists } from "../gateway/allowlist/allowlists.ts";
import { Dialler } from "../gateway/dial/dialler.ts";
import { type Resolver, SystemResolver } from "../gateway/dial/resolver.ts";
import { caFilesOfEnvironment, readCas } from "../gateway/dial/trusted-cas.ts";
import { proxyOfEnvironment, upstreamOf } from "../gateway/dial/upstream-proxy.ts";
import { Gateway } from "../gateway/egress/gateway.ts";
import { EgressLedger } from "../gateway/egress/ledger.ts";
import { brokerageWith } from "../gateway/broker/brokerage.ts";
import { type ModelData, Usage } from "../gateway/models/usage.ts";
import type { DiskWatch } from "../health/disk-watch.ts";
import { Health } from "../health/health.ts";
import { LiveFigures } from "../health/live-figures.ts";
import type { Clock } from "../kernel/clock.ts";
import { randomId } from "../kernel/ids.ts";
import { Lifetime } from "../kernel/lifecycle.ts";
import type { Logger } from "../kernel/logger.ts";
import { Secret } from "../kernel/secret.ts";
import { McpBook } from "../mcp/mcp-book.ts";
import { ServerPackages } from "../mcp/server-packages.ts";
import { PermissionService } from "../permissions/permission-service.ts";
import { RequestRows } from "../permissions/request-rows.ts";
import { decide } from "../policy/decide.ts";
import type { WrittenLayer } from "../policy/rule-set.ts";
import type { Keychain } from "../ports.ts";
import type { LiveSecrets } from "../redactor/live-secrets.ts";
import { baseLanguages } from "../repositories/base-languages.ts";
import { commitOf } from "../repositories/branches.ts";
import { createHandOver } from "../repositories/git-hand-over.ts";
import { readBaseFile } from "../repositories/base-file.ts";
import { readBaseRuleFile, readRuleFileAt } from "../repositories/rule-file.ts";
import { locate } from "../repositories/locate.ts";
import { Repositories } from "../repositories/repositories.ts";
import { SettingsBook, settingsFileName } from "../repository-settings/settings-book.ts";
import { proposalOf } from "../rules/branch-proposal.ts";
import { HookPrograms } from "../rules/hook-programs.ts";
import { HookRunner } from "../rules/hook-runner.ts";
import { RateBuckets } from "../rules/rate-buckets.ts";
import { Retention } from "../retention/retention.ts";
import { RuleBook } from "../rules/rule-book.ts";
import type { RuntimeFiles } from "../runtime-files.ts";
import { redactWork } from "../secrets/redact-work.ts";
import { RunSecrets } from "../secrets/run-secrets.ts";
import { SettingsStore } from "../settings/settings-store.ts";
import { databaseJobsInWorker } from "../storage/database-jobs.ts";
import { openDatabase } from "../storage/open-database.ts";
import { Attempts } from "../tasks/attempts.ts";
import { TaintBook } from "../taint/taint-book.ts";
import { Board } from "../tasks/board.ts";
import { thisMachine } from "../tasks/machine.ts";
import { mendInBackground } from "./mend-in-background.ts";
import { LeftSandboxes } from "../tasks/left-sandboxes.ts";
import { mendRuns } from "../tasks/reconciler.ts";
import type { RunServices } from "../tasks/run/run-services.ts";
import { recordedCalls } from "../tasks/recorded-calls.ts";
import { releaseSandboxes } from "../tasks/review.ts";
import { SessionOffers } from "../tasks/session-offers.ts";
import { TaskStore } from "../tasks/task-store.ts";
import { TaskImages } from "../tasks/task-images.ts";
import { Tasks } from "../tasks/tasks.ts";
import { Timelines } from "../tasks/timeline.ts";
import { ServerTerminals } from "../terminal/server-terminals.ts";
import type { Vault } from "../vault/vault.ts";
import { KnownOffers } from "../agents/profiles/known-offers.ts";
import type { PackageStore } from "../agents/packages/package-store.ts";
import { AgentBook } from "../agents/profiles/agent-book.ts";
import { AgentChecks } from "./agent-checks.ts";
import { McpChecks } from "./mcp-checks.ts";
import type { AgentCatalogue } from "./agents.ts";
import type { SandboxEngines } from "./engines.ts";

/** How long an unattended run waits for an unlock, milliseconds: the longest that a timer goes, 24 days. */
const asLongAsItTakesMs = 2_147_483_647;

export interface OpenCoreParts {
  readonly folder: string;
  readonly files: RuntimeFiles;
  readonly vault: Vault;
  readonly audit: AuditLog;
  readonly engines: SandboxEngines;
  readonly agents: AgentCatalogue;
  readonly packages: PackageStore;
  readonly models: ModelData;
  readonly keychain?: Keychain | null;
  readonly resolver?: Resolver | undefined;
  /** What is taken out of everything that leaves a sandbox. */
  readonly live: LiveSecrets;
  readonly disk: Pick<DiskWatch, "suspect">;
  /** Resolves when the vault is open; rejects with LOCKED after so long. */
  readonly untilUnlocked: (waitMs: number, signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What can be built only with the vault open, in order of construction; disposed of with core. */
export async function openCore(parts: OpenCoreParts): Promise<Opened & AsyncDisposable> {
  const lifetime = new Lifetime();
  try {
    return await build(parts, lifetime);
  } catch (error) {
    await lifetime[Symbol.asyncDispose]();
    throw error;
  }
}

async function build(parts: OpenCoreParts, lifetime: Lifetime): Promise<Opened & AsyncDisposable> {
  const { folder, vault, audit, clock, logger } = parts;
  const key = vault.databaseKey();
  const database = openDatabase({ file: join(folder, "gatehouse.db"), key, clock, logger });
  lifetime.defer(() => database.close());
  lifetime.defer(() => key.destroy());
  const lendKey = () => key.use((bytes) => Secret.fromBytes(Buffer.from(bytes)));
  const jobs = databaseJobsInWorker(parts.files.databaseWorker, lendKey);
  vault.attach(database);
  const settings = new SettingsStore(database, logger);
  const repositories = new Repositories({ database, clock, sampleSource: parts.files.sampleRepository, dataFolder: folder });
  const permissions: PermissionService = new PermissionService({ database, audit, clock, logger, propose: (one) => rules.propose(one) });
  lifetime.defer(async () => await permissions.close());
  const terminals = new ServerTerminals({ clock });
  lifetime.defer(async () => await terminals.close());
  const store = new TaskStore(database);
  const repositorySettings = new SettingsBook({ database, audit });
  const allowlists = new Allowlists({ database, audit, clock });
  const answered = new RequestRows(database);
  const rules = new RuleBook({
    ...{ database, audit, clock, logger },
    answeredRules: (id) => [...permissions.rulesOf(id), ...allowlists.of(id).map(({ rule }) => rule)],
    settingsRules: (id) => repositorySettings.rulesOf(id),
    history: (limit) => answered.answeredBriefly(limit),
    calls: (limit, id) => recordedCalls(database, limit, id),
    worktreeOf: ({ taskId, runId }) => store.runsOf(taskId).find(({ id }) => id === runId)?.worktree ?? null,
  });
  const ledger = new EgressLedger({ database, clock, logger });
  ledger.reconcile();
  lifetime.defer(() => ledger.flush());
  const resolver = parts.resolver ?? new SystemResolver();
  const hookPrograms = new HookPrograms({ database, audit, clock });
  const hooks = new HookRunner({ audit, clock, logger, programs: hookPrograms });
  lifetime.defer(async () => await hooks.close());
  const taint = new TaintBook({ database, audit, clock });
  const usage = new Usage({
    ...{ database, clock, data: parts.models },
    names: {
      repository: (id) => repositories.list().find((one) => one.id === id)?.name ?? id,
      task: (id) => board.all().find((one) => one.id === id)?.title ?? id,
    },
  });
  const serverPackages = new ServerPackages(database, clock, { store: parts.packages });
  const mcp = new McpBook(database, clock, {
    packages: serverPackages,
    named: (id) => {
      const file = repositorySettings.of(id);
      return file?.isAdopted === true ? file.settings.mcpServers : [];
    },
  });
  const agentBook = new AgentBook(database, clock);
  const knownOffers = new KnownOffers(database, clock);
  lifetime.use(parts.agents.useBook(agentBook));
  const upstream = proxyOfEnvironment(process.env);
  const gateway = new Gateway({
    ...{ files: parts.files, ledger, allowlists, audit, clock, logger },
    dialler: new Dialler(resolver, () => upstreamOf(settings.get(), upstream)),
    trustedCas: () => readCas([...caFilesOfEnvironment(process.env), ...[settings.get().extraCaFile ?? []].flat()], logger),
    listed: (target) => usage.providers.listed(target),
    brokerage: brokerageWith({ models: usage.calls, live: parts.live, clock }),
  });
  const left = lifetime.use(new LeftSandboxes({ engines: parts.engines, audit, clock, logger }));
  for (const source of [rules.changed, repositorySettings.changed, permissions.rulesChanged, allowlists.changed, vault.moved])
    lifetime.use(source.on(() => gateway.reconsider()));
  const timelines = new Timelines({ database, clock, logger });
  const services: Omit<RunServices, "board"> = {
    ...{ gateway, left },
    ...{ store, permissions, terminals, audit, clock, logger, decide, taint, usage, mcp, serverPackages },
    mcpScripts: { bridge: parts.files.mcpBridge, guard: parts.files.mcpGuard },
    rules: (id) => rules.of(id),
    egressRules: ({ id, repositoryId, agentId }) =>
      rules.of(repositoryId, [...taskLayers(allowlists.ofTask(id)), ...parts.agents.egressLayers(agentId)]),
    allowTask: (id, hosts) => allowlists.beginTask(id, hosts),
    rates: new RateBuckets(database, clock),
    hooks,
    refreshRules: async (id, signal) => {
      const { path, defaultBranch } = repositories.get(id);
      return rules.takeFile(id, await readBaseRuleFile(path, defaultBranch, signal));
    },
    refreshSettings: async (id, signal) => {
      const { path, defaultBranch } = repositories.get(id);
      const content = await readBaseFile({ path, branch: defaultBranch, name: settingsFileName }, signal);
      return repositorySettings.take(id, content).map(({ line, column, problem }) => `line ${line}, column ${column}: ${problem}`);
    },
    repositorySettings: (id) => repositorySettings.of(id),
    timelines,
    handOver: createHandOver(),
    engines: parts.engines,
    agents: parts.agents,
    offers: new SessionOffers(),
    knownOffers,
    images: new TaskImages(database, clock),
    toolsOf: async ({ repositoryId, baseBranch }, signal) => {
      return await baseLanguages({ path: repositories.get(repositoryId).path, branch: baseBranch }, signal);
    },
    settings: () => settings.get(),
    machine: thisMachine(folder),
    disk: parts.disk,
    redactWork: async (task, text) => await redactWork(vault, task, text),
    openSecrets: (run, { decide: decideUse, whileLocked }) =>
      new RunSecrets({
        ...{ run, vault, audit, clock, live: parts.live, decide: decideUse },
        untilUnlocked: async (signal) => {
          using _waiting = vault.isUnlocked() ? null : whileLocked();
          const { isUnattended } = store.get(run.taskId);
          await parts.untilUnlocked(isUnattended ? asLongAsItTakesMs : settings.get().promptExpirySeconds * 1_000, signal);
        },
      }),
    branchHead: async (path, branch) => await commitOf(await locate(path), `refs/heads/${branch}`),
    repository: (id) => repositories.get(id),
  };
  const board: Board = new Board(cardNames(services), store.all());
  lifetime.use(showOnCards(board, usage, taint));
  lifetime.use(warnOfBudgets(usage, services));
  const runServices: RunServices = { ...services, board };
  await mendRuns(runServices);
  const tasks = new Tasks(runServices);
  lifetime.use(settings.changed.on(() => tasks.schedule()));
  lifetime.defer(async () => await tasks.close());
  mendInBackground(runServices, tasks, lifetime);
  const retention = lifetime.use(
    new Retention({
      ...{ dataFolder: folder, database, store, engines: parts.engines, settings: () => settings.get(), audit, clock, logger },
      release: (task) => releaseSandboxes(runServices, task, null),
      removeTask: async ({ id }) => await tasks.remove(id, "retention"),
    }),
  );
  const backups = new Backups({ dataFolder: folder, jobs, audit, clock, logger, keepDays: () => settings.get().keepBackupDays });
  const backupSchedule = lifetime.use(new BackupSchedule({ dataFolder: folder, backups, jobs, audit, clock, logger }));
  const health = new Health({
    ...{ dataFolder: folder, database, jobs, backups: backupSchedule, audit, clock, keychain: parts.keychain ?? null },
    engines: parts.engines,
    counts: () => board.counts(),
    pendingPrompts: () => permissions.pending().length,
  });
  lifetime.use(health);
  lifetime.use(new LiveFigures({ dataFolder: folder, live: () => health.live(), clock, logger }));
  return {
    backups,
    backupSchedule,
    retention,
    health,
    settings,
    repositories,
    permissions,
    rules,
    hookNotices: hooks.notices,
    ...{ hooks, hookPrograms },
    answered,
    refreshRules: services.refreshRules,
    repositorySettings,
    refreshSettings: services.refreshSettings,
    ruleProposal: async (id, signal) => {
      const { repositoryId } = store.get(id);
      const { base = null, head = null } = store.runsOf(id).find((run) => run.base !== null && run.head !== null) ?? {};
      const { path, defaultBranch } = repositories.get(repositoryId);
      if (base === null || head === null) return null;
      const at = async (commit: string) => await readRuleFileAt(path, commit, signal);
      const [before, begun, after] = await Promise.all([readBaseRuleFile(path, defaultBranch, signal), at(base), at(head)]);
      // What came to the base branch since then is nothing that the branch takes away.
      return begun === after ? null : proposalOf(before, after, (sha256) => rules.answerTo(repositoryId, sha256));
    },
    gateway,
    board,
    taint,
    tasks,
    left,
    attempts: new Attempts(runServices, tasks),
    terminals,
    usage,
    mcp,
    serverPackages,
    mcpChecks: new McpChecks({
      ...{ book: mcp, packages: serverPackages, engines: parts.engines, settings: () => settings.get(), audit, clock, logger },
    }),
    agentBook,
    knownOffers,
    agentChecks: new AgentChecks({
      ...{ agents: parts.agents, book: agentBook, engines: parts.engines, settings: () => settings.get() },
      ...{ files: parts.files, audit, clock, logger },
    }),
    [Symbol.asyncDispose]: () => lifetime[Symbol.asyncDispose](),
  };
}

/** A task's own allowlist, beside the repository's: only ever allows, so every deny holds against it. */
function taskLayers(allow: readonly string[]): readonly WrittenLayer[] {
  if (allow.length === 0) return [];
  return [{ layer: "workspace", source: "This task's own allowlist", rules: { deny: [], allow: [...allow], ask: [] } }];
}

/** A budget that comes near is told on the timeline and put on record; the run goes on. */
function warnOfBudgets(usage: Usage, services: Pick<RunServices, "timelines" | "audit" | "clock" | "logger">): Disposable {
  return usage.calls.warned.on(({ origin, budget: { scope, limit, spent } }) => {
    const { taskId, runId } = origin;
    const text = `The ${budgetName(scope)} is at ${Math.floor((spent / limit) * 100)}%: ${writeUsd(spent)} of ${writeUsd(limit)}. At 100% the run stops.`;
    const note = services.audit.note({ verb: "budget.warn", actor: { kind: "gatehouse" }, taskId, runId, detail: { scope, limit, spent } });
    note.catch((error: unknown) => services.logger.error({ err: error, runId }, "a budget's warning could not be put on record"));
    services.timelines.of(taskId).put({ id: randomId("e"), at: services.clock.now(), kind: "notice", text });
  });
}

/** Tokens, cost and taint of a task stand on its card. */
function showOnCards(board: Board, usage: Usage, taint: TaintBook): Disposable {
  for (const id of usage.tasksWithCalls()) board.showUsage(id, usage.sumOf(id));
  for (const id of taint.tasks()) board.showTaint(id, taint.of(id));
  const used = usage.changed.on((id) => board.showUsage(id, usage.sumOf(id)));
  const tainted = taint.changed.on((id) => board.showTaint(id, taint.of(id)));
  return {
    [Symbol.dispose]: () => {
      used[Symbol.dispose]();
      tainted[Symbol.dispose]();
    },
  };
}

function cardNames({ repository, agents }: Pick<RunServices, "repository" | "agents">): ConstructorParameters<typeof Board>[0] {
  return {
    repositoryName: ({ repositoryId }) => nameOf(() => repository(repositoryId).name, repositoryId),
    agentName: ({ agentId }) => nameOf(() => agents.profile(agentId).name, agentId),
  };
}

/** A card outlives the agent profile it names. */
function nameOf(find: () => string, id: string): string {
  try {
    return find();
  } catch {
    return id;
  }
}
