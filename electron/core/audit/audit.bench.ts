import { mkdtempSync, rmSync, statSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { detailOf, fillLog } from "../../testing/large-log.ts";
import { bench as backup } from "../backups/backup.bench.ts";
import { systemClock } from "../kernel/clock.ts";
import { silentLogger } from "../kernel/logger.ts";
import { bench as reconcile } from "../tasks/reconcile.bench.ts";
import type { AuditLog, AuditQuery } from "./audit-log.ts";
import { openAuditLog } from "./open-audit-log.ts";
import { verifyLog } from "./verify-log.ts";

const entries = Number(process.env["GATEHOUSE_BENCH_ENTRIES"] ?? 1_000_000);
const appendRounds = 5;

/** Durable appends; what a log of a million entries costs: verification, start, filters; backup and restore; a start over a hundred runs. */
export const bench = { name: "audit", run };

async function run(): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-bench-"));
  try {
    const durable = { one: await durableAppends(folder, 1), thirtyTwo: await durableAppends(folder, 32) };
    const log = await large(mkdtempSync(join(folder, "large-")));
    return { durable, ...log, backup: await backup.run(), reconcile: await reconcile.run() };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A second of the log and a second of the bare disk by turns: a disk that others use as well changes from one second to the next. */
async function durableAppends(folder: string, lanes: number) {
  const log = await openLog(folder);
  const bare = await open(join(folder, "bare"), "a", 0o600);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const times: number[] = [];
  const bareTimes: number[] = [];
  for (let round = 0; round < appendRounds; round++) {
    delay.enable();
    times.push(...(await appends(log, lanes, round)));
    delay.disable();
    bareTimes.push(...(await bareAppends(bare, lanes)));
  }
  await log.close();
  await bare.close();
  return {
    perSecond: Math.round(times.length / appendRounds),
    ...spread(times),
    loopDelayP99Ms: round(delay.percentile(99) / 1e6),
    bare: spread(bareTimes),
  };
}

async function appends(log: AuditLog, lanes: number, round: number): Promise<number[]> {
  const times: number[] = [];
  const end = performance.now() + 1_000;
  const lane = async (number: number) => {
    for (let at = 0; performance.now() < end; at++) {
      const begun = performance.now();
      const detail = detailOf(round * 100_000 + at, entries);
      await log.note({ verb: "tool.shell", actor: { kind: "agent", runId: `run-${number}` }, detail });
      times.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, number) => lane(number)));
  return times;
}

/** What the disk alone takes to make so many lines durable: the log cannot be quicker. */
async function bareAppends(handle: FileHandle, lines: number): Promise<number[]> {
  const bytes = Buffer.alloc(lines * 500, 0x61);
  const times: number[] = [];
  for (const end = performance.now() + 1_000; performance.now() < end; ) {
    const begun = performance.now();
    await handle.appendFile(bytes);
    await handle.datasync();
    times.push(performance.now() - begun);
  }
  return times;
}

function spread(times: readonly number[]) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => round(sorted[Math.floor(sorted.length * share)] ?? 0);
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}

async function large(folder: string): Promise<Record<string, unknown>> {
  try {
    await fillLog(folder, entries);
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
