import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { RepositoryId, RequestId, RunId, TaskId } from "#shared/contract/ids.ts";
import type { PermissionRequest } from "#shared/contract/permission.ts";
import type { ToolRequest } from "#shared/contract/policy.ts";
import { openAuditLog } from "../core/audit/open-audit-log.ts";
import { silentLogger } from "../core/kernel/logger.ts";
import { Secret } from "../core/kernel/secret.ts";
import { PermissionService } from "../core/permissions/permission-service.ts";
import { RequestRows } from "../core/permissions/request-rows.ts";
import { decide } from "../core/policy/decide.ts";
import { RuleBook } from "../core/rules/rule-book.ts";
import type { PastCall } from "../core/rules/rule-use.ts";
import { openDatabase } from "../core/storage/open-database.ts";
import { ManualClock } from "./manual-clock.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** What the settings file of every repository is taken to say. */
export const settingsFile: { rules: "unreadable" | null } = { rules: null };
export const taskId = TaskId.parse("t-aaaaaa");
export const runId = RunId.parse("run-aaaaaa");
export const here = RepositoryId.parse("repo-aaaaaa");
export const elsewhere = RepositoryId.parse("repo-bbbbbb");

export function shell(command: string): ToolRequest & { tool: "shell" } {
  return { tool: "shell", command, cwd: "/w" };
}

/** A rule book on an open database, and requests as its rules judge them. */
export function bookOn(
  parts: Pick<ConstructorParameters<typeof RuleBook>[0], "database" | "clock" | "logger" | "audit">,
  service?: () => PermissionService,
  calls: readonly PastCall[] = [],
) {
  const book = new RuleBook({
    ...parts,
    answeredRules: (id) => service?.().rulesOf(id) ?? [],
    settingsRules: () => settingsFile.rules,
    history: (limit) => new RequestRows(parts.database).answeredBriefly(limit),
    calls: () => calls,
    worktreeOf: () => "/w",
  });
  const asked = (request: ToolRequest, repositoryId = here): PermissionRequest => ({
    kind: "permission",
    id: RequestId.parse("req-aaaaaa"),
    ...question(book, request, repositoryId),
    createdAt: 0,
    expiresAt: 1,
    nonce: "0".repeat(32),
    status: { status: "pending" },
  });
  return { book, asked };
}

/** What would be asked about a request under the rules of its repository. */
export function question(book: RuleBook, request: ToolRequest, repositoryId: RepositoryId) {
  const context = { worktree: "/w", home: "/home/agent", realPath: null, grants: new Set<string>(), now: 0 };
  const verdict = decide(request, book.of(repositoryId), context);
  const names = { taskTitle: "Mend", repositoryName: "sample", agentName: "Practice" };
  return { taskId, runId, repositoryId, ...names, request, verdict, edit: null, agentWords: null };
}

/** The rules of one installation with the permissions that write some of them; ended with the test. */
export async function withService(calls: readonly PastCall[] = []) {
  const clock = new ManualClock();
  const logger = silentLogger();
  const folder = temporaryFolder();
  const database = openDatabase({ file: join(folder, "test.db"), key: Secret.fromBytes(randomBytes(32)), clock, logger });
  const audit = await openAuditLog({ folder, clock, logger });
  const service: PermissionService = new PermissionService({ database, audit, clock, logger, propose: (one) => book.propose(one) });
  const again = () => bookOn({ database, clock, logger, audit }, () => service, calls).book;
  const { book, asked } = bookOn({ database, clock, logger, audit }, () => service, calls);
  const entries = async () => (await audit.list({ limit: 100 })).entries;
  onTestFinished(async () => {
    await service.close();
    await audit.close();
    database.close();
  });
  const ask = async (request: ToolRequest, repositoryId: RepositoryId): Promise<PermissionRequest> => {
    const asked = new Promise<PermissionRequest>((resolve) => {
      const listening = service.changed.on((one) => {
        listening[Symbol.dispose]();
        if (one.kind === "permission") resolve(one);
      });
    });
    void service.ask({ ...question(book, request, repositoryId), expiresInMs: 60_000 });
    return await asked;
  };
  const decisionIn = (id: RepositoryId) => question(book, shell("npm test"), id).verdict.decision;
  return { book, asked, again, entries, service, ask, decisionIn, database };
}
