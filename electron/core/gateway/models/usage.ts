import { join } from "node:path";
import type { TaskId } from "#shared/contract/ids.ts";
import type { BudgetScope, Budget, PriceEntry, TaskUsage, UsageSum } from "#shared/contract/usage.ts";
import type { Clock } from "../../kernel/clock.ts";
import { UserError } from "../../kernel/errors.ts";
import { Emitter } from "../../kernel/events.ts";
import { liveChannel } from "../../kernel/live-channel.ts";
import type { Database } from "../../storage/database.ts";
import { Budgets } from "./budgets.ts";
import { ModelCalls } from "./model-calls.ts";
import { costOf, PriceFile, Prices } from "./prices.ts";
import { ProviderBook } from "./provider-book.ts";
import { loadProviders, type ProviderProfile, readData } from "./provider-profile.ts";
import { type TotalKey, UsageLedger } from "./usage-ledger.ts";

/** What ships about models: `resources/providers`. */
export interface ModelData {
  readonly providers: readonly ProviderProfile[];
  readonly prices: readonly PriceEntry[];
}

export async function loadModelData(folder: string): Promise<ModelData> {
  const [providers, file] = await Promise.all([loadProviders(join(folder, "endpoints")), readData(join(folder, "prices.json"), PriceFile)]);
  return { providers, prices: file.prices };
}

/** Names that totals show in place of ids. */
export interface UsageNames {
  repository(id: string): string;
  task(id: string): string;
}

/** What models were used for, what it cost, and what may still be spent. */
export class Usage {
  readonly providers: ProviderBook;
  readonly calls: ModelCalls;
  /** A task's usage or its limits have changed. */
  readonly changed = new Emitter<TaskId>();
  readonly #prices: Prices;
  readonly #ledger: UsageLedger;
  readonly #budgets: Budgets;
  readonly #names: UsageNames;

  constructor(parts: { readonly database: Database; readonly clock: Clock; readonly data: ModelData; readonly names: UsageNames }) {
    const { database, clock, data } = parts;
    this.#names = parts.names;
    this.providers = new ProviderBook(database, data.providers, clock);
    this.#prices = new Prices(database, data.prices);
    this.#ledger = new UsageLedger(database, clock);
    this.#budgets = new Budgets({ database, ledger: this.#ledger, clock });
    this.calls = new ModelCalls({ book: this.providers, prices: this.#prices, ledger: this.#ledger, budgets: this.#budgets, clock });
    this.calls.changed.on(({ taskId }) => this.changed.emit(taskId));
  }

  ofTask(taskId: TaskId): TaskUsage {
    const { sum, open } = this.#ledger.sumOf(taskId);
    const byRun = this.#ledger.byRun(taskId);
    const runId = byRun.at(-1)?.runId ?? null;
    return {
      taskId,
      total: sum,
      open,
      byModel: [...this.#ledger.byModel(taskId)],
      byRun: [...byRun],
      budgets: [...this.#budgets.applied({ taskId, runId })],
      ownLimit: this.#budgets.ownLimitOf(taskId),
    };
  }

  /** For cards; null where no model was called. */
  sumOf(taskId: TaskId): UsageSum | null {
    const { sum } = this.#ledger.sumOf(taskId);
    return sum.calls === 0 ? null : sum;
  }

  tasksWithCalls(): readonly TaskId[] {
    return this.#ledger.tasks();
  }

  watch(taskId: TaskId, signal: AbortSignal | undefined): AsyncGenerator<TaskUsage, void, void> {
    return follow(this.changed, taskId, () => this.ofTask(taskId), signal);
  }

  totals(by: TotalKey, from: string | null, to: string | null) {
    return this.#ledger.totals(by, from, to).map(({ key, sum }) => ({ key, label: this.#label(by, key), sum }));
  }

  prices(): readonly (PriceEntry & { readonly isOwn: boolean })[] {
    return this.#prices.list();
  }

  /** Calls of known tokens that had no price get one. */
  setPrice(entry: PriceEntry): PriceEntry {
    const set = this.#prices.set(entry);
    this.#ledger.reprice((model, counts) => costOf(counts, this.#prices.find(model)));
    this.#budgets.forget();
    for (const taskId of this.#ledger.tasks()) this.changed.emit(taskId);
    return set;
  }

  removePrice(pattern: string): void {
    if (this.#prices.remove(pattern)) return;
    throw new UserError("NOT_FOUND", "No price of yours has this name.", "Shipped prices stay; put one of your own before them.");
  }

  budgets(): readonly Budget[] {
    return this.#budgets.list();
  }

  setBudget(scope: BudgetScope, limit: number | null, countAnew: boolean): Budget {
    const budget = this.#budgets.set(scope, limit, countAnew);
    for (const taskId of this.#ledger.tasks()) this.changed.emit(taskId);
    return budget;
  }

  setTaskBudget(taskId: TaskId, limit: number | null): TaskUsage {
    this.#budgets.setTask(taskId, limit);
    this.changed.emit(taskId);
    return this.ofTask(taskId);
  }

  #label(by: TotalKey, key: string): string {
    if (by === "repository") return this.#names.repository(key);
    if (by === "task") return this.#names.task(key);
    if (by === "provider") return this.providers.find(key)?.name ?? key;
    return by === "model" && key === "" ? "unknown model" : key;
  }
}

async function* follow(
  changed: Emitter<TaskId>,
  taskId: TaskId,
  now: () => TaskUsage,
  signal: AbortSignal | undefined,
): AsyncGenerator<TaskUsage, void, void> {
  const mine = new Emitter<TaskUsage>();
  using _changes = changed.on((id) => {
    if (id === taskId) mine.emit(now());
  });
  yield* liveChannel<TaskUsage, TaskUsage>(mine, now, signal, 1);
}
