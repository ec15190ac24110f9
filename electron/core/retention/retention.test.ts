import { mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, onTestFinished, test, vi } from "vitest";
import { defaultSettings, Settings } from "#shared/contract/settings.ts";
import { FakeDriver } from "../../testing/fake-driver.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { openAuditLog } from "../audit/open-audit-log.ts";
import { silentLogger } from "../kernel/logger.ts";
import { Secret } from "../kernel/secret.ts";
import { openDatabase } from "../storage/open-database.ts";
import { TaskStore } from "../tasks/task-store.ts";
import { type KeptWorktree, planWorktrees } from "./plan-worktrees.ts";
import { Retention } from "./retention.ts";

const dayMs = 86_400_000;
const now = 1_760_000_000_000;

function kept(sandboxId: string, state: KeptWorktree["state"], daysAgo: number | null, bytes = 100): KeptWorktree {
  return { sandboxId, state, endedAt: daysAgo === null ? null : now - daysAgo * dayMs, bytes };
}

const ids = (planned: ReturnType<typeof planWorktrees>) => planned.map(({ worktree }) => worktree.sandboxId);

test("old worktrees of reviewed work go, and the oldest of those above the cap; work that has not come back never does", () => {
  const worktrees = [
    kept("old", "review", 20),
    kept("young", "review", 1),
    kept("middle", "review", 5),
    kept("stopped", "stopped", 300, 10_000),
    kept("running", "running", null, 10_000),
  ];
  expect(ids(planWorktrees(worktrees, { now, keepDays: 14, capBytes: 1_000_000 }))).toEqual(["old"]);
  expect(ids(planWorktrees(worktrees, { now, keepDays: 14, capBytes: 20_150 }))).toEqual(["old", "middle"]);
  expect(ids(planWorktrees(worktrees, { now, keepDays: 14, capBytes: 0 }))).toEqual(["old", "middle", "young"]);
});

test("no plan ever holds a worktree whose work has not come back, and the cap is kept where that suffices", () => {
  const state = fc.constantFrom<KeptWorktree["state"]>("queued", "running", "stopped", "review");
  const one = fc.record({ state, days: fc.integer({ min: 0, max: 60 }), bytes: fc.integer({ min: 0, max: 1_000 }) });
  fc.assert(
    fc.property(fc.array(one, { maxLength: 20 }), fc.integer({ min: 0, max: 5_000 }), (list, capBytes) => {
      const worktrees = list.map(({ state, days, bytes }, at) => kept(`s${at}`, state, state === "running" ? null : days, bytes));
      const planned = planWorktrees(worktrees, { now, keepDays: 14, capBytes });
      for (const { worktree } of planned) expect(worktree.state).toBe("review");
      const left = worktrees.filter((one) => !planned.some(({ worktree }) => worktree === one));
      const total = left.reduce((sum, { bytes }) => sum + bytes, 0);
      if (total > capBytes) expect(left.every(({ state }) => state !== "review")).toBe(true);
    }),
  );
});

async function room(settings: Partial<Settings> = {}) {
  const dataFolder = temporaryFolder();
  const clock = new ManualClock(now);
  const logger = silentLogger();
  const key = Secret.fromBytes(Buffer.alloc(32, 1));
  const database = openDatabase({ file: join(dataFolder, "gatehouse.db"), key, clock, logger });
  onTestFinished(() => database.close());
  const audit = await openAuditLog({ folder: dataFolder, clock, logger });
  onTestFinished(() => audit.close());
  const driver = new FakeDriver();
  const released: string[] = [];
  const retention = new Retention({
    ...{ dataFolder, database, audit, clock, logger, store: new TaskStore(database), engines: { all: () => [driver] } },
    settings: () => Settings.parse({ ...defaultSettings, ...settings }),
    release: ({ id }) => void released.push(id),
    removeTask: async ({ id }) => void released.push(id),
  });
  onTestFinished(async () => await retention[Symbol.asyncDispose]());
  return { dataFolder, clock, database, audit, driver, retention, released };
}

function put(folder: string, name: string, daysAgo: number, bytes = 5_000): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), "x".repeat(bytes));
  utimesSync(join(folder, name), (now - daysAgo * dayMs) / 1_000, (now - daysAgo * dayMs) / 1_000);
}

