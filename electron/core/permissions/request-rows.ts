import * as z from "zod";
import { PermissionRequest } from "#shared/contract/permission.ts";
import type { RunId } from "#shared/contract/ids.ts";
import type { Database } from "../storage/database.ts";

const Row = z.object({ id: z.string(), record: z.string() });
const GrantRow = z.object({ request_key: z.string() });

/** Rows of `permission_requests` and `run_grants`. */
export class RequestRows {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  insert(request: PermissionRequest): void {
    this.#database.run(
      "insert into permission_requests (id, task_id, run_id, status, created_at, expires_at, record) values (?, ?, ?, ?, ?, ?, ?)",
      request.id,
      request.taskId,
      request.runId,
      request.status.status,
      request.createdAt,
      request.expiresAt,
      JSON.stringify(request),
    );
  }

  /** Ends a pending request, with the grant that it gives; false when it was no longer pending. */
  settle(request: PermissionRequest, grantKey: string | null): boolean {
    return this.#database.transaction(() => {
      const { changes } = this.#database.run(
        "update permission_requests set status = ?, record = ? where id = ? and status = 'pending'",
        request.status.status,
        JSON.stringify(request),
        request.id,
      );
      if (changes !== 1) return false;
      if (grantKey !== null && request.status.status === "answered") {
        this.#database.run(
          "insert or ignore into run_grants (run_id, request_key, request_id, granted_at) values (?, ?, ?, ?)",
          request.runId,
          grantKey,
          request.id,
          request.status.at,
        );
      }
      return true;
    });
  }

  /** Requests that are pending on disk; a record that cannot be read is null. */
  pending(): readonly { readonly id: string; readonly request: PermissionRequest | null }[] {
    return this.#database.all("select id, record from permission_requests where status = 'pending' order by created_at").map((row) => {
      const { id, record } = Row.parse(row);
      return { id, request: readRecord(record) };
    });
  }

  /** Marks a request whose record cannot be read. */
  expireUnreadable(id: string): void {
    this.#database.run("update permission_requests set status = 'expired' where id = ? and status = 'pending'", id);
  }

  grantsOf(runId: RunId): ReadonlySet<string> {
    const rows = this.#database.all("select request_key from run_grants where run_id = ?", runId);
    return new Set(rows.map((row) => GrantRow.parse(row).request_key));
  }

  dropGrants(runId: RunId): number {
    return this.#database.run("delete from run_grants where run_id = ?", runId).changes;
  }

  dropAllGrants(): number {
    return this.#database.run("delete from run_grants").changes;
  }
}

function readRecord(record: string): PermissionRequest | null {
  try {
    return PermissionRequest.safeParse(JSON.parse(record)).data ?? null;
  } catch {
    return null;
  }
}
