import { agents } from "./agent.ts";
import { app } from "./app.ts";
import { attempts } from "./attempt.ts";
import { audit } from "./audit.ts";
import { backups } from "./backup.ts";
import { egress } from "./egress.ts";
import { health } from "./health.ts";
import { logs } from "./log.ts";
import { mcpServers } from "./mcp.ts";
import { permissions } from "./permission.ts";
import { policy } from "./policy.ts";
import { providers } from "./provider.ts";
import { repositories } from "./repository.ts";
import { repositorySettings } from "./repository-settings.ts";
import { sandboxes } from "./sandbox.ts";
import { settings } from "./settings.ts";
import { storage } from "./storage.ts";
import { taint } from "./taint.ts";
import { tasks } from "./task.ts";
import { terminals } from "./terminal.ts";
import { unlock } from "./unlock.ts";
import { usage } from "./usage.ts";
import { vault } from "./vault.ts";

/** Every call the renderer can make, and nothing else. */
export const contract = {
  agents,
  app,
  attempts,
  audit,
  backups,
  egress,
  health,
  logs,
  mcpServers,
  permissions,
  policy,
  providers,
  repositories,
  repositorySettings,
  sandboxes,
  settings,
  storage,
  taint,
  tasks,
  terminals,
  unlock,
  usage,
  vault,
};
export type Contract = typeof contract;
