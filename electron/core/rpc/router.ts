import type { Core } from "../core.ts";
import { agentsRouter } from "./agents.ts";
import { appRouter } from "./app.ts";
import { attemptsRouter } from "./attempts.ts";
import { auditRouter } from "./audit.ts";
import { backupsRouter } from "./backups.ts";
import { egressRouter } from "./egress.ts";
import { healthRouter } from "./health.ts";
import { logsRouter } from "./logs.ts";
import { mcpServersRouter } from "./mcp-servers.ts";
import { permissionsRouter } from "./permissions.ts";
import { policyRouter } from "./policy.ts";
import { providersRouter } from "./providers.ts";
import { repositoriesRouter } from "./repositories.ts";
import { repositorySettingsRouter } from "./repository-settings.ts";
import { sandboxesRouter } from "./sandboxes.ts";
import { os } from "./server.ts";
import { settingsRouter } from "./settings.ts";
import { storageRouter } from "./storage.ts";
import { taintRouter } from "./taint.ts";
import { tasksRouter } from "./tasks.ts";
import { terminalsRouter } from "./terminals.ts";
import { unlockRouter } from "./unlock.ts";
import { usageRouter } from "./usage.ts";
import { vaultRouter } from "./vault.ts";

/** The whole contract, implemented by one core. */
export function coreRouter(core: Core) {
  return os.router({
    agents: agentsRouter(core),
    app: appRouter(core),
    attempts: attemptsRouter(core),
    audit: auditRouter(core),
    backups: backupsRouter(core),
    egress: egressRouter(core),
    health: healthRouter(core),
    logs: logsRouter(core),
    mcpServers: mcpServersRouter(core),
    permissions: permissionsRouter(core),
    policy: policyRouter(core),
    providers: providersRouter(core),
    repositories: repositoriesRouter(core),
    repositorySettings: repositorySettingsRouter(core),
    sandboxes: sandboxesRouter(core),
    settings: settingsRouter(core),
    storage: storageRouter(core),
    taint: taintRouter(core),
    tasks: tasksRouter(core),
    terminals: terminalsRouter(core),
    unlock: unlockRouter(core),
    usage: usageRouter(core),
    vault: vaultRouter(core),
  });
}

export type CoreRouter = ReturnType<typeof coreRouter>;
