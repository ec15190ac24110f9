import { mkdtempSync, rmSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { bench as backup } from "../backups/backup.bench.ts";
import { systemClock } from "../kernel/clock.ts";
import { silentLogger } from "../kernel/logger.ts";
import { bench as reconcile } from "../tasks/reconcile.bench.ts";
import type { AuditStatement } from "./audit-entry.ts";
import type { AuditLog, AuditQuery } from "./audit-log.ts";
import { CheckpointKeeper } from "./checkpoint-keeper.ts";
import { LogCheck } from "./log-check.ts";
import { LogWriter } from "./log-writer.ts";
import { openAuditLog } from "./open-audit-log.ts";
import { keyFile, openSigner } from "./signing-key.ts";
import { verifyLog } from "./verify-log.ts";

const entries = Number(process.env["GATEHOUSE_BENCH_ENTRIES"] ?? 1_000_000);
const appendSeconds = 5;

/** Durable appends; what a log of a million entries costs: verification, start, filters; backup and restore; a start over a hundred runs. */
export const bench = { name: "audit", run };

async function run(): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-bench-"));
  try {
    const durable = { one: await appends(folder, 1), thirtyTwo: await appends(folder, 32) };
    const log = await large(mkdtempSync(join(folder, "large-")));
    return { durable, ...log, backup: await backup.run(), reconcile: await reconcile.run() };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function appends(folder: string, lanes: number) {
  const log = await openLog(folder);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const times: number[] = [];
  const end = performance.now() + appendSeconds * 1_000;
  const lane = async (number: number) => {
    for (let at = 0; performance.now() < end; at++) {
      const begun = performance.now();
      await log.note({ verb: "tool.shell", actor: { kind: "agent", runId: `run-${number}` }, detail: detailOf(at) });
      times.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, number) => lane(number)));
  delay.disable();
  await log.close();
  times.sort((a, b) => a - b);
  const at = (share: number) => round(times[Math.floor(times.length * share)] ?? 0);
  return {
    perSecond: Math.round(times.length / appendSeconds),
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    loopDelayP99Ms: round(delay.percentile(99) / 1e6),
  };
}

async function large(folder: string): Promise<Record<string, unknown>> {
  try {
    await fill(folder);
    const file = join(folder, "audit.jsonl");
    const megabytes = Math.round(statSync(file).size / 1_048_576);
    const [verdict, verifyMs] = await timed(() => verifyLog(file));
    const [first, coldStartMs] = await timed(() => openLog(folder));
    await first.note({ verb: "test.note", actor: { kind: "gatehouse" } });
    const [, closeMs] = await timed(() => first.close());
    const [log, startMs] = await timed(() => openLog(folder));
    const [live, liveVerifyMs] = await timed(() => log.verify());
    const filters = await measureFilters(log);
    await log.close();
    return {
      ...{ entries, megabytes, verdicts: [verdict.result, live.result], verifyPerSecond: Math.round(entries / (verifyMs / 1_000)) },
      ...{
        startWithoutIndexMs: round(coldStartMs),
        startMs: round(startMs),
        closeMs: round(closeMs),
        liveVerifyMs: round(liveVerifyMs),
        filters,
      },
      memoryMiB: Math.round(process.memoryUsage().rss / 1_048_576),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureFilters(log: AuditLog): Promise<Record<string, unknown>> {
  const queries: Readonly<Record<string, Omit<AuditQuery, "limit">>> = {
    none: {},
    deep: { before: Math.floor(entries / 3) },
    verb: { verb: "tool.shell" },
    verbAndTask: { verb: "tool", taskId: "t-000007" },
    run: { runId: "run-00123" },
    actor: { actor: "person" },
    outcome: { outcome: "refused" },
    unknown: { outcome: "unknown" },
    rule: { rule: "sudo" },
    secret: { secret: "npm-token" },
    time: { from: 1_700_000_000_000 + entries * 500, to: 1_700_000_000_000 + entries * 501 },
    everything: { verb: "tool", actor: "agent", runId: "run-00123", outcome: "done", rule: "shell", from: 1 },
    textCommon: { text: "git commit" },
    textRare: { text: "needle-in-the-log" },
    textNowhere: { text: "this is nowhere in it" },
    textAndVerb: { text: "feature-77777", verb: "tool" },
    textShortNowhere: { text: "~q~" },
    textTwoLetters: { text: "zq" },
    textHash: { text: "0123456789abcdef01" },
  };
  const figures: Record<string, unknown> = {};
  for (const [name, query] of Object.entries(queries)) {
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const [page, ms] = await timed(() => log.list({ ...query, limit: 200 }));
    await new Promise((resolve) => setTimeout(resolve, 5));
    delay.disable();
    figures[name] = { ms: round(ms), blockedMs: round(delay.max / 1e6), found: page.entries.length, total: page.total };
  }
  return figures;
}

/** As Gatehouse writes it, but for the fsync. */
async function fill(folder: string): Promise<void> {
  const handle = await open(join(folder, "audit.jsonl"), "a+", 0o600);
  const signer = await openSigner(keyFile(join(folder, "audit-signing-key")));
  const check = new LogCheck();
  const unsynced = {
    appendFile: handle.appendFile.bind(handle),
    datasync: async () => undefined,
    truncate: handle.truncate.bind(handle),
    close: handle.close.bind(handle),
  };
  const writer = new LogWriter(unsynced, check.position, 0, () => undefined, new CheckpointKeeper(signer, systemClock, check));
  for (let at = 0; at < entries; at += 256)
    await Promise.all(Array.from({ length: Math.min(256, entries - at) }, (_, more) => writer.append(statement(at + more))));
  await writer.close();
}

const verbs = ["tool.shell", "tool.shell", "tool.filesystem", "permission.ask", "egress.connect", "vault.use"];
const rules = ["shell(git:*)", "shell(ls:*)", "shell(sudo:*)", "filesystem(*)", null];

function statement(at: number): AuditStatement {
  const runId = `run-${String(Math.floor(at / 1_000)).padStart(5, "0")}`;
  const isOutcome = at % 2 === 1;
  return {
    at: 1_700_000_000_000 + at * 1_000,
    phase: isOutcome ? "outcome" : "intent",
    intent: isOutcome ? at - 1 : null,
    verb: verbs[Math.floor(at / 2) % verbs.length] ?? "tool.shell",
    actor: at % 50 < 2 ? { kind: "person", name: "owner" } : { kind: "agent", runId },
    taskId: `t-${String(Math.floor(at / 5_000)).padStart(6, "0")}`,
    runId,
    outcome: isOutcome ? (at % 101 === 0 ? "refused" : "done") : null,
    detail: detailOf(at),
  };
}

function detailOf(at: number): AuditStatement["detail"] {
  return {
    summary:
      at === Math.floor(entries / 2) ? "needle-in-the-log" : `git commit -m 'feature-${at % 100_000}' src/module-${at % 997}/file.ts`,
    rule: rules[at % rules.length] ?? null,
    cwd: "/workspace/tasks/t",
    ...(at % 6 === 0 ? { secret: at % 5 === 0 ? "npm-token" : "github" } : {}),
  };
}

function openLog(folder: string): Promise<AuditLog> {
  return openAuditLog({ folder, clock: systemClock, logger: silentLogger() });
}

async function timed<T>(body: () => Promise<T>): Promise<readonly [T, number]> {
  const begun = performance.now();
  const result = await body();
  return [result, performance.now() - begun];
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
