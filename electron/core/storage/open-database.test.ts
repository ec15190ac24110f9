import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ManualClock } from "../../testing/manual-clock.ts";
import { testOnSmallDisk } from "../../testing/small-disk.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { silentLogger } from "../kernel/logger.ts";
import { Secret } from "../kernel/secret.ts";
import type { Database } from "./database.ts";
import { openDatabase } from "./open-database.ts";

const marker = "PLAINTEXT-MARKER-0123456789";

function open(file: string, keyByte = 1): Database {
  const key = Secret.fromBytes(Buffer.alloc(32, keyByte));
  return openDatabase({ file, key, clock: new ManualClock(), logger: silentLogger() });
}

function fill(database: Database, rows: number): void {
  database.transaction(() => {
    for (let at = 0; at < rows; at++)
      database.run("insert into settings (name, value) values (?, ?)", `${marker}-${at}`, marker.repeat(20));
  });
}

test("no file holds a word of what was stored, neither the database nor its log", () => {
  const folder = temporaryFolder();
  const database = open(join(folder, "a.db"));
  fill(database, 200);
  const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
  expect(readdirSync(folder)).toEqual(["a.db", "a.db-shm", "a.db-wal"]);
  expect(statSync(join(folder, "a.db-wal")).size).toBeGreaterThan(100_000);
  database.close();
  files.push(...readdirSync(folder).map((name) => readFileSync(join(folder, name))));
  for (const content of files) {
    expect(content.includes(marker)).toBe(false);
    expect(content.includes("create table")).toBe(false);
    expect(content.includes("SQLite format 3")).toBe(false);
  }
});

test("another key does not open it, and changes nothing", () => {
  const file = join(temporaryFolder(), "a.db");
  fill(open(file), 5);
  expect(() => open(file, 2)).toThrow(expect.objectContaining({ code: "DATABASE_DAMAGED", remedy: expect.stringContaining("backup") }));
  expect(open(file).get("select count(*) as n from settings")).toEqual({ n: 5 });
});

test("files are readable by their owner only", () => {
  const folder = temporaryFolder();
  fill(open(join(folder, "a.db")), 1);
  for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777, name).toBe(0o600);
});

test("writes go through a synchronous write-ahead log, and references are kept", () => {
  const database = open(join(temporaryFolder(), "a.db"));
  expect(database.get("pragma journal_mode")).toEqual({ journal_mode: "wal" });
  expect(database.get("pragma synchronous")).toEqual({ synchronous: 2 });
  expect(() => database.run(`insert into runs (id, task_id, stage, started_at) values ('run-1', 'no such task', 'x', 1)`)).toThrow(
    "FOREIGN KEY",
  );
});

test("rows come back as plain columns, blobs as bytes, nothing as undefined", () => {
  const database = open(join(temporaryFolder(), "a.db"));
  const row = { name: "größe", value: "1" };
  database.run("insert into settings (name, value) values (?, ?)", row.name, row.value);
  expect(database.get("select * from settings")).toEqual(row);
  expect(database.all("select * from settings")).toEqual([row]);
  expect(database.get("select * from settings where name = ?", "none")).toBeUndefined();
  for (const found of [database.get("select x'0102' as b"), ...database.all("select x'0102' as b")]) {
    expect(found).toEqual({ b: Buffer.of(1, 2) });
  }
  expect(database.get("select ? as b", new Uint8Array([7]))).toEqual({ b: Buffer.of(7) });
});

test("a transaction happens whole or not at all", () => {
  const database = open(join(temporaryFolder(), "a.db"));
  const count = () => database.get("select count(*) as n from settings");
  expect(() =>
    database.transaction(() => {
      fill(database, 3);
      throw new Error("stop");
    }),
  ).toThrow("stop");
  expect(count()).toEqual({ n: 0 });
  database.transaction(() => fill(database, 3));
  expect(count()).toEqual({ n: 3 });
});

