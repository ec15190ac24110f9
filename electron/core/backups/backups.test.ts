import { readdirSync, readFileSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ManualClock } from "../../testing/manual-clock.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { openAuditLog } from "../audit/open-audit-log.ts";
import { silentLogger } from "../kernel/logger.ts";
import { Secret } from "../kernel/secret.ts";
import { openDatabase } from "../storage/open-database.ts";
import { Backups } from "./backups.ts";
import { restoreBackup, verifyBackup } from "./restore.ts";

const marker = "PLAINTEXT-MARKER-0123456789";
const key = () => Secret.fromBytes(Buffer.alloc(32, 7));
const logger = silentLogger();

async function gatehouse(keep?: number) {
  const folder = temporaryFolder();
  const clock = new ManualClock();
  const database = openDatabase({ file: join(folder, "gatehouse.db"), key: key(), clock, logger });
  onTestFinished(() => database.close());
  const audit = await openAuditLog({ folder, clock, logger });
  onTestFinished(() => audit.close());
  writeFileSync(join(folder, "vault.json"), '{"sealed":true}');
  database.run("insert into settings (name, value) values ('theme', ?)", marker);
  for (let at = 0; at < 100; at++) await audit.note({ verb: "test.note", actor: { kind: "gatehouse" }, detail: { at } });
  const backups = new Backups({ dataFolder: folder, database, audit, clock, logger, ...(keep === undefined ? {} : { keep }) });
  return { folder, clock, database, audit, backups };
}

test("a backup of an open Gatehouse is whole, private, under the same key, and without the signing key", async () => {
  const { backups } = await gatehouse();
  const { path, manifest } = await backups.create();
  expect(manifest.files.map(({ name }) => name)).toEqual(["audit-public-key", "audit.jsonl", "gatehouse.db", "vault.json"]);
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

test("the oldest go when there are more than are kept, and what a crash left goes too", async () => {
  const { backups, clock, folder } = await gatehouse(2);
  const names: string[] = [];
  for (let at = 0; at < 4; at++) {
    names.push((await backups.create()).name);
    if (at === 1) clock.advance(86_400_000);
  }
  expect(new Set(names).size).toBe(4);
  expect((await backups.list()).map(({ name }) => name)).toEqual(names.slice(2).toReversed());
  expect(readdirSync(join(folder, "backups")).length).toBe(2);
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
