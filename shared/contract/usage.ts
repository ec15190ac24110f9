import { eventIterator } from "@orpc/contract";
import * as z from "zod";
import { changes, reads } from "./base.ts";
import { TaskId, Timestamp } from "./ids.ts";

/** Money in millionths of a US dollar. */
export const Micros = z.int().nonnegative();

/** Tokens of one call or the sum over several; null where the provider did not say. Never zero for unknown. */
export const TokenCounts = z.object({
  /** Input that was neither read from nor written to a cache. */
  input: z.int().nullable(),
  /** With the tokens of hidden reasoning. */
  output: z.int().nullable(),
  cachedRead: z.int().nullable(),
  /** Written to a cache, whatever its life. */
  cacheWrite: z.int().nullable(),
  /** The part of `cacheWrite` that was written for an hour, which costs more. */
  cacheWriteLong: z.int().nullable(),
});
export type TokenCounts = z.infer<typeof TokenCounts>;

/** What a number of calls used. Sums are over what is known; what is not known is counted beside them. */
export const UsageSum = z.object({
  calls: z.int(),
  tokens: z.object({ input: z.int(), output: z.int(), cachedRead: z.int(), cacheWrite: z.int() }),
  /** Calls whose tokens are not known. */
  unknownTokens: z.int(),
  cost: Micros,
  /** Calls whose cost is not known, because their tokens or their price is not. */
  unknownCost: z.int(),
});
export type UsageSum = z.infer<typeof UsageSum>;

/** `run`, `task`: each one of them. `day`: a calendar day where Gatehouse runs. `workspace`: all since it was set or counted anew. */
export const BudgetScope = z.enum(["run", "task", "day", "workspace"]);
export type BudgetScope = z.infer<typeof BudgetScope>;

/** Limits below a cent stop nothing but the first call. */
export const BudgetLimit = z.int().min(10_000, "at least $0.01").max(1_000_000_000_000, "at most $1,000,000");

export const Budget = z.object({
  scope: BudgetScope,
  /** Null: no limit. */
  limit: BudgetLimit.nullable(),
  /** Known cost, and an estimate for each call of unknown cost. For `run` and `task`: of the dearest one today. */
  spent: Micros,
  /** `workspace` only: from when on it counts. */
  countedFrom: Timestamp.nullable(),
});
export type Budget = z.infer<typeof Budget>;

/** A budget as it applies to one run. */
export const AppliedBudget = z.object({
  scope: BudgetScope,
  limit: BudgetLimit,
  spent: Micros,
  /** `near`: 80 % or more. `spent`: no further call is let through. */
  state: z.enum(["within", "near", "spent"]),
});
export type AppliedBudget = z.infer<typeof AppliedBudget>;

export const TaskUsage = z.object({
  taskId: TaskId,
  total: UsageSum,
  /** Calls that have begun and not ended. */
  open: z.int(),
  byModel: z.array(z.object({ model: z.string().nullable(), provider: z.string(), sum: UsageSum })),
  byRun: z.array(z.object({ runId: z.string(), startedAt: Timestamp, sum: UsageSum })),
  budgets: z.array(AppliedBudget),
  /** The task's own limit; null where the one for every task applies. */
  ownLimit: BudgetLimit.nullable(),
});
export type TaskUsage = z.infer<typeof TaskUsage>;

/** US dollars for a million tokens. Null: as input. */
const rate = z.number().min(0).max(100_000);
export const Rates = z.object({
  input: rate,
  output: rate,
  cachedRead: rate.nullable(),
  cacheWrite: rate.nullable(),
  cacheWriteLong: rate.nullable(),
});
export type Rates = z.infer<typeof Rates>;

/**
 * The price of the models that `pattern` names: the model itself, or followed by a date, `-latest` or
 * `@version`; `*` stands for any characters.
 */
export const PriceEntry = Rates.extend({
  pattern: z.string().regex(/^[\x21-\x7e]{1,200}$/, "a model's name; * for any characters"),
  /** What a call whose whole input is longer than `above` tokens costs instead. */
  long: Rates.extend({ above: z.int().positive() }).nullable(),
  /** Where the price stands, and the day it was read there. */
  source: z.string().max(500),
  asOf: z.string().regex(/^\d{4}-\d{2}-\d{2}$/, "a day such as 2026-11-26"),
});
export type PriceEntry = z.infer<typeof PriceEntry>;

const limitChange = z.object({ limit: BudgetLimit.nullable() });

export const usage = {
  /** Live; the first event is the state now. */
  watch: reads()
    .input(z.object({ taskId: TaskId }))
    .output(eventIterator(TaskUsage)),
  /** Sums over the calls of a time, dearest first; days in order. Days are `YYYY-MM-DD`, both included. */
  totals: reads()
    .input(
      z.object({
        by: z.enum(["day", "repository", "model", "task", "provider"]),
        from: z.iso.date().nullable().default(null),
        to: z.iso.date().nullable().default(null),
      }),
    )
    .output(z.array(z.object({ key: z.string(), label: z.string(), sum: UsageSum })).max(5_000)),
  prices: reads()
    .input(z.object({}))
    .output(z.array(PriceEntry.extend({ isOwn: z.boolean() }))),
  /** Puts a price of one's own before the shipped ones, and prices what had none. */
  setPrice: changes("usage.set-price", { role: "owner" }).input(PriceEntry).output(PriceEntry),
  /** Takes one's own price away; a shipped one holds again. */
  removePrice: changes("usage.remove-price", { role: "owner" })
    .input(z.object({ pattern: z.string().max(200) }))
    .output(z.object({})),
  budgets: reads().input(z.object({})).output(z.array(Budget)),
  /** Null takes the limit away. A run that was stopped by it can then be started again. */
  setBudget: changes("usage.set-budget", { role: "owner" })
    .input(limitChange.extend({ scope: BudgetScope, countAnew: z.boolean().default(false) }))
    .output(Budget),
  /** A limit of this task alone, in place of the one for every task; null: that one again. */
  setTaskBudget: changes("usage.set-task-budget", { role: "owner" })
    .input(limitChange.extend({ taskId: TaskId }))
    .output(TaskUsage),
};
