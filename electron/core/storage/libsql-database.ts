import type Libsql from "libsql";
import { UserError } from "../kernel/errors.ts";
import { diskFull, errorCode, isOutOfSpace } from "../kernel/system-errors.ts";
import type { Database, SqlValue } from "./database.ts";

/** {@link Database} over one libsql connection. */
export class LibsqlDatabase implements Database {
  readonly #connection: Libsql.Database;
  readonly #statements = new Map<string, Libsql.Statement>();
  #depth = 0;
  readonly #failedInside: unknown[] = [];

  constructor(connection: Libsql.Database) {
    this.#connection = connection;
  }

  get isOpen(): boolean {
    return this.#connection.open;
  }

  all(sql: string, ...parameters: readonly SqlValue[]): readonly unknown[] {
    return translated(() => this.#prepare(sql).all([...parameters])).map((row) => plainRow(row));
  }

  get(sql: string, ...parameters: readonly SqlValue[]): unknown {
    return plainRow(translated(() => this.#prepare(sql).get([...parameters])));
  }

  run(sql: string, ...parameters: readonly SqlValue[]): { readonly changes: number } {
    const { changes } = translated(() => this.#prepare(sql).run([...parameters]));
    return { changes };
  }

  transaction<T>(body: () => T): T {
    if (this.#depth > 0) return this.#joined(body);
    translated(() => this.#connection.exec("begin immediate"));
    this.#depth = 1;
    try {
      const result = body();
      if (result instanceof Promise) throw new TypeError("A transaction cannot span an await.");
      if (this.#failedInside.length > 0) throw this.#failedInside[0];
      translated(() => this.#connection.exec("commit"));
      return result;
    } catch (error) {
      if (this.#connection.inTransaction) this.#connection.exec("rollback");
      throw error;
    } finally {
      this.#depth = 0;
      this.#failedInside.length = 0;
    }
  }

  /** Several statements at once, without parameters. */
  script(sql: string): void {
    translated(() => this.#connection.exec(sql));
  }

  /** Empties the write-ahead log into the file. libsql lets go of the file itself once its statements are collected. */
  close(): void {
    if (!this.#connection.open) return;
    try {
      this.#connection.exec("pragma wal_checkpoint(truncate)");
    } catch {
      // The log stays beside the file and is read at the next open: nothing is lost.
    }
    this.#statements.clear();
    this.#connection.close();
  }

  /** A failure inside dooms the whole, even when the outer body swallows it: all or nothing. */
  #joined<T>(body: () => T): T {
    this.#depth++;
    try {
      return body();
    } catch (error) {
      this.#failedInside.push(error);
      throw error;
    } finally {
      this.#depth--;
    }
  }

  #prepare(sql: string): Libsql.Statement {
    if (!this.#connection.open) throw new Error("The database is closed.");
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#connection.prepare(sql);
    if (this.#statements.size >= maximumStatements) this.#statements.clear();
    this.#statements.set(sql, statement);
    return statement;
  }
}

/** Prepared statements kept; the app's own are a few hundred, so the bound only stops generated SQL. */
const maximumStatements = 500;

/** libsql adds its timing to a row from `get`, and gives blobs as Buffer from `get` but as ArrayBuffer from `all`. */
function plainRow(row: unknown): unknown {
  if (typeof row !== "object" || row === null) return row;
  const columns = Object.entries(row).filter(([name]) => name !== "_metadata");
  return Object.fromEntries(
    columns.map(([name, value]: [string, unknown]) => [name, value instanceof ArrayBuffer ? Buffer.from(value) : value]),
  );
}

/** Runs `body` and turns what a person can act on into a UserError. */
export function translated<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (isOutOfSpace(error)) throw diskFull("the database could not be written, and the change was undone", error);
    if (errorCode(error)?.startsWith("SQLITE_BUSY") === true || errorCode(error)?.startsWith("SQLITE_LOCKED") === true) {
      throw new UserError(
        "CONFLICT",
        "Another program holds the database, so nothing was changed.",
        "End what reads it (a backup tool, a database browser), then try again.",
        { cause: error },
      );
    }
    if (["SQLITE_CORRUPT", "SQLITE_NOTADB"].includes(errorCode(error) ?? "")) {
      throw new UserError(
        "DATABASE_DAMAGED",
        "The database cannot be read with this vault's key: it is damaged, or it belongs to another vault.",
        "Restore a backup: the unlock screen offers those there are. The damaged file is kept beside it; part of it can often be saved.",
        { cause: error },
      );
    }
    throw error;
  }
}
