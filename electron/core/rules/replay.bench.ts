import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { RepositoryId, RequestId, RunId, TaskId } from "#shared/contract/ids.ts";
import type { ToolRequest } from "#shared/contract/policy.ts";
import { openAuditLog } from "../audit/open-audit-log.ts";
import { systemClock as clock } from "../kernel/clock.ts";
import { silentLogger } from "../kernel/logger.ts";
import { Secret } from "../kernel/secret.ts";
import { RequestRows } from "../permissions/request-rows.ts";
import { decide } from "../policy/decide.ts";
import { defaultRules } from "../policy/default-rules.ts";
import { defaultRuleSet } from "../policy/rule-set.ts";
import { openDatabase } from "../storage/open-database.ts";
import { RuleBook } from "./rule-book.ts";

/** A change of rules over 10,000 recorded decisions: time to the result, how long the loop is held meanwhile, time to a stop. */
export const bench = { name: "replay", run };

const decisions = 10_000;
const repositoryId = RepositoryId.parse("repo-aaaaaa");
const taskId = TaskId.parse("t-aaaaaa");

/** What people are asked about: plain, compound, with an edit, reaching out. */
function asked(index: number): ToolRequest {
  const cwd = "/workspace/tasks/t-aaaaaa";
  switch (index % 5) {
    case 0:
      return { tool: "shell", command: `npm test -- --shard ${index} && npm run build`, cwd };
    case 1:
      return { tool: "shell", command: `for f in src/*.ts; do node --check "$f" | tee out/${index}.log; done`, cwd };
    case 2:
      return { tool: "filesystem", action: "write", path: `${cwd}/.github/workflows/${index}.yml`, cwd };
    case 3:
      return { tool: "egress", host: `host${index % 50}.example.com`, port: 443, method: null, path: null };
    default:
      return { tool: "shell", command: `docker run --rm -v "$PWD:/w" node:20 npm ci --prefix packages/${index}`, cwd };
  }
}

async function run(): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-replay-"));
  const logger = silentLogger();
  const database = openDatabase({ file: join(folder, "bench.db"), key: Secret.fromBytes(randomBytes(32)), clock, logger });
  const audit = await openAuditLog({ folder, clock, logger });
  const rows = new RequestRows(database);
  const rules = defaultRuleSet();
  const names = { taskTitle: "A task", repositoryName: "sample", agentName: "Practice", agentWords: null, kind: "permission" as const };
  const content = "a line of a file that an agent wanted to write\n".repeat(40);
  database.transaction(() => {
    for (let index = 0; index < decisions; index += 1) {
      const request = asked(index);
      const verdict = decide(request, rules, { worktree: "/w", home: "/home/agent", realPath: null, grants: new Set(), now: index });
      const edit = request.tool === "filesystem" ? { path: request.path, before: content, after: `${content}more\n` } : null;
      const answer = index % 7 === 0 ? ("deny" as const) : ("allow-once" as const);
      const ids = {
        id: RequestId.parse(`req-${String(index).padStart(10, "0")}`),
        taskId,
        runId: RunId.parse(`run-${index % 200}aaaaa`),
        repositoryId,
      };
      rows.insert({
        ...{ ...names, ...ids, request, verdict, edit, nonce: "0".repeat(32), createdAt: index, expiresAt: index + 1 },
        status: { status: "answered", answer, at: index, by: "you" },
      });
    }
  });
  const book = new RuleBook({
    ...{ database, audit, clock, logger },
    answeredRules: () => [],
    settingsRules: () => null,
    history: (limit) => rows.answeredBriefly(limit),
    calls: () => [],
    worktreeOf: () => "/workspace/tasks/t-aaaaaa",
  });
  try {
    const wanted = { ...defaultRules, allow: [...defaultRules.allow, "shell(npm:*)", "egress(*.example.com:443)"] };
    const loop = monitorEventLoopDelay({ resolution: 1 });
    const idle = await loopDelay(loop, async () => await new Promise((resolve) => setTimeout(resolve, 300)));
    const totals: number[] = [];
    let changes = 0;
    const busy = await loopDelay(loop, async () => {
      for (let round = 0; round < 3; round += 1) {
        const begun = performance.now();
        const replay = await book.replay(wanted, new AbortController().signal);
        totals.push(Math.round(performance.now() - begun));
        if (replay.considered !== decisions) throw new Error(`It looked at ${replay.considered}.`);
        changes = replay.changes.length;
      }
    });
    const stop = new AbortController();
    const ended = book.replay(wanted, stop.signal).then(
      () => null,
      () => performance.now(),
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    const stoppedAt = performance.now();
    stop.abort();
    const endedAt = await ended;
    const stopMs = endedAt === null ? null : Math.round((endedAt - stoppedAt) * 10) / 10;
    return { decisions, changes, replayMs: totals, loopDelayMs: { idle, busy }, stopMs };
  } finally {
    await audit.close();
    database.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function loopDelay(loop: ReturnType<typeof monitorEventLoopDelay>, work: () => Promise<unknown>) {
  loop.reset();
  loop.enable();
  await work();
  loop.disable();
  const ms = (nanoseconds: number) => Math.round(nanoseconds / 1e5) / 10;
  return { p99: ms(loop.percentile(99)), max: ms(loop.max) };
}
