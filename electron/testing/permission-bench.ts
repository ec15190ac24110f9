import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { AuditEntry } from "#shared/contract/audit.ts";
import { RepositoryId, RunId, TaskId } from "#shared/contract/ids.ts";
import type { PermissionRequest } from "#shared/contract/permission.ts";
import type { ToolRequest } from "#shared/contract/policy.ts";
import type { AuditLog } from "../core/audit/audit-log.ts";
import { openAuditLog } from "../core/audit/open-audit-log.ts";
import { silentLogger } from "../core/kernel/logger.ts";
import { Secret } from "../core/kernel/secret.ts";
import { PermissionService } from "../core/permissions/permission-service.ts";
import type { Question, Resolution } from "../core/permissions/permissions.ts";
import { decide } from "../core/policy/decide.ts";
import { defaultRuleSet } from "../core/policy/rule-set.ts";
import type { Database } from "../core/storage/database.ts";
import { openDatabase } from "../core/storage/open-database.ts";
import { ManualClock } from "./manual-clock.ts";
import { temporaryFolder } from "./temporary-folder.ts";

export const rules = defaultRuleSet();
export const taskId = TaskId.parse("t-aaaaaa");
export const runId = RunId.parse("run-aaaaaa");
export const otherRun = RunId.parse("run-bbbbbb");
export const context = { worktree: "/w", home: "/home/agent", realPath: null, grants: new Set<string>(), now: 0 };

/** A clock that can also sleep (the wall moves, timers and the monotonic clock do not) and be set back. */
class SleepingClock extends ManualClock {
  #shift = 0;

  override now(): number {
    return super.now() + this.#shift;
  }

  override monotonic(): number {
    return super.now();
  }

  sleep(ms: number): void {
    this.#shift += ms;
  }

  setBack(ms: number): void {
    this.#shift -= ms;
  }
}

export function shell(command: string): ToolRequest & { tool: "shell" } {
  return { tool: "shell", command, cwd: "/w" };
}

/** The permission service on a real disk and log, with questions of one task. Ends with the test. */
export async function openPermissions() {
  const folder = temporaryFolder();
  const clock = new SleepingClock();
  const logger = silentLogger();
  const database: Database = openDatabase({ file: join(folder, "test.db"), key: Secret.fromBytes(randomBytes(32)), clock, logger });
  const audit: AuditLog = await openAuditLog({ folder, clock, logger });
  const again = () => new PermissionService({ database, audit, clock, logger });
  const service = again();
  onTestFinished(async () => {
    await service.close();
    await audit.close();
    database.close();
  });
  const seen: PermissionRequest[] = [];
  const waiters: ((request: PermissionRequest) => void)[] = [];
  service.changed.on((request) => {
    if (request.status.status !== "pending") return;
    const waiter = waiters.shift();
    if (waiter === undefined) seen.push(request);
    else waiter(request);
  });
  const next = async (): Promise<PermissionRequest> =>
    seen.shift() ?? (await new Promise<PermissionRequest>((resolve) => void waiters.push(resolve)));
  const ask = (command: string, expiresInMs = 600_000, more: Partial<Question> = {}, signal?: AbortSignal): Promise<Resolution> => {
    const request = shell(command);
    const question: Question = {
      taskId,
      runId,
      repositoryId: RepositoryId.parse("repo-aaaaaa"),
      taskTitle: "Mend the test",
      repositoryName: "sample",
      agentName: "Practice",
      request,
      verdict: decide(request, rules, context),
      edit: null,
      agentWords: null,
      expiresInMs,
      ...more,
    };
    const asked = service.ask(question, signal);
    asked.catch(() => undefined);
    return asked;
  };
  const entries = async (): Promise<readonly AuditEntry[]> => (await audit.list({ limit: 100 })).entries.toReversed();
  const verbs = async () =>
    (await entries()).filter(({ verb }) => verb.startsWith("permission.")).map(({ phase, verb }) => `${phase} ${verb}`);
  return { service, again, clock, database, audit, ask, next, entries, verbs };
}
