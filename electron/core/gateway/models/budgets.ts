import * as z from "zod";
import type { TaskId } from "#shared/contract/ids.ts";
import { type AppliedBudget, type Budget, BudgetScope } from "#shared/contract/usage.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Database } from "../../storage/database.ts";
import { type CallOrigin, dayOf, type UsageLedger } from "./usage-ledger.ts";

/** From which part of a budget on a person is warned. */
const nearShare = 0.8;

/** Why no further call is let through. `unpriced`: calls went by that nothing can be said about, so the limit cannot be kept. */
export interface BudgetStop {
  readonly scope: BudgetScope;
  readonly limit: number;
  readonly spent: number;
  readonly cause: "spent" | "unpriced";
}

/** `wait`: what is in flight may use up the rest; to be asked again when a call has ended. */
export type BudgetCheck = { readonly kind: "free" } | { readonly kind: "wait" } | ({ readonly kind: "stop" } & BudgetStop);

/** Whose limits: of a task, and of one of its runs where there was one. */
export type BudgetOrigin = Pick<CallOrigin, "taskId"> & { readonly runId: string | null };

interface Limit {
  readonly scope: BudgetScope;
  readonly limit: number;
  readonly countedFrom: number;
  readonly changedAt: number;
}

const Row = z.object({
  scope: BudgetScope,
  task_id: z.string(),
  limit_micros: z.int().nullable(),
  counted_from: z.int(),
  changed_at: z.int(),
});

/** Limits on what may be spent, per run, task, day and workspace, and whether one more call fits them. */
export class Budgets {
  readonly #database: Database;
  readonly #ledger: UsageLedger;
  readonly #clock: Clock;
  /** Calls in flight, with what each counts for until it has ended. */
  readonly #open = new Map<number, { readonly origin: CallOrigin; readonly day: string; readonly reserved: number }>();
  /** Settled sums that are dear to add up; kept right as calls end. */
  readonly #settled = new Map<string, number>();

  constructor(parts: { readonly database: Database; readonly ledger: UsageLedger; readonly clock: Clock }) {
    this.#database = parts.database;
    this.#ledger = parts.ledger;
    this.#clock = parts.clock;
  }

  list(): readonly Budget[] {
    return BudgetScope.options.map((scope) => this.get(scope));
  }

  get(scope: BudgetScope): Budget {
    const row = this.#row(scope, "");
    const countedFrom = row?.counted_from ?? null;
    return {
      scope,
      limit: row?.limit_micros ?? null,
      spent: this.#spentForScreen(scope, countedFrom ?? 0),
      countedFrom: scope === "workspace" ? countedFrom : null,
    };
  }

  /** `countAnew`: a workspace's spending counts from now on. */
  set(scope: BudgetScope, limit: number | null, countAnew: boolean): Budget {
    const now = this.#clock.now();
    const row = this.#row(scope, "");
    this.#write(scope, "", limit, countAnew || row === null ? now : row.counted_from, now);
    this.#settled.clear();
    return this.get(scope);
  }

  /** Null: the limit for every task holds again. */
  setTask(taskId: TaskId, limit: number | null): void {
    if (limit === null) this.#database.run("delete from budgets where scope = 'task' and task_id = ?", taskId);
    else this.#write("task", taskId, limit, 0, this.#clock.now());
  }

  ownLimitOf(taskId: TaskId): number | null {
    return this.#row("task", taskId)?.limit_micros ?? null;
  }

