import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RepositoryId, RunId, TaskId } from "#shared/contract/ids.ts";
import type { ToolRequest } from "#shared/contract/policy.ts";
import { openAuditLog } from "../audit/open-audit-log.ts";
import { systemClock as clock } from "../kernel/clock.ts";
import { silentLogger } from "../kernel/logger.ts";
import { Secret } from "../kernel/secret.ts";
import { decide } from "../policy/decide.ts";
import { defaultRuleSet } from "../policy/rule-set.ts";
import { openDatabase } from "../storage/open-database.ts";
import { PermissionService } from "./permission-service.ts";

/** From a request to the event that every window gets, with 50 prompts pending: decided, on disk, in the fsynced log, published. */
export const bench = { name: "prompt", run };

const pending = 50;
const rounds = 300;

async function run(): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-prompt-"));
  const logger = silentLogger();
  const database = openDatabase({ file: join(folder, "bench.db"), key: Secret.fromBytes(randomBytes(32)), clock, logger });
  const audit = await openAuditLog({ folder, clock, logger });
  const service = new PermissionService({ database, audit, clock, logger });
  const rules = defaultRuleSet();
  const asked: Promise<unknown>[] = [];
  const times: number[] = [];
  const ask = async (index: number, runId: string): Promise<void> => {
    const request: ToolRequest = { tool: "shell", command: `npm test -- --shard ${index} && npm run build`, cwd: "/w" };
    const begun = performance.now();
    const shown = new Promise<void>((resolve) => {
      const listening = service.changed.on((each) => {
        if (each.runId !== runId || each.status.status !== "pending") return;
        times.push(performance.now() - begun);
        listening[Symbol.dispose]();
        resolve();
      });
    });
    const verdict = decide(request, rules, { worktree: "/w", home: "/home/agent", realPath: null, grants: new Set(), now: clock.now() });
    const names = { taskTitle: "A task", repositoryName: "sample", agentName: "Practice", edit: null, agentWords: null };
    const ids = { taskId: TaskId.parse("t-aaaaaa"), runId: RunId.parse(runId), repositoryId: RepositoryId.parse("repo-aaaaaa") };
    asked.push(service.ask({ ...ids, ...names, request, verdict, expiresInMs: 600_000 }));
    await shown;
  };
  try {
    for (let index = 0; index < pending; index += 1) await ask(index, `run-pending${index}`);
    times.length = 0;
    for (let index = 0; index < rounds; index += 1) {
      await ask(index, `run-asked${index}`);
      await service.withdrawRun(RunId.parse(`run-asked${index}`), "the next round");
    }
    return { pending, requestToPublishedMs: percentiles(times) };
  } finally {
    await service.close();
    await Promise.allSettled(asked);
    await audit.close();
    database.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function percentiles(times: readonly number[]) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round((sorted[Math.floor(sorted.length * share)] ?? 0) * 100) / 100;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
