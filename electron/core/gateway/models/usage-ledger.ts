import * as z from "zod";
import { type RepositoryId, type RunId, TaskId } from "#shared/contract/ids.ts";
import type { TokenCounts, UsageSum } from "#shared/contract/usage.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Database, SqlValue } from "../../storage/database.ts";

/** Whose call it is. */
export interface CallOrigin {
  readonly runId: RunId;
  readonly taskId: TaskId;
  readonly repositoryId: RepositoryId;
}

/** How a call ended. `estimate`: what budgets count where the cost is unknown; null where not even that can be said. */
export interface CallEnd {
  readonly model: string | null;
  readonly counts: TokenCounts;
  readonly cost: number | null;
  readonly estimate: number | null;
}

export type TotalKey = "day" | "repository" | "model" | "task" | "provider";

const columns: Readonly<Record<TotalKey | "run", string>> = {
  day: "day",
  repository: "repository_id",
  model: "coalesce(model, '')",
  task: "task_id",
  provider: "provider_id",
  run: "run_id",
};

const sums = `count(*) as calls, total(input) as input, total(output) as output, total(cached_read) as cached_read,
  total(cache_write) as cache_write, total(input is null or output is null) as unknown_tokens,
  total(cost) as cost, total(cost is null) as unknown_cost`;

