import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { builtScript } from "../../testing/built-script.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { openAuditLog } from "../audit/open-audit-log.ts";
import { silentLogger } from "../kernel/logger.ts";
import { Secret } from "../kernel/secret.ts";
import { databaseJobsInWorker } from "../storage/database-jobs.ts";
import { openDatabase } from "../storage/open-database.ts";
import { BackupSchedule, nextNight } from "./backup-schedule.ts";
import { Backups } from "./backups.ts";
import { sha256OfFile } from "./manifest.ts";
import { lastRehearsal, rehearse } from "./rehearsal.ts";
import { restoreBackup, verifyBackup } from "./restore.ts";

const dayMs = 86_400_000;
const marker = "PLAINTEXT-MARKER-0123456789";
const key = () => Secret.fromBytes(Buffer.alloc(32, 7));
const logger = silentLogger();

async function gatehouse(keepDays = 7) {
  const folder = temporaryFolder();
  const clock = new ManualClock();
  const database = openDatabase({ file: join(folder, "gatehouse.db"), key: key(), clock, logger });
  onTestFinished(() => database.close());
  const audit = await openAuditLog({ folder, clock, logger });
  onTestFinished(() => audit.close());
  writeFileSync(join(folder, "vault.json"), '{"sealed":true}');
  database.run("insert into settings (name, value) values ('theme', ?)", marker);
  for (let at = 0; at < 100; at++) await audit.note({ verb: "test.note", actor: { kind: "gatehouse" }, detail: { at } });
  writeFileSync(join(folder, "install-id"), "i-0000000000000000\n");
  const jobs = databaseJobsInWorker(await builtScript("electron/core/storage/database-worker.ts"), key);
  const backups = new Backups({ dataFolder: folder, jobs, audit, clock, logger, keepDays: () => keepDays });
  return { folder, clock, database, audit, backups, jobs };
}

test("a backup of an open Gatehouse is whole, private, under the same key, and without the signing key", async () => {
  const { backups } = await gatehouse();
  const { path, manifest } = await backups.create();
  expect(manifest.files.map(({ name }) => name)).toEqual(["audit-public-key", "audit.jsonl", "gatehouse.db", "install-id", "vault.json"]);
  expect(manifest.audit.entries).toBe(100);
  expect(await verifyBackup(path)).toEqual({ result: "whole", manifest });
  expect(statSync(path).mode & 0o777).toBe(0o700);
  for (const name of readdirSync(path)) {
    expect(statSync(join(path, name)).mode & 0o777, name).toBe(0o600);
    expect(readFileSync(join(path, name)).includes(marker), name).toBe(false);
  }
});

test("what is restored opens with the vault's key and holds what was there, and nothing that came later", async () => {
  const { backups, database, audit } = await gatehouse();
  const { path } = await backups.create();
  database.run("insert into settings (name, value) values ('later', '1')");
  await audit.note({ verb: "test.later", actor: { kind: "gatehouse" } });
  const into = join(temporaryFolder(), "restored");
  await restoreBackup(path, into);
  const restored = openDatabase({ file: join(into, "gatehouse.db"), key: key(), clock: new ManualClock(), logger });
  expect(restored.all("select name, value from settings")).toEqual([{ name: "theme", value: marker }]);
  restored.close();
  const log = await openAuditLog({ folder: into, clock: new ManualClock(), logger });
  expect(await log.list({ limit: 1, verb: "test" })).toMatchObject({ total: 100 });
  expect((await log.list({ limit: 9, verb: "audit.alarm" })).entries[0]?.detail).toMatchObject({
    problem: expect.stringContaining("another key"),
  });
  expect(await log.verify()).toMatchObject({ result: "intact", epoch: 1 });
  await log.close();
});

test("any damage to a backup is found, named, and not restored", async () => {
  const { backups } = await gatehouse();
  const damages: readonly [string, (path: string) => void][] = [
    ["gatehouse.db is not what was backed up", (path) => flip(join(path, "gatehouse.db"), 5_000)],
    ["gatehouse.db has", (path) => truncateSync(join(path, "gatehouse.db"), 4_096)],
    ["vault.json is missing", (path) => rmSync(join(path, "vault.json"))],
    ["audit.jsonl is not what was backed up", (path) => flip(join(path, "audit.jsonl"), 300)],
    ["manifest.json is not a backup's manifest", (path) => flip(join(path, "manifest.json"), 0)],
    [
      "vault.json is not a file",
      (path) => {
        rmSync(join(path, "vault.json"));
        symlinkSync("/etc/hostname", join(path, "vault.json"));
      },
    ],
  ];
  for (const [problem, damage] of damages) {
    const { path } = await backups.create();
    damage(path);
    expect(await verifyBackup(path), problem).toEqual({ result: "damaged", problems: [expect.stringContaining(problem)] });
    const into = join(temporaryFolder(), "restored");
    await expect(restoreBackup(path, into)).rejects.toMatchObject({ code: "DATABASE_DAMAGED" });
  }
});

test("a folder that holds anything is not restored into", async () => {
  const { backups, folder } = await gatehouse();
  const { path } = await backups.create();
  const before = readdirSync(folder);
  await expect(restoreBackup(path, folder)).rejects.toMatchObject({ code: "CONFLICT" });
  expect(readdirSync(folder)).toEqual(before);
});

test("those older than their days go, the newest so many stay however old, and what a crash left goes too", async () => {
  const { backups, clock, folder } = await gatehouse(2);
  const names: string[] = [];
  for (let at = 0; at < 5; at++) {
    names.push((await backups.create()).name);
    clock.advance(at === 2 ? 60 * dayMs : dayMs / 4);
  }
  expect(new Set(names).size).toBe(5);
  expect((await backups.list()).map(({ name }) => name)).toEqual(names.slice(3).toReversed());
  mkdirSync(join(folder, "backups", ".new-left"));
  clock.advance(365 * dayMs);
  const last = (await backups.create()).name;
  expect((await backups.list()).map(({ name }) => name)).toEqual([last, names[4]]);
  expect(readdirSync(join(folder, "backups")).length).toBe(2);
});

