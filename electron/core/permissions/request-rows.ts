import * as z from "zod";
import type { RequestId } from "#shared/contract/ids.ts";
import { PermissionRequest, PersonRequest } from "#shared/contract/permission.ts";
import type { Database } from "../storage/database.ts";

/** Rows that are read at a time. */
const pageRows = 100;
/** What is needed of a record, taken out by the database: its verdict and its edit are most of it. */
const briefColumns = `id, task_id, run_id, created_at,
  case when json_valid(record) then json_extract(record, '$.kind', '$.repositoryId', '$.request', '$.status') end as brief`;
const BriefRow = z.object({ id: z.string(), task_id: z.string(), run_id: z.string(), created_at: z.int(), brief: z.string().nullable() });
const BriefFields = z.tuple([z.unknown(), z.unknown(), z.unknown(), z.unknown()]);
const BriefRequest = PermissionRequest.pick({
  ...{ kind: true, id: true, taskId: true, runId: true, repositoryId: true, createdAt: true, request: true, status: true },
});
/** What was asked and answered, without the verdict of that time and the edit. */
export type BriefRequest = z.infer<typeof BriefRequest>;
const Row = z.object({ id: z.string(), record: z.string() });

/** Rows of `permission_requests`. */
export class RequestRows {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  insert(request: PersonRequest): void {
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

  /** Another expiry of a pending request. */
  rewrite(request: PersonRequest): void {
    const sql = "update permission_requests set expires_at = ?, record = ? where id = ? and status = 'pending'";
    this.#database.run(sql, request.expiresAt, JSON.stringify(request), request.id);
  }

  /** Ends a pending request, with what else is written in the same transaction; false when it was no longer pending. */
  settle(request: PersonRequest, alsoWrite: () => void): boolean {
    return this.#database.transaction(() => {
      const { changes } = this.#database.run(
        "update permission_requests set status = ?, record = ? where id = ? and status = 'pending'",
        request.status.status,
        JSON.stringify(request),
        request.id,
      );
      if (changes === 1) alsoWrite();
      return changes === 1;
    });
  }

  /** Requests that are pending on disk; a record that cannot be read is null. */
  pending(): readonly { readonly id: string; readonly request: PersonRequest | null }[] {
    return this.#database.all("select id, record from permission_requests where status = 'pending' order by created_at").map((row) => {
      const { id, record } = Row.parse(row);
      return { id, request: readRecord(record) };
    });
  }

  /** Marks a request whose record cannot be read. */
  expireUnreadable(id: string): void {
    this.#database.run("update permission_requests set status = 'expired' where id = ? and status = 'pending'", id);
  }

  /** What people allowed and denied, newest first. */
  answered(limit: number): readonly PermissionRequest[] {
    const sql = `select id, record from permission_requests
      where status = 'answered' and (case when json_valid(record) then json_extract(record, '$.kind') end) is not 'question' order by created_at desc limit ?`;
    return this.#database.all(sql, limit).flatMap((row) => {
      const request = readRecord(Row.parse(row).record);
      return request?.kind === "permission" ? [request] : [];
    });
  }

  /** As `answered`, read piece by piece, each without what was decided then: for going through very many. */
  *answeredBriefly(limit: number): Generator<BriefRequest, void, void> {
    let below = { at: Number.MAX_SAFE_INTEGER, id: "" };
    for (let left = limit; left > 0; left -= pageRows) {
      const sql = `select ${briefColumns} from permission_requests where status = 'answered' and (created_at, id) < (?, ?)
        order by created_at desc, id desc limit ?`;
      const rows = this.#database.all(sql, below.at, below.id, Math.min(left, pageRows)).map((row) => BriefRow.parse(row));
      for (const row of rows) {
        const brief = readBrief(row);
        if (brief !== null) yield brief;
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < pageRows) return;
      below = { at: last.created_at, id: last.id };
    }
  }

  /** One that a person answered. */
  brief(id: RequestId): BriefRequest | null {
    const row = this.#database.get(`select ${briefColumns} from permission_requests where id = ? and status = 'answered'`, id);
    return row === undefined || row === null ? null : readBrief(BriefRow.parse(row));
  }
}

function readBrief({ id, task_id: taskId, run_id: runId, created_at: createdAt, brief }: z.infer<typeof BriefRow>): BriefRequest | null {
  if (brief === null) return null;
  const [kind, repositoryId, request, status] = BriefFields.parse(JSON.parse(brief));
  // Records of before there were questions name no kind.
  const fields = { kind: kind ?? undefined, id, taskId, runId, createdAt, repositoryId, request, status };
  return BriefRequest.safeParse(fields).data ?? null;
}

/** The request that was stored; null when it cannot be read. */
export function readRecord(record: string): PersonRequest | null {
  try {
    return PersonRequest.safeParse(JSON.parse(record)).data ?? null;
  } catch {
    return null;
  }
}
