import * as z from "zod";
import type { RunId, TaskId } from "#shared/contract/ids.ts";
import { EgressRow, type EgressTotals } from "#shared/contract/egress.ts";
import type { Clock } from "../../kernel/clock.ts";
import { Emitter } from "../../kernel/events.ts";
import type { Logger } from "../../kernel/logger.ts";
import type { Database } from "../../storage/database.ts";

/** Rows that one task keeps; the oldest go first. All of them stay in the audit log. */
export const maximumRowsOfTask = 20_000;
/** How long a changed row waits to be written with others, milliseconds. The audit log has it already. */
const writeAfterMs = 250;

const Stored = z.object({ sequence: z.number(), record: z.string() });
const Count = z.object({ count: z.number() });
const Sums = z.object({
  connections: z.number().nullable(),
  refused: z.number().nullable(),
  open: z.number().nullable(),
  hosts: z.number(),
  up: z.number().nullable(),
  down: z.number().nullable(),
});

export interface EgressQuery {
  readonly taskId: TaskId;
  readonly before: string | null;
  readonly limit: number;
  readonly text: string | null;
  readonly status: EgressRow["status"] | null;
  readonly runId: RunId | null;
}

/** Every connection out of a sandbox, in the database: for people to look at. What counts as evidence is in the audit log. */
export class EgressLedger {
  readonly changed = new Emitter<EgressRow>();
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #logger: Logger;
  /** Rows whose last state is not on disk yet. */
  readonly #unwritten = new Map<string, EgressRow>();
  #timer: Disposable | null = null;

  constructor({ database, clock, logger }: { readonly database: Database; readonly clock: Clock; readonly logger: Logger }) {
    this.#database = database;
    this.#clock = clock;
    this.#logger = logger;
  }

  put(row: EgressRow): void {
    this.#unwritten.set(row.id, row);
    this.changed.emit(row);
    this.#timer ??= this.#clock.after(writeAfterMs, () => this.flush());
  }

  /** Writes what waits, in one transaction. */
  flush(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = null;
    if (this.#unwritten.size === 0 || !this.#database.isOpen) return;
    const rows = [...this.#unwritten.values()];
    this.#unwritten.clear();
    try {
      this.#database.transaction(() => {
        for (const row of rows) this.#write(row);
        for (const taskId of new Set(rows.map(({ taskId }) => taskId))) this.#trim(taskId);
      });
    } catch (error) {
      this.#logger.error({ err: error, rows: rows.length }, "connections could not be written to the database; the audit log has them");
    }
  }

  list(query: EgressQuery): { readonly rows: readonly EgressRow[]; readonly total: number } {
    this.flush();
    const before = query.before === null ? null : this.#sequenceOf(query.before);
    const conditions = ["task_id = ?"];
    const values: (string | number)[] = [query.taskId];
    const where = (condition: string, ...more: readonly (string | number)[]) => {
      conditions.push(condition);
      values.push(...more);
    };
    if (query.runId !== null) where("run_id = ?", query.runId);
    if (query.status !== null) where("status = ?", query.status);
    if (query.text !== null && query.text.trim() !== "") where("instr(lower(record), lower(?)) > 0", query.text.trim());
    const total = Count.parse(
      this.#database.get(`select count(*) as count from egress_connections where ${conditions.join(" and ")}`, ...values),
    ).count;
    if (before !== null) where("sequence < ?", before);
    const sql = `select sequence, record from egress_connections where ${conditions.join(" and ")} order by sequence desc limit ?`;
    return { rows: this.#database.all(sql, ...values, query.limit).flatMap((row) => readRow(Stored.parse(row).record)), total };
  }

  totals(taskId: TaskId): EgressTotals {
    this.flush();
    const sql = `select sum(case when refusals > 0 then refusals else 1 end) as connections, sum(refusals) as refused,
      sum(status in ('open', 'waiting')) as open, count(distinct host) as hosts, sum(bytes_up) as up, sum(bytes_down) as down
      from egress_connections where task_id = ?`;
    const { connections, refused, open, hosts, up, down } = Sums.parse(this.#database.get(sql, taskId));
    return { connections: connections ?? 0, refused: refused ?? 0, open: open ?? 0, hosts, bytesUp: up ?? 0, bytesDown: down ?? 0 };
  }

  /** At start: what was open or waiting belongs to a Gatehouse that is gone. Returns how many. */
  reconcile(): number {
    const sql = "select sequence, record from egress_connections where status in ('waiting', 'open')";
    const rows = this.#database.all(sql).map((row) => Stored.parse(row));
    this.#database.transaction(() => {
      for (const { sequence, record } of rows) {
        const [row] = readRow(record);
        if (row !== undefined) this.#write({ ...row, status: "interrupted", why: "Gatehouse ended while it was open." });
        this.#database.run("update egress_connections set status = 'interrupted' where sequence = ?", sequence);
      }
    });
    return rows.length;
  }

  /** With its task. */
  forgetTask(taskId: TaskId): void {
    this.flush();
    this.#database.run("delete from egress_connections where task_id = ?", taskId);
  }

  #write(row: EgressRow): void {
    this.#database.run(
      `insert into egress_connections (id, task_id, run_id, status, host, bytes_up, bytes_down, refusals, record)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?)
       on conflict (id) do update set status = excluded.status, bytes_up = excluded.bytes_up, bytes_down = excluded.bytes_down,
         refusals = excluded.refusals, record = excluded.record`,
      row.id,
      row.taskId,
      row.runId,
      row.status,
      row.host,
      row.bytesUp,
      row.bytesDown,
      row.status === "refused" ? row.count : 0,
      JSON.stringify(row),
    );
  }

  #trim(taskId: TaskId): void {
    this.#database.run(
      `delete from egress_connections where task_id = ? and sequence <=
        (select sequence from egress_connections where task_id = ? order by sequence desc limit 1 offset ?)`,
      taskId,
      taskId,
      maximumRowsOfTask,
    );
  }

  #sequenceOf(id: string): number | null {
    const row = this.#database.get("select sequence as count from egress_connections where id = ?", id);
    return row === undefined || row === null ? null : Count.parse(row).count;
  }
}

function readRow(record: string): readonly EgressRow[] {
  try {
    const row = EgressRow.safeParse(JSON.parse(record)).data;
    return row === undefined ? [] : [row];
  } catch {
    return [];
  }
}
