import { copyFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ManualClock } from "../../testing/manual-clock.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { silentLogger } from "../kernel/logger.ts";
import type { Database } from "./database.ts";
import { fixtureKey, fixtureSchemas, makeFixtureDatabase } from "../../testing/fixture-database.ts";
import { schemaVersion } from "./migrate.ts";
import { migrations } from "./migrations/index.ts";
import { openDatabase } from "./open-database.ts";

function open(file: string, list: readonly string[] = migrations): Database {
  return openDatabase({ file, key: fixtureKey(), clock: new ManualClock(), logger: silentLogger(), migrations: list });
}

/** Everything in the database: each table with all its rows. */
function content(database: Database): Record<string, readonly unknown[]> {
  const names = database.all("select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' order by name");
  return Object.fromEntries(
    names.map((row) => Object(row).name).map((name: string) => [name, database.all(`select * from "${name}" order by 1`)]),
  );
}

test("every schema that ever was has a fixture", () => {
  expect(fixtureSchemas).toEqual(migrations.map((_, at) => at + 1));
});

describe.each(fixtureSchemas)("a database of schema %i", (schema) => {
  test("comes to the newest schema with all its rows", () => {
    const file = join(temporaryFolder(), "a.db");
    makeFixtureDatabase(file, schema);
    const before = content(open(file, migrations.slice(0, schema)));
    for (const [table, rows] of Object.entries(before)) expect(rows.length, table).toBeGreaterThan(0);
    const migrated = open(file);
    expect(schemaVersion(migrated)).toBe(migrations.length);
    expect(content(migrated)).toMatchObject(before);
    expect(migrated.all("pragma foreign_key_check")).toEqual([]);
  });

  test("is copied before the next migration, and the copy opens as it was", () => {
    const folder = temporaryFolder();
    const file = join(folder, "a.db");
    makeFixtureDatabase(file, schema);
    const older = migrations.slice(0, schema);
    const before = content(open(file, older));
    open(file, [...older, "create table next (a text) strict;", "alter table next add column b text;"]);
    const backups = readdirSync(folder)
      .filter((name) => name.endsWith(".backup"))
      .sort((a, b) => a.localeCompare(b, "en", { numeric: true }))
      .slice(-2);
    expect(backups).toEqual([schema, schema + 1].map((version) => `a.db.schema-${version}.2023-11-14T22-13-20-000Z.backup`));
    copyFileSync(join(folder, backups[0] ?? ""), join(folder, "restored.db"));
    const restored = open(join(folder, "restored.db"), older);
    expect(schemaVersion(restored)).toBe(schema);
    expect(content(restored)).toEqual(before);
  });
});

test("a new database gets every table and no backup", () => {
  const folder = temporaryFolder();
  const database = open(join(folder, "a.db"));
  expect(schemaVersion(database)).toBe(migrations.length);
  expect(readdirSync(folder).filter((name) => name.includes("backup"))).toEqual([]);
});

test("a migration that fails leaves the database as it was, and the copy beside it", () => {
  const folder = temporaryFolder();
  const file = join(folder, "a.db");
  makeFixtureDatabase(file, 1);
  const before = content(open(file));
  const broken = [...migrations, "create table half (a text) strict; insert into no_such_table values (1);"];
  expect(() => open(file, broken)).toThrow("no_such_table");
  const database = open(file);
  expect(schemaVersion(database)).toBe(migrations.length);
  expect(content(database)).toEqual(before);
  expect(readdirSync(folder).some((name) => name.endsWith(".backup"))).toBe(true);
});

test("a migration that leaves a broken reference is undone", () => {
  const file = join(temporaryFolder(), "a.db");
  makeFixtureDatabase(file, 1);
  const orphaning = "pragma defer_foreign_keys = on; delete from repositories;";
  expect(() => open(file, [...migrations, orphaning])).toThrow("broken references");
  expect(open(file).get("select count(*) as n from repositories")).toEqual({ n: 1 });
});

test("a database of a newer Gatehouse is refused with both schemas named, and left alone", () => {
  const folder = temporaryFolder();
  const file = join(folder, "a.db");
  const newer = [...migrations, "create table from_the_future (a text) strict;"];
  open(file, newer).close();
  const wanted = {
    code: "CONFLICT",
    message: expect.stringContaining(`schema ${newer.length}, and this version knows ${migrations.length}`),
  };
  expect(() => open(file)).toThrow(expect.objectContaining(wanted));
  expect(schemaVersion(open(file, newer))).toBe(newer.length);
});