test("a failure inside a nested transaction undoes the outer one, even if it is swallowed there", () => {
  const database = open(join(temporaryFolder(), "a.db"));
  const swallow = () => {
    database.run("insert into settings (name, value) values ('outer', '1')");
    try {
      database.transaction(() => {
        database.run("insert into settings (name, value) values ('inner', '1')");
        throw new Error("inner failed");
      });
    } catch {
      // Swallowed on purpose.
    }
  };
  expect(() => database.transaction(swallow)).toThrow("inner failed");
  expect(database.all("select * from settings")).toEqual([]);
  database.transaction(() => fill(database, 1));
});

test("a transaction cannot span an await", () => {
  const database = open(join(temporaryFolder(), "a.db"));
  expect(() => database.transaction(() => Promise.resolve())).toThrow("await");
  expect(database.transaction(() => 1)).toBe(1);
});

test("a closed database refuses to be used", () => {
  const database = open(join(temporaryFolder(), "a.db"));
  database.get("select 1");
  database.close();
  database.close();
  expect(() => database.get("select 1")).toThrow("closed");
});

test("a database cut short, overwritten or empty is refused with what to do", () => {
  const damages: readonly ((file: string) => void)[] = [
    (file) => truncateSync(file, 0),
    (file) => truncateSync(file, 4_096),
    (file) => truncateSync(file, statSync(file).size - 4_096),
    (file) => writeFileSync(file, "not a database at all"),
    (file) => overwrite(file, 20),
    (file) => overwrite(file, 4_096 * 3 + 8),
  ];
  for (const [at, damage] of damages.entries()) {
    const file = join(temporaryFolder(), "a.db");
    const database = open(file);
    fill(database, 100);
    database.close();
    damage(file);
    const before = readFileSync(file);
    expect(() => open(file), `damage ${at}`).toThrow(expect.objectContaining({ code: "DATABASE_DAMAGED" }));
    expect(readFileSync(file).equals(before), `damage ${at} left as it was`).toBe(true);
  }
});

test("a crash while the database is being made leaves none, and the next start makes it", () => {
  const file = join(temporaryFolder(), "a.db");
  writeFileSync(`${file}.new`, "half of one");
  writeFileSync(`${file}.new-journal`, "and its journal");
  fill(open(file), 1);
  expect(open(file).get("select count(*) as n from settings")).toEqual({ n: 1 });
});

testOnSmallDisk("a full disk undoes the change, says so, and the database goes on when there is room", 512, (disk) => {
  const database = open(join(disk.folder, "a.db"));
  fill(database, 10);
  expect(() => fillUntilFull(database)).toThrow(expect.objectContaining({ code: "DISK_FULL" }));
  expect(() => database.transaction(() => fillUntilFull(database))).toThrow(expect.objectContaining({ code: "DISK_FULL" }));
  const { n } = Object(database.get("select count(*) as n from settings"));
  expect(n).toBeGreaterThan(10);
  disk.resize(8_192);
  database.run("insert into settings (name, value) values ('after', '1')");
  expect(database.get("select count(*) as n from settings")).toEqual({ n: n + 1 });
  expect(database.get("pragma integrity_check")).toEqual({ integrity_check: "ok" });
  database.close();
});

function fillUntilFull(database: Database): void {
  for (let at = 0; at < 10_000; at++)
    database.run("insert into settings (name, value) values (?, ?)", `row-${Math.random()}`, "x".repeat(2_000));
}

function overwrite(file: string, at: number): void {
  const content = readFileSync(file);
  content.fill(0x5a, at, at + 200);
  writeFileSync(file, content);
}

test("a database that another program holds is not waited for without end: nothing is changed, and it is said what to do", {
  timeout: 30_000,
}, () => {
  const file = join(temporaryFolder(), "a.db");
  const database = open(file);
  fill(database, 3);
  const other = open(file);
  other.transaction(() => {
    other.run("insert into settings (name, value) values ('held', '1')");
    expect(() => database.run("insert into settings (name, value) values ('refused', '1')")).toThrow(
      expect.objectContaining({ code: "CONFLICT", remedy: expect.stringContaining("try again") }),
    );
  });
  expect(database.all("select name from settings where name in ('held', 'refused')")).toEqual([{ name: "held" }]);
  database.run("insert into settings (name, value) values ('afterwards', '1')");
  other.close();
  database.close();
});