  /** The limits that apply to a run, with what counts against them. */
  applied(origin: BudgetOrigin): readonly AppliedBudget[] {
    return this.#limitsFor(origin).map(({ scope, limit, countedFrom }) => {
      const spent = this.#settledFor(scope, origin, countedFrom);
      return { scope, limit, spent, state: spent >= limit ? "spent" : spent >= limit * nearShare ? "near" : "within" };
    });
  }

  /** Whether one more call that may cost `reserve` fits all limits of its run. */
  check(origin: CallOrigin, reserve: number): BudgetCheck {
    let mustWait = false;
    for (const { scope, limit, countedFrom, changedAt } of this.#limitsFor(origin)) {
      const spent = this.#settledFor(scope, origin, countedFrom);
      if (spent >= limit) return { kind: "stop", scope, limit, spent, cause: "spent" };
      const key = scope === "workspace" ? null : scope;
      if (this.#ledger.unpricedSince(key, this.#keyOf(scope, origin), Math.max(changedAt, countedFrom)) > 0)
        return { kind: "stop", scope, limit, spent, cause: "unpriced" };
      const reserved = this.#reservedFor(scope, origin);
      if (reserved > 0 && spent + reserved + reserve > limit) mustWait = true;
    }
    return { kind: mustWait ? "wait" : "free" };
  }

  opened(id: number, origin: CallOrigin, reserved: number): void {
    this.#open.set(id, { origin, day: dayOf(this.#clock.now()), reserved });
  }

  /** Ends a call's reservation. The limits that came near by it, as they are now. */
  ended(id: number, counted: number): readonly AppliedBudget[] {
    const call = this.#open.get(id);
    if (call === undefined) return [];
    this.#open.delete(id);
    for (const key of [`day ${call.day}`, "workspace"]) {
      const before = this.#settled.get(key);
      if (before !== undefined) this.#settled.set(key, before + counted);
    }
    return this.applied(call.origin).filter(
      ({ limit, spent }) => spent >= limit * nearShare && spent - counted < limit * nearShare && spent < limit,
    );
  }

  /** Sums are added up anew: prices have changed. */
  forget(): void {
    this.#settled.clear();
  }

  #limitsFor(origin: BudgetOrigin): readonly Limit[] {
    const own = this.#row("task", origin.taskId);
    return BudgetScope.options.flatMap((scope) => {
      const row = scope === "task" && own !== null ? own : this.#row(scope, "");
      if (row === null || row.limit_micros === null) return [];
      const countedFrom = scope === "workspace" ? row.counted_from : 0;
      return [{ scope, limit: row.limit_micros, countedFrom, changedAt: row.changed_at }];
    });
  }

  #keyOf(scope: BudgetScope, origin: BudgetOrigin): string {
    switch (scope) {
      case "run":
        return origin.runId ?? "";
      case "task":
        return origin.taskId;
      case "day":
        return dayOf(this.#clock.now());
      case "workspace":
        return "";
      default:
        return assertNever(scope);
    }
  }

  #settledFor(scope: BudgetScope, origin: BudgetOrigin, countedFrom: number): number {
    const value = this.#keyOf(scope, origin);
    if (scope === "run" || scope === "task") return this.#ledger.settledOf(scope, value);
    return this.#kept(scope, value, countedFrom);
  }

  #kept(scope: "day" | "workspace", day: string, countedFrom: number): number {
    const key = scope === "day" ? `day ${day}` : "workspace";
    const known = this.#settled.get(key);
    if (known !== undefined) return known;
    const sum = scope === "day" ? this.#ledger.settledOf("day", day) : this.#ledger.settledSince(countedFrom);
    // One day at a time: yesterday's sum is not asked for again.
    for (const old of this.#settled.keys()) if (old.startsWith("day ") && scope === "day") this.#settled.delete(old);
    this.#settled.set(key, sum);
    return sum;
  }

  #reservedFor(scope: BudgetScope, origin: CallOrigin): number {
    const key = this.#keyOf(scope, origin);
    let total = 0;
    for (const call of this.#open.values()) {
      const isMeant =
        scope === "workspace" ||
        (scope === "day" && call.day === key) ||
        (scope === "run" && call.origin.runId === key) ||
        (scope === "task" && call.origin.taskId === key);
      if (isMeant) total += call.reserved;
    }
    return total;
  }

  #spentForScreen(scope: BudgetScope, countedFrom: number): number {
    const today = dayOf(this.#clock.now());
    if (scope === "day" || scope === "workspace") return this.#kept(scope, today, countedFrom);
    return this.#ledger.dearest(scope, today);
  }

  #row(scope: BudgetScope, taskId: string): z.infer<typeof Row> | null {
    const row = this.#database.get("select * from budgets where scope = ? and task_id = ?", scope, taskId);
    return row === undefined || row === null ? null : Row.parse(row);
  }

  #write(scope: BudgetScope, taskId: string, limit: number | null, countedFrom: number, changedAt: number): void {
    this.#database.run(
      "insert or replace into budgets (scope, task_id, limit_micros, counted_from, changed_at) values (?, ?, ?, ?, ?)",
      scope,
      taskId,
      limit,
      countedFrom,
      changedAt,
    );
  }
}
