import * as z from "zod";
import { RepositoryId, RequestId, type RunId, type TaskId, Timestamp } from "#shared/contract/ids.ts";
import type { Grant, PersonRequest } from "#shared/contract/permission.ts";
import { summaryOf } from "#shared/domain/request-words.ts";
import type { Clock } from "../kernel/clock.ts";
import { Emitter } from "../kernel/events.ts";
import type { Database } from "../storage/database.ts";
import { readRecord } from "./request-rows.ts";

export const hourMs = 3_600_000;

const Standing = z.object({
  request_id: RequestId,
  scope: z.enum(["hour", "repository"]),
  repository_id: RepositoryId,
  task_id: z.string(),
  request_key: z.string(),
  rule: z.string().nullable(),
  granted_at: Timestamp,
  expires_at: Timestamp.nullable(),
});
type Standing = z.infer<typeof Standing>;

const RunRow = z.object({ request_id: RequestId, request_key: z.string(), granted_at: Timestamp });
const Key = z.object({ request_key: z.string() });
const Rule = z.object({ rule: z.string() });
const Record = z.object({ record: z.string() });

/** What an allowing answer leaves behind, besides the call that it allows. */
export type NewGrant =
  | { readonly scope: "run"; readonly key: string }
  | { readonly scope: "hour"; readonly key: string }
  | { readonly scope: "repository"; readonly key: string; readonly rule: string };

/** Grants on disk: of runs, for an hour, and the rules that answers wrote for a repository. */
export class Grants {
  /** After a repository has gained or lost a rule. */
  readonly rulesChanged = new Emitter<RepositoryId>();
  readonly #database: Database;
  readonly #clock: Clock;
  /** When hours that began in this process end, by the clock that cannot be set back. */
  readonly #ends = new Map<RequestId, number>();

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Inside the transaction that ends the request. */
  write(request: PersonRequest, grant: NewGrant, at: number): void {
    if (grant.scope === "run") {
      const sql = "insert or ignore into run_grants (run_id, request_key, request_id, granted_at) values (?, ?, ?, ?)";
      this.#database.run(sql, request.runId, grant.key, request.id, at);
      return;
    }
    this.#database.run(
      `insert into standing_grants (request_id, scope, repository_id, task_id, request_key, rule, granted_at, expires_at)
       values (?, ?, ?, ?, ?, ?, ?, ?)`,
      request.id,
      grant.scope,
      request.repositoryId,
      request.taskId,
      grant.key,
      grant.scope === "repository" ? grant.rule : null,
      at,
      grant.scope === "hour" ? at + hourMs : null,
    );
  }

  /** Once the transaction of {@link Grants.write} has ended. */
  written(request: PersonRequest, grant: NewGrant): void {
    if (grant.scope === "hour") this.#ends.set(request.id, this.#clock.monotonic() + hourMs);
    if (grant.scope === "repository") this.rulesChanged.emit(request.repositoryId);
  }

  /** Exact requests, as `requestKey`s, that are allowed in a run of a task now. */
  keysOf(runId: RunId, taskId: TaskId): ReadonlySet<string> {
    const ofRun = this.#database.all("select request_key from run_grants where run_id = ?", runId).map((row) => Key.parse(row));
    const hours = this.#standing("where scope = 'hour' and task_id = ?", taskId);
    return new Set([...ofRun, ...hours].map(({ request_key }) => request_key));
  }

  /** Rules that answers wrote for a repository, oldest first, each once. */
  rulesOf(repositoryId: RepositoryId): readonly string[] {
    const sql =
      "select rule from standing_grants where scope = 'repository' and rule is not null and repository_id = ? order by granted_at";
    return [...new Set(this.#database.all(sql, repositoryId).map((row) => Rule.parse(row).rule))];
  }

  list(): readonly Grant[] {
    const runs = this.#database.all("select request_id, request_key, granted_at from run_grants").map((row): Grant | null => {
      const { request_id, granted_at } = RunRow.parse(row);
      return this.#grant({ id: request_id, scope: "run", rule: null, grantedAt: granted_at, expiresAt: null });
    });
    const standing = this.#standing("").map((row) =>
      this.#grant({ id: row.request_id, scope: row.scope, rule: row.rule, grantedAt: row.granted_at, expiresAt: row.expires_at }),
    );
    return [...runs, ...standing].filter((grant) => grant !== null).sort((a, b) => b.grantedAt - a.grantedAt);
  }

  /** False when it had ended. A rule that several answers wrote goes with all of them. */
  revoke(id: RequestId): boolean {
    const [row] = this.#standing("where request_id = ?", id);
    this.#ends.delete(id);
    if (row === undefined) return this.#database.run("delete from run_grants where request_id = ?", id).changes > 0;
    const { repository_id, rule } = row;
    if (rule === null) return this.#database.run("delete from standing_grants where request_id = ?", id).changes > 0;
    this.#database.run("delete from standing_grants where repository_id = ? and rule = ?", repository_id, rule);
    this.rulesChanged.emit(repository_id);
    return true;
  }

  dropRun(runId: RunId): void {
    this.#database.run("delete from run_grants where run_id = ?", runId);
  }

  /** What a start or "stop everything" ends: all but the rules that were written. */
  dropTimed(of: "runs" | "all"): void {
    this.#database.run("delete from run_grants");
    if (of === "all") this.#database.run("delete from standing_grants where scope = 'hour'");
    this.#standing("");
  }

  /** Rows that hold now; those whose time is over, or whose clock was set back, are removed. */
  #standing(where: string, ...parameters: readonly string[]): readonly Standing[] {
    const rows = this.#database.all(`select * from standing_grants ${where}`, ...parameters).map((row) => Standing.parse(row));
    const now = this.#clock.now();
    return rows.filter((row) => {
      if (row.expires_at === null) return true;
      const end = this.#ends.get(row.request_id) ?? Number.POSITIVE_INFINITY;
      const holds = now >= row.granted_at && now < row.expires_at && this.#clock.monotonic() < end;
      if (!holds) this.#database.run("delete from standing_grants where request_id = ?", row.request_id);
      return holds;
    });
  }

  /** With what its request says; null where that cannot be read any more. */
  #grant(grant: Pick<Grant, "id" | "scope" | "rule" | "grantedAt" | "expiresAt">): Grant | null {
    const row = this.#database.get("select record from permission_requests where id = ?", grant.id);
    const request = row === undefined || row === null ? null : readRecord(Record.parse(row).record);
    if (request?.kind !== "permission") return null;
    const by = request.status.status === "answered" ? request.status.by : "";
    const { repositoryName, taskTitle } = request;
    return { ...grant, repositoryName, taskTitle, summary: summaryOf(request.request).slice(0, 16_384), by };
  }
}
