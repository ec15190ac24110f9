import { appendFileSync, chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { EngineReport } from "#shared/contract/sandbox.ts";
import { builtScript } from "../../testing/built-script.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { openAuditLog } from "../audit/open-audit-log.ts";
import { silentLogger } from "../kernel/logger.ts";
import { Secret } from "../kernel/secret.ts";
import type { Keychain } from "../ports.ts";
import { databaseJobsInWorker } from "../storage/database-jobs.ts";
import { openDatabase } from "../storage/open-database.ts";
import { checkBackups, checkClock, checkEngines, checkEventLoop, checkMemory, guarded, ok } from "./checks.ts";
import { Health } from "./health.ts";
import { LiveFigures } from "./live-figures.ts";
import { offlineHealth } from "./offline-health.ts";
import { reportOf } from "./report.ts";

const clock = new ManualClock(Date.now());
const logger = silentLogger();
const docker: EngineReport = { driver: "docker", label: "Docker", status: { kind: "ready", version: "29", where: "local" } };
const none: EngineReport = {
  driver: "local",
  label: "Local",
  status: { kind: "missing", what: "bubblewrap", remedy: "Install it.", canSetUp: true },
};

const sandbox = {
  ...{ driver: "docker" as const, taskId: null, runId: null, state: "running" as const, createdAt: 0, memoryBytes: null },
  ...{ cpuPercent: null, pids: null, posture: { driver: "docker" as const, label: "Docker", weaker: [] } },
};

function keychain(state: "available" | "unavailable"): Keychain {
  return {
    state: async () => (state === "available" ? { state } : { state, why: "there is no bus", remedy: "Use the passphrase." }),
    get: async () => null,
    set: async () => undefined,
    delete: async () => undefined,
  };
}

async function gatehouse(more: { readonly engines?: readonly EngineReport[]; readonly prompts?: number } = {}) {
  const dataFolder = temporaryFolder();
  const database = openDatabase({ file: join(dataFolder, "gatehouse.db"), key: Secret.fromBytes(Buffer.alloc(32, 1)), clock, logger });
  onTestFinished(() => database.close());
  const audit = await openAuditLog({ folder: dataFolder, clock, logger });
  onTestFinished(() => audit.close());
  await audit.note({ verb: "test.note", actor: { kind: "gatehouse" } });
  const health = new Health({
    ...{ dataFolder, database, audit, clock, keychain: keychain("available") },
    jobs: databaseJobsInWorker(await builtScript("electron/core/storage/database-worker.ts"), () => Secret.fromBytes(Buffer.alloc(32, 1))),
    backups: { state: async () => ({ backups: [], nextAt: 0, rehearsal: null, failure: null }) },
    engines: {
      reports: async () => more.engines ?? [docker],
      list: async () => [
        { ...sandbox, id: "sbx-1", memoryBytes: 2 ** 30, cpuPercent: 50 },
        { ...sandbox, id: "sbx-2", state: "stopped" as const },
      ],
    },
    counts: () => ({ running: 2, needsYou: 0 }),
    pendingPrompts: () => more.prompts ?? 0,
  });
  onTestFinished(() => health[Symbol.dispose]());
  return { dataFolder, database, audit, health };
}

const stateOf = (report: Awaited<ReturnType<Health["report"]>>, name: string) => report.checks.find((check) => check.name === name)?.state;

test("a Gatehouse that is well says so of every part", async () => {
  const { health } = await gatehouse();
  const report = await health.report();
  expect(report.checks.map(({ name }) => name)).toEqual([
    ...["database", "audit", "keychain", "engines", "disk", "clock", "queues", "event-loop", "agents", "backups", "memory"],
  ]);
  expect(report.checks.filter(({ name, state }) => state !== "ok" && name !== "disk" && name !== "event-loop")).toEqual([]);
  expect(report.checks.find(({ name }) => name === "agents")?.figures).toEqual({ sandboxes: 1, memoryBytes: 2 ** 30, cpuPercent: 50 });
  expect(report.checks.find(({ name }) => name === "audit")?.figures).toMatchObject({ entries: 1, alarms: 0 });
});

test("a changed audit log, no engine and a closed database each show in their own check", async () => {
  const { health, dataFolder, database } = await gatehouse({ engines: [none], prompts: 200 });
  writeFileSync(join(dataFolder, "audit.jsonl"), readFileSync(join(dataFolder, "audit.jsonl"), "utf8").replace("test.note", "test.none"));
  database.close();
  const report = await health.report();
  expect(report.state).toBe("failed");
  expect(["audit", "engines", "database", "queues", "keychain"].map((name) => stateOf(report, name))).toEqual([
    ...["failed", "failed", "unknown", "warning", "ok"],
  ]);
  expect(report.checks.filter(({ state }) => state !== "ok").every(({ remedy }) => remedy !== null)).toBe(true);
});

test("from outside, a data folder that was closed in order is well, and one that was changed is not", async () => {
  const { dataFolder, audit } = await gatehouse();
  await audit.close();
  chmodSync(dataFolder, 0o700);
  const look = async () =>
    await offlineHealth({ dataFolder, keychain: keychain("unavailable"), engines: async () => [docker], sandboxes: async () => [], clock });
  const report = await look();
  expect(report).toMatchObject({ state: "ok" });
  expect([stateOf(report, "database"), stateOf(report, "keychain")]).toEqual(["unknown", "warning"]);
  appendFileSync(join(dataFolder, "audit.jsonl"), "{}\n");
  expect((await look()).state).toBe("failed");
});

test("from outside, what only the running process knows is what it wrote down, and without one it is unknown", async () => {
  const { dataFolder, health, audit } = await gatehouse();
  chmodSync(dataFolder, 0o700);
  const look = async (at = clock.now()) => {
    const parts = { keychain: null, engines: async () => [docker], sandboxes: async () => [{ ...sandbox, id: "sbx-1" }] };
    return await offlineHealth({ ...parts, dataFolder, clock: new ManualClock(at) });
  };
  const of = async (name: string, at?: number) => (await look(at)).checks.find((check) => check.name === name);
  expect(await of("queues")).toMatchObject({ state: "unknown", text: expect.stringContaining("not running") });
  expect(await of("agents")).toMatchObject({ state: "ok", figures: { sandboxes: 1 } });
  expect(await of("backups")).toMatchObject({ state: "ok", figures: { kept: 0 } });
  writeFileSync(join(dataFolder, "holder.json"), JSON.stringify({ pid: process.pid, since: 1 }));
  expect(await of("queues")).toMatchObject({ state: "unknown", text: expect.stringContaining("not been unlocked") });

  const figures = new LiveFigures({ dataFolder, live: () => health.live(), clock, logger });
  await expect.poll(async () => await of("queues", clock.now() + 12_000)).toMatchObject({ figures: { running: 2, prompts: 0 } });
  expect((await of("queues", clock.now() + 12_000))?.text).toBe("2 running, 0 prompts waiting (12 s ago)");
  expect(await of("memory")).toMatchObject({ figures: { residentBytes: expect.any(Number) } });
  expect(await of("event-loop")).toMatchObject({ figures: { p99Ms: expect.any(Number) } });
  expect(await of("queues", clock.now() + 300_000)).toMatchObject({ state: "warning", text: expect.stringContaining("300 s") });
  await figures[Symbol.asyncDispose]();
  expect(await of("queues")).toMatchObject({ state: "unknown" });
  await audit.close();
});

test("a folder that is not there, or holds nothing yet, cannot be told", async () => {
  const parts = { keychain: keychain("available"), engines: async () => [docker], sandboxes: async () => [], clock };
  const empty = join(temporaryFolder(), "empty");
  expect((await offlineHealth({ ...parts, dataFolder: empty })).state).toBe("unknown");
  mkdirSync(empty, { mode: 0o700 });
  expect((await offlineHealth({ ...parts, dataFolder: empty })).state).toBe("unknown");
  chmodSync(empty, 0o755);
  expect((await offlineHealth({ ...parts, dataFolder: empty })).state).toBe("failed");
});

test("clocks, loops, engines and memory are judged by their figures", () => {
  const now = Date.UTC(2026, 5, 1);
  expect([checkClock(now, now - 1), checkClock(now, now + 3_600_000), checkClock(0, null)].map(({ state }) => state)).toEqual([
    ...["ok", "warning", "failed"],
  ]);
  expect([checkEventLoop(20, 90), checkEventLoop(150, 200), checkEventLoop(20, 5_000)].map(({ state }) => state)).toEqual([
    ...["ok", "warning", "warning"],
  ]);
  expect([checkEngines([docker, none]), checkEngines([none]), checkEngines([])].map(({ state }) => state)).toEqual([
    "ok",
    "failed",
    "failed",
  ]);
  expect(checkMemory({ rss: 3 * 2 ** 30, heapUsed: 1, external: 1 }).state).toBe("warning");
  expect(checkMemory({ rss: 200 * 2 ** 20, heapUsed: 1, external: 1 }).text).toContain("uses 200 MiB;");
});

test("backups are judged by their age, their rehearsal and what kept them from being made", () => {
  const at = Date.UTC(2026, 5, 1);
  const backup = { name: "n", path: "/p", at, bytes: 10, entries: 1 };
  const rehearsal = { at, name: "n", result: "damaged" as const, problems: ["gatehouse.db is missing"], durationMs: 1 };
  const state = { backups: [backup], nextAt: at, rehearsal: null, failure: null };
  const judge = (change: object, now = at) => checkBackups({ ...state, ...change }, now).state;
  expect([judge({}), judge({ backups: [] }), judge({}, at + 4 * 86_400_000), judge({ rehearsal })]).toEqual([
    "ok",
    "ok",
    "warning",
    "failed",
  ]);
  expect(judge({ failure: { at, text: "The disk is full.", remedy: "Free some." } })).toBe("warning");
});

test("a check that throws is unknown, and unknown counts where Gatehouse cannot do without", async () => {
  const thrown = await guarded("audit", () => {
    throw new Error("EIO");
  });
  expect(thrown).toMatchObject({ state: "unknown", text: expect.stringContaining("EIO") });
  expect(reportOf(1, [thrown]).state).toBe("unknown");
  expect(reportOf(1, [{ ...thrown, name: "keychain" }, ok("disk", "fine")]).state).toBe("ok");
});