test("a preview changes nothing and says what clearing then removes, kind by kind", async () => {
  const { retention, dataFolder, database } = await room();
  const logs = join(dataFolder, "logs");
  put(logs, "gatehouse.log", 30);
  put(logs, "gatehouse.log.1", 2);
  put(logs, "gatehouse.log.2", 30);
  put(dataFolder, "gatehouse.db.schema-3.2024.backup", 40);
  put(dataFolder, "gatehouse.db.schema-4.2025.backup", 4);
  put(dataFolder, "audit-evidence.jsonl", 400);
  database.run("insert into run_grants (run_id, request_key, request_id, granted_at) values ('run-gone', 'k', 'r', 5)");
  const before = readdirSync(dataFolder).concat(readdirSync(logs));
  const preview = await retention.preview();
  expect(readdirSync(dataFolder).concat(readdirSync(logs))).toEqual(before);
  const found = Object.fromEntries(preview.map(({ kind, count }) => [kind, count]));
  expect(found).toMatchObject({ logs: 1, "set-aside": 1, backups: 0, images: 0, tasks: 0 });
  expect(found["expired"]).toBeGreaterThan(0);
  expect(preview.find(({ kind }) => kind === "logs")?.items).toEqual([
    { label: "gatehouse.log.2", bytes: expect.any(Number), why: "older than 14 days" },
  ]);
  const cleared = await retention.clear(["logs", "set-aside", "expired"]);
  expect(cleared.map(({ kind, count }) => [kind, count])).toEqual([
    ["expired", found["expired"]],
    ["logs", 1],
    ["set-aside", 1],
  ]);
  expect(readdirSync(logs)).toEqual(["gatehouse.log", "gatehouse.log.1"]);
  expect(readdirSync(dataFolder)).toContain("audit-evidence.jsonl");
  expect((await retention.preview()).every(({ kind, count }) => count === 0 || kind === "requests")).toBe(true);
});

test("old answered prompts go, those that wait stay", async () => {
  const { retention, database } = await room({ keepRequestDays: 30 });
  const insert = (id: string, status: string, at: number) =>
    database.run(
      "insert into permission_requests (id, task_id, run_id, status, created_at, expires_at, record) values (?, 't', 'run-x', ?, ?, 0, '{}')",
      ...[id, status, at],
    );
  database.run("delete from permission_requests");
  insert("old", "answered", now - 31 * dayMs);
  insert("old-waiting", "pending", now - 31 * dayMs);
  insert("young", "answered", now - dayMs);
  await retention.clear(["requests"]);
  expect(database.all("select id from permission_requests order by id")).toEqual([{ id: "old-waiting" }, { id: "young" }]);
});

test("each day what is due goes by itself, on record; nothing due leaves no record", async () => {
  const { retention: _, clock, audit, dataFolder } = await room();
  put(join(dataFolder, "logs"), "gatehouse.log.3", 30);
  clock.advance(301_000);
  await vi.waitFor(async () => expect((await audit.list({ limit: 9, verb: "storage.sweep", outcome: "done" })).total).toBe(1));
  expect(readdirSync(join(dataFolder, "logs"))).toEqual([]);
  await new Promise((resolve) => setTimeout(resolve, 50));
  clock.advance(dayMs + 1_000);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect((await audit.list({ limit: 9, verb: "storage.sweep" })).total).toBe(2);
});

test("each hour what has run out goes by itself, and the engines are left alone for it", async () => {
  const { retention: _, clock, audit, database, driver, dataFolder } = await room();
  clock.advance(301_000);
  await new Promise((resolve) => setTimeout(resolve, 200));
  put(join(dataFolder, "logs"), "gatehouse.log.3", 30);
  database.run("insert into run_grants (run_id, request_key, request_id, granted_at) values ('run-gone', 'k', 'r', 5)");
  driver.diskUse = async () => Promise.reject(new Error("must not be asked"));
  clock.advance(3_601_000);
  await vi.waitFor(() => expect(database.all("select * from run_grants where run_id = 'run-gone'")).toEqual([]));
  await vi.waitFor(async () => expect((await audit.list({ limit: 9, verb: "storage.sweep", outcome: "done" })).total).toBe(1));
  expect(readdirSync(join(dataFolder, "logs"))).toEqual(["gatehouse.log.3"]);
});

test("what is kept is measured, and an engine that does not answer is named", async () => {
  const { retention, driver, dataFolder } = await room();
  put(join(dataFolder, "backups", "2026-01-01T03-00-00-000Z"), "gatehouse.db", 1, 100_000);
  const use = await retention.use();
  const of = (kind: string) => use.parts.find((part) => part.kind === kind);
  expect(of("database")?.bytes).toBeGreaterThan(10_000);
  expect(of("backups")).toMatchObject({ count: 1 });
  expect(of("backups")?.bytes).toBeGreaterThanOrEqual(100_000);
  expect(use.unanswered).toEqual([]);
  driver.diskUse = async () => Promise.reject(new Error("gone"));
  expect((await retention.use()).unanswered).toEqual(["docker"]);
});
