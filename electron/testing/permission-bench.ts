import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { AuditEntry } from "#shared/contract/audit.ts";
import { RepositoryId, RunId, TaskId } from "#shared/contract/ids.ts";
import type { PermissionRequest, QuestionRequest } from "#shared/contract/permission.ts";
import type { ToolRequest } from "#shared/contract/policy.ts";
import type { QuestionForm } from "#shared/contract/question.ts";
import type { AuditLog } from "../core/audit/audit-log.ts";
import { openAuditLog } from "../core/audit/open-audit-log.ts";
import { silentLogger } from "../core/kernel/logger.ts";
import { Secret } from "../core/kernel/secret.ts";
import { PermissionService } from "../core/permissions/permission-service.ts";
import type { FormResolution, Question, Resolution } from "../core/permissions/permissions.ts";
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

const named = { description: "", isRequired: false };
const form: QuestionForm = {
  message: "Which database?",
  fields: [
    {
      ...named,
      kind: "choice",
      name: "database",
      title: "Database",
      choices: [{ value: "sqlite", title: "", description: "" }],
      default: null,
    },
    { ...named, kind: "text", name: "note", title: "Note", format: null, minLength: 0, maxLength: 60, default: "", isSecretLike: false },
  ],
};

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
    if (request.kind !== "permission" || request.status.status !== "pending") return;
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
  const askForm = (expiresInMs: number | null = 600_000, signal?: AbortSignal): Promise<FormResolution> => {
    const names = { taskTitle: "Mend the test", repositoryName: "sample", agentName: "Practice" };
    const asked = service.askForm({ taskId, runId, repositoryId: RepositoryId.parse("repo-aaaaaa"), ...names, form, expiresInMs }, signal);
    asked.catch(() => undefined);
    return asked;
  };
  /** The form that has waited longest. */
  const waitingForm = (): QuestionRequest => {
    const found = service.pending().find((request) => request.kind === "question");
    if (found?.kind !== "question") throw new Error("No form waits.");
    return found;
  };
  const entries = async (): Promise<readonly AuditEntry[]> => (await audit.list({ limit: 100 })).entries.toReversed();
  const verbs = async () =>
    (await entries()).filter(({ verb }) => verb.startsWith("permission.")).map(({ phase, verb }) => `${phase} ${verb}`);
  return { service, again, clock, database, audit, ask, askForm, waitingForm, next, entries, verbs };
}