/** Every call of a model, from its admission on: what is open when Gatehouse is killed counts as of unknown cost. */
export class UsageLedger {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Durable when it returns; `reserved` is what it counts for until it has ended. */
  begin(origin: CallOrigin, providerId: string, reserved: number): number {
    const now = this.#clock.now();
    return this.#database.transaction(() => {
      this.#database.run(
        `insert into model_calls (state, at, day, run_id, task_id, repository_id, provider_id, estimate) values ('open', ?, ?, ?, ?, ?, ?, ?)`,
        now,
        dayOf(now),
        origin.runId,
        origin.taskId,
        origin.repositoryId,
        providerId,
        reserved,
      );
      return z.object({ id: z.int() }).parse(this.#database.get("select last_insert_rowid() as id")).id;
    });
  }

  end(id: number, { model, counts, cost, estimate }: CallEnd): void {
    this.#database.run(
      `update model_calls set state = 'ended', model = ?, input = ?, output = ?, cached_read = ?, cache_write = ?, cache_write_long = ?,
       cost = ?, estimate = ? where id = ? and state = 'open'`,
      model,
      counts.input,
      counts.output,
      counts.cachedRead,
      counts.cacheWrite,
      counts.cacheWriteLong,
      cost,
      estimate,
      id,
    );
  }

  /** A call that the provider refused or that never reached it: it cost nothing and leaves no row. */
  drop(id: number): void {
    this.#database.run("delete from model_calls where id = ? and state = 'open'", id);
  }

  /** Ends what a run, or an earlier Gatehouse, left open: tokens unknown, counted as it was reserved. */
  endOpen(runId: RunId | null): number {
    const where = runId === null ? "" : " and run_id = ?";
    return this.#database.run(`update model_calls set state = 'ended' where state = 'open'${where}`, ...(runId === null ? [] : [runId]))
      .changes;
  }

  /** What ended calls count for: their cost, or the estimate where it is unknown. */
  settledOf(key: "run" | "task" | "day", value: string): number {
    return this.#settled(`${columns[key]} = ?`, value);
  }

  settledSince(at: number): number {
    return this.#settled("at >= ?", at);
  }

  /** Ended calls that nothing can be said about, that began at or after `since`. */
  unpricedSince(key: "run" | "task" | "day" | null, value: string, since: number): number {
    const where = key === null ? "" : `${columns[key]} = ? and `;
    const parameters: SqlValue[] = key === null ? [since] : [value, since];
    const row = this.#database.get(
      `select count(*) as n from model_calls where ${where}at >= ? and state = 'ended' and cost is null and estimate is null`,
      ...parameters,
    );
    return z.object({ n: z.int() }).parse(row).n;
  }

  /** The dearest single run or task of a day, for showing how near the limits for each come. */
  dearest(key: "run" | "task", day: string): number {
    const row = this.#database.get(
      `select max(micros) as n from (select total(coalesce(cost, estimate, 0)) as micros from model_calls where day = ? group by ${columns[key]})`,
      day,
    );
    return Math.round(z.object({ n: z.number().nullable() }).parse(row).n ?? 0);
  }

  sumOf(taskId: TaskId): { readonly sum: UsageSum; readonly open: number } {
    const row = this.#database.get("select count(*) as open from model_calls where task_id = ? and state = 'open'", taskId);
    const sum = SumRow.parse(this.#database.get(`select ${sums} from model_calls where task_id = ? and state = 'ended'`, taskId));
    return { sum, open: z.object({ open: z.int() }).parse(row).open };
  }

  /** Tasks that have called a model. */
  tasks(): readonly TaskId[] {
    return z
      .array(z.object({ id: TaskId }))
      .parse(this.#database.all("select distinct task_id as id from model_calls"))
      .map(({ id }) => id);
  }

  byModel(taskId: TaskId): readonly { readonly model: string | null; readonly provider: string; readonly sum: UsageSum }[] {
    return this.#database
      .all(
        `select model, provider_id, ${sums} from model_calls where task_id = ? and state = 'ended' group by model, provider_id order by cost desc`,
        taskId,
      )
      .map((row) => {
        const { model, provider_id: provider } = z.object({ model: z.string().nullable(), provider_id: z.string() }).parse(row);
        return { model, provider, sum: SumRow.parse(row) };
      });
  }

  byRun(taskId: TaskId): readonly { readonly runId: string; readonly startedAt: number; readonly sum: UsageSum }[] {
    return this.#database
      .all(
        `select run_id, min(at) as started, ${sums} from model_calls where task_id = ? and state = 'ended' group by run_id order by started`,
        taskId,
      )
      .map((row) => {
        const { run_id: runId, started } = z.object({ run_id: z.string(), started: z.int() }).parse(row);
        return { runId, startedAt: started, sum: SumRow.parse(row) };
      });
  }

  totals(by: TotalKey, from: string | null, to: string | null): readonly { readonly key: string; readonly sum: UsageSum }[] {
    const order = by === "day" ? "key" : "cost desc, key";
    return this.#database
      .all(
        `select ${columns[by]} as key, ${sums} from model_calls where state = 'ended' and day >= ? and day <= ? group by key order by ${order} limit 5000`,
        from ?? "",
        to ?? "9999-12-31",
      )
      .map((row) => ({ key: z.object({ key: z.string() }).parse(row).key, sum: SumRow.parse(row) }));
  }

  /** Calls whose tokens are known and whose cost is not: a new price can name it. */
  reprice(price: (model: string, counts: TokenCounts) => number | null): number {
    return this.#database.transaction(() => {
      const rows = z.array(UnpricedRow).parse(
        this.#database.all(
          `select id, model, input, output, cached_read, cache_write, cache_write_long from model_calls
           where cost is null and model is not null and input is not null and output is not null`,
        ),
      );
      let changed = 0;
      for (const { id, model, counts } of rows) {
        const cost = price(model, counts);
        if (cost === null) continue;
        this.#database.run("update model_calls set cost = ?, estimate = null where id = ?", cost, id);
        changed += 1;
      }
      return changed;
    });
  }

  #settled(where: string, value: SqlValue): number {
    const row = this.#database.get(
      `select total(coalesce(cost, estimate, 0)) as micros from model_calls where state = 'ended' and ${where}`,
      value,
    );
    return Math.round(z.object({ micros: z.number() }).parse(row).micros);
  }
}

/** The calendar day of a time where Gatehouse runs. */
export function dayOf(at: number): string {
  const date = new Date(at);
  const two = (number: number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

const whole = z.number().transform((value) => Math.round(value));

const SumRow = z
  .object({
    calls: z.int(),
    input: whole,
    output: whole,
    cached_read: whole,
    cache_write: whole,
    unknown_tokens: whole,
    cost: whole,
    unknown_cost: whole,
  })
  .transform(
    (row): UsageSum => ({
      calls: row.calls,
      tokens: { input: row.input, output: row.output, cachedRead: row.cached_read, cacheWrite: row.cache_write },
      unknownTokens: row.unknown_tokens,
      cost: row.cost,
      unknownCost: row.unknown_cost,
    }),
  );

const UnpricedRow = z
  .object({
    id: z.int(),
    model: z.string(),
    input: z.int(),
    output: z.int(),
    cached_read: z.int().nullable(),
    cache_write: z.int().nullable(),
    cache_write_long: z.int().nullable(),
  })
  .transform(({ id, model, input, output, ...rest }) => ({
    id,
    model,
    counts: { input, output, cachedRead: rest.cached_read, cacheWrite: rest.cache_write, cacheWriteLong: rest.cache_write_long },
  }));
