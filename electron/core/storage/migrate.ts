import { closeSync, openSync, renameSync, rmSync } from "node:fs";
import * as z from "zod";
import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/errors.ts";
import type { Logger } from "../kernel/logger.ts";
import { diskFull, isOutOfSpace } from "../kernel/system-errors.ts";
import type { Database } from "./database.ts";
import type { LibsqlDatabase } from "./libsql-database.ts";
import { syncFile, syncName } from "./synced.ts";

/**
 * Brings the database to schema `migrations.length`, one transaction a step. Before each step the
 * database is copied to `<file>.schema-<n>.<time>.backup`, under the same key. A new database has
 * nothing to keep and gets no copy.
 */
export function migrate(work: {
  readonly database: LibsqlDatabase;
  readonly file: string;
  readonly migrations: readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
}): void {
  const { database, file, migrations, clock, logger } = work;
  const found = schemaVersion(database);
  if (found > migrations.length) {
    throw new UserError(
      "CONFLICT",
      `A newer Gatehouse wrote this data folder: its database has schema ${found}, and this version knows ${migrations.length}.`,
      "Install the newer version again, or open another data folder. Nothing was changed.",
    );
  }
  for (const [from, statements] of migrations.entries()) {
    if (from < found) continue;
    if (found > 0) logger.info({ backup: backUp(database, file, from, clock.now()) }, "database copied before a migration");
    database.transaction(() => {
      database.script(statements);
      const broken = database.all("pragma foreign_key_check");
      if (broken.length > 0) throw new Error(`Migration ${from + 1} leaves ${broken.length} broken references.`);
      database.script(`pragma user_version = ${from + 1}`);
    });
    logger.info({ schema: from + 1 }, "database migrated");
  }
}

export function schemaVersion(database: Database): number {
  return z.object({ user_version: z.int() }).parse(database.get("pragma user_version")).user_version;
}

/**
 * Written by SQLite itself: a copy through another file handle would, when closed, drop the locks
 * that SQLite holds on the file (sqlite.org/howtocorrupt.html section 2.2).
 */
function backUp(database: Database, file: string, version: number, now: number): string {
  const time = new Date(now).toISOString().replaceAll(/[:.]/g, "-");
  const backup = `${file}.schema-${version}.${time}.backup`;
  const beside = `${backup}.new`;
  rmSync(beside, { force: true });
  try {
    closeSync(openSync(beside, "wx", 0o600));
    database.run("vacuum into ?", beside);
    syncFile(beside);
    renameSync(beside, backup);
    syncName(backup);
  } catch (error) {
    rmSync(beside, { force: true });
    if (isOutOfSpace(error)) throw diskFull("the database could not be copied before its migration, so it was not migrated", error);
    throw error;
  }
  return backup;
}
