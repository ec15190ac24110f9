import { chmodSync, closeSync, existsSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import Libsql from "libsql";
import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/errors.ts";
import type { Logger } from "../kernel/logger.ts";
import type { Secret } from "../kernel/secret.ts";
import type { Database } from "./database.ts";
import { LibsqlDatabase, translated } from "./libsql-database.ts";
import { migrate } from "./migrate.ts";
import { migrations } from "./migrations/index.ts";
import { syncName } from "./synced.ts";

export interface DatabaseOptions {
  readonly file: string;
  /** 256-bit key; lent, not kept. libsql keeps its own copy until the database is closed. */
  readonly key: Secret;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The schema to bring the file to; all known migrations unless a test says otherwise. */
  readonly migrations?: readonly string[];
}

/**
 * Opens or creates the encrypted database, checks it, and brings it to the newest schema with a
 * backup beside it before each step. Throws DATABASE_DAMAGED, DISK_FULL, or CONFLICT when a newer
 * Gatehouse wrote the file.
 */
export function openDatabase(options: DatabaseOptions): Database {
  const { file, clock, logger } = options;
  const begun = clock.monotonic();
  if (!existsSync(file)) createDatabase(options);
  chmodSync(file, 0o600);
  // A file of Gatehouse's is never empty: it gets its name only when its first schema is in it.
  if (statSync(file).size === 0) throw damaged("its file is empty");
  const database = open(options, file, "wal");
  logger.info({ durationMs: Math.round(clock.monotonic() - begun) }, "database opened");
  return database;
}

/**
 * Under another name first: a crash in the middle leaves no database rather than half of one. Without
 * a write-ahead log, whose shared memory SQLite would go on using under the old name in this process.
 */
function createDatabase(options: DatabaseOptions): void {
  const beside = `${options.file}.new`;
  for (const leftover of [beside, `${beside}-wal`, `${beside}-shm`, `${beside}-journal`]) rmSync(leftover, { force: true });
  closeSync(openSync(beside, "wx", 0o600));
  open(options, beside, "delete").close();
  renameSync(beside, options.file);
  syncName(options.file);
}

function open(options: DatabaseOptions, file: string, journal: "wal" | "delete"): Database {
  const { key, clock, logger } = options;
  const connection = connect(file, key);
  const database = new LibsqlDatabase(connection);
  try {
    translated(() => {
      checkReadable(database);
      for (const pragma of [`journal_mode = ${journal}`, "synchronous = full", "foreign_keys = on", "secure_delete = on"])
        connection.pragma(pragma);
      checkIntegrity(database, file);
      migrate({ database, file, migrations: options.migrations ?? migrations, clock, logger });
    });
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

/** How long a statement waits for another process that holds the file, milliseconds. */
const busyTimeoutMs = 5_000;

/** Above this size only the quick check runs at open: the full one also compares every index, at about 1 s per GB. */
const fullCheckBytes = 268_435_456;

function connect(file: string, key: Secret): Libsql.Database {
  // The cipher is SQLite3 Multiple Ciphers' AES-256-CBC, the only one in libsql's build. The key is
  // given in hexadecimal because the interface takes text.
  const options = { encryptionCipher: "aes256cbc", encryptionKey: key.use((bytes) => bytes.toString("hex")), timeout: busyTimeoutMs };
  return translated(() => new Libsql(file, options));
}

function checkReadable(database: Database): void {
  database.get("select count(*) from sqlite_schema");
}

function checkIntegrity(database: Database, file: string): void {
  const check = statSync(file).size > fullCheckBytes ? "quick_check" : "integrity_check";
  const found = database.all(`pragma ${check}(3)`).map((row) => Object.values(Object(row)).join(" "));
  if (found.length === 1 && found[0] === "ok") return;
  throw damaged(found.join("; "));
}

function damaged(how: string): UserError {
  return new UserError(
    "DATABASE_DAMAGED",
    `The database is damaged: ${how}.`,
    "Restore a backup: the unlock screen offers those there are. The damaged file is kept beside it; part of it can often be saved.",
  );
}