test("a copy is made while writers go on, and holds up nobody", async () => {
  const { backups, database } = await gatehouse();
  database.transaction(() => {
    for (let at = 0; at < 20_000; at++) database.run("insert into settings (name, value) values (?, ?)", `row-${at}`, "x".repeat(1_000));
  });
  const making = backups.create();
  let isMade = false;
  void making.then(() => (isMade = true));
  let longestMs = 0;
  let written = 0;
  while (!isMade) {
    const before = performance.now();
    database.run("insert into settings (name, value) values (?, 'meanwhile')", `meanwhile-${written++}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
    longestMs = Math.max(longestMs, performance.now() - before);
  }
  const { path } = await making;
  expect(written).toBeGreaterThan(5);
  expect(longestMs).toBeLessThan(1_500);
  expect((await verifyBackup(path)).result).toBe("whole");
});

test("a rehearsal restores into a folder of its own, reads all of it, and leaves nothing but its result", async () => {
  const { backups, jobs, folder, clock } = await gatehouse();
  const made = await backups.create();
  const parts = { dataFolder: folder, jobs, clock };
  expect(await rehearse(parts, made)).toMatchObject({ name: made.name, result: "whole", problems: [] });
  expect(await lastRehearsal(folder)).toMatchObject({ name: made.name, result: "whole" });
  expect(readdirSync(join(folder, "backups")).toSorted()).toEqual([made.name, "rehearsal.json"]);
  flip(join(made.path, "gatehouse.db"), 5_000);
  expect(await rehearse(parts, made)).toMatchObject({ result: "damaged", problems: [expect.stringContaining("not what was backed up")] });
});

test("a rehearsal finds a database that was damaged before it was backed up", async () => {
  const { backups, folder, clock, jobs } = await gatehouse();
  const made = await backups.create();
  for (let at = 4_096; at < 20_000; at += 64) flip(join(made.path, "gatehouse.db"), at);
  const manifest = JSON.parse(readFileSync(join(made.path, "manifest.json"), "utf8"));
  for (const file of manifest.files) Object.assign(file, await sha256OfFile(join(made.path, file.name)));
  writeFileSync(join(made.path, "manifest.json"), JSON.stringify(manifest));
  expect((await verifyBackup(made.path)).result).toBe("whole");
  expect(await rehearse({ dataFolder: folder, jobs, clock }, made)).toMatchObject({
    result: "damaged",
    problems: [expect.stringContaining("gatehouse.db")],
  });
});

test("a backup is made each night, a missed one is made up for, and each week one is rehearsed, on record", async () => {
  const { backups, clock, folder, jobs, audit } = await gatehouse();
  utimesSync(join(folder, "install-id"), clock.now() / 1_000, clock.now() / 1_000);
  await using schedule = new BackupSchedule({ dataFolder: folder, backups, jobs, audit, clock, logger });
  const until = async (holds: () => Promise<boolean>) => {
    const look = async () => {
      clock.advance(1_800_000);
      expect(await holds()).toBe(true);
    };
    await vi.waitFor(look, { timeout: 15_000, interval: 100 });
  };
  const night = nextNight(clock.now());
  clock.advance(180_000);
  expect(await backups.list()).toEqual([]);
  await until(async () => (await backups.list()).length === 1);
  const made = (await schedule.state()).backups[0];
  expect((made?.at ?? 0) >= night && (made?.at ?? 0) < night + 3 * 3_600_000).toBe(true);
  expect((await schedule.state()).nextAt).toBe(nextNight(made?.at ?? 0));
  await until(async () => (await audit.list({ limit: 9, verb: "backup.create", outcome: "done" })).total === 1);
  clock.advance(8 * dayMs);
  await until(async () => (await lastRehearsal(folder))?.result === "whole");
  await until(async () => (await audit.list({ limit: 9, verb: "backup.rehearse", outcome: "done" })).total === 1);
  expect((await backups.list()).length).toBeGreaterThan(1);
});

test("a nightly backup that fails is shown with its remedy, and tried again", async () => {
  const { backups, clock, folder, audit, jobs } = await gatehouse();
  utimesSync(join(folder, "install-id"), 0, 0);
  const full = { ...jobs, copy: async () => Promise.reject(Object.assign(new Error("full"), { code: "SQLITE_FULL" })) };
  const failing = new Backups({ dataFolder: folder, jobs: full, audit, clock, logger, keepDays: () => 7 });
  await using schedule = new BackupSchedule({ dataFolder: folder, backups: failing, jobs, audit, clock, logger });
  clock.advance(180_000);
  await vi.waitFor(async () => expect((await schedule.state()).failure).toMatchObject({ text: expect.stringContaining("disk is full") }));
  expect(await backups.list()).toEqual([]);
  expect(await audit.list({ limit: 9, outcome: "failed" })).toMatchObject({ total: 1 });
});

test("two that are asked for at once are made one after the other", async () => {
  const { backups, audit } = await gatehouse();
  const writing = Array.from({ length: 200 }, () => audit.note({ verb: "test.meanwhile", actor: { kind: "gatehouse" } }));
  const [first, second] = await Promise.all([backups.create(), backups.create()]);
  await Promise.all(writing);
  for (const { path } of [first, second]) expect((await verifyBackup(path)).result).toBe("whole");
});

function flip(file: string, at: number): void {
  const content = readFileSync(file);
  content[at] = (content[at] ?? 0) ^ 1;
  writeFileSync(file, content);
}
