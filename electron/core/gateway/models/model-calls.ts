import type { RunId } from "#shared/contract/ids.ts";
import type { Dialect, Provider } from "#shared/contract/provider.ts";
import type { AppliedBudget, BudgetScope } from "#shared/contract/usage.ts";
import { writeUsd } from "#shared/domain/money.ts";
import type { Clock } from "../../kernel/clock.ts";
import { Emitter } from "../../kernel/events.ts";
import type { BudgetCheck, Budgets, BudgetStop } from "./budgets.ts";
import { modelRequest } from "./model-request.ts";
import { costOf, type Prices } from "./prices.ts";
import type { ProviderBook } from "./provider-book.ts";
import type { CallOrigin, UsageLedger } from "./usage-ledger.ts";
import { unknownCounts } from "./usage/token-counts.ts";
import { UsageTap } from "./usage/usage-tap.ts";

/** What a call counts for while nothing is known about the run's others, millionths of a dollar. */
const firstReserve = 50_000;

/** How long a call waits for those in flight where together they may use up a budget, milliseconds. */
const waitMs = 120_000;

/**
 * Bytes of text that one token stands for at least, on average over code and JSON. With it the tokens
 * of a call that says nothing about itself are estimated, rather high than low.
 */
const bytesPerToken = 3;

/** A request as the gateway sees it; `path` without query. */
export interface SeenModelRequest {
  readonly host: string;
  readonly port: number;
  readonly method: string;
  readonly path: string;
}

export interface EndedExchange {
  readonly status: number | null;
  readonly bytesUp: number;
  readonly bytesDown: number;
}

export type Admission =
  | { readonly kind: "not-a-model-call" }
  | { readonly kind: "admitted"; readonly provider: Provider; readonly tap: UsageTap; readonly done: (outcome: EndedExchange) => void }
  /** To be answered with 429. `stop`: the budget that is used up; null where only the wait was too long. */
  | {
      readonly kind: "refused";
      readonly status: 429;
      readonly why: string;
      readonly stop: BudgetStop | null;
      /** How its endpoint words errors. */
      readonly dialect: Dialect;
    };

/** A limit that came near. */
export interface BudgetWarning {
  readonly origin: CallOrigin;
  readonly budget: AppliedBudget;
}

export interface ModelCallsParts {
  readonly book: ProviderBook;
  readonly prices: Prices;
  readonly ledger: UsageLedger;
  readonly budgets: Budgets;
  readonly clock: Clock;
}

/** Calls of models as they pass the gateway: admitted within the budgets, their usage read, priced and kept. */
export class ModelCalls {
  /** After a call has begun or ended. */
  readonly changed = new Emitter<CallOrigin>();
  readonly warned = new Emitter<BudgetWarning>();
  readonly #parts: ModelCallsParts;
  /** Of the calls of each run: the dearest one, and the model that answered last. */
  readonly #known = new Map<RunId, { dearest: number; readonly models: Map<string, string> }>();

  constructor(parts: ModelCallsParts) {
    this.#parts = parts;
    parts.ledger.endOpen(null);
  }

  /**
   * Whether a request may go to a model now. Anything that is no call of a known endpoint is none of
   * its business. A call that is admitted counts as reserved until `done`, which must be called.
   */
  async admit(origin: CallOrigin, request: SeenModelRequest, signal: AbortSignal): Promise<Admission> {
    const call = this.#callOf(request);
    if (call === null) return { kind: "not-a-model-call" };
    return await this.#admitCall(origin, call.provider, call.model, signal);
  }

  /** Whose call of a model a request is; null where it is none. */
  providerOf(request: SeenModelRequest): Provider | null {
    return this.#callOf(request)?.provider ?? null;
  }

  #callOf({ host, port, method, path }: SeenModelRequest): { readonly provider: Provider; readonly model: string | null } | null {
    const provider = this.#parts.book.at(host, port);
    const call = provider === null ? null : modelRequest(provider.dialect, method, path);
    return provider === null || call === null ? null : { provider, model: call.model };
  }

  async #admitCall(origin: CallOrigin, provider: Provider, model: string | null, signal: AbortSignal): Promise<Admission> {
    const reserve = provider.isFree ? 0 : (this.#known.get(origin.runId)?.dearest ?? firstReserve);
    const id = await this.#reserve(origin, provider, reserve, signal);
    if (id === "late") {
      const why = "Other calls of models are in flight that may use up the budget. Try again in a moment.";
      return { kind: "refused", status: 429, why, stop: null, dialect: provider.dialect };
    }
    if (typeof id !== "number") return { kind: "refused", status: 429, why: budgetWords(id), stop: id, dialect: provider.dialect };
    this.changed.emit(origin);
    const tap = new UsageTap(provider.dialect, model);
    let isDone = false;
    const done = (outcome: EndedExchange) => {
      if (isDone) return;
      isDone = true;
      this.#end(id, origin, provider, tap, outcome);
    };
    return { kind: "admitted", provider, tap, done };
  }

  /** Whether a person wants the usage of this endpoint read, whatever key goes there. */
  opens({ host, port }: Pick<SeenModelRequest, "host" | "port">): boolean {
    const provider = this.#parts.book.at(host, port);
    return provider !== null && provider.isOpened === true && !provider.isPrivate;
  }

  /**
   * A connection to an endpoint into which nobody looks: what it carries counts as one call whose usage is unknown, and whose
   * cost is estimated by its bytes, so that a budget is not passed by unseen.
   */
  async admitTunnel(origin: CallOrigin, { host, port }: Pick<SeenModelRequest, "host" | "port">, signal: AbortSignal): Promise<Admission> {
    const provider = this.#parts.book.at(host, port);
    if (provider === null || provider.isFree) return { kind: "not-a-model-call" };
    return await this.#admitCall(origin, provider, null, signal);
  }

  /** A run is over: what it left open has ended. */
  endRun(runId: RunId): void {
    this.#known.delete(runId);
    this.#parts.ledger.endOpen(runId);
  }

  /** The id of the call once there is room; else what is used up, or that the wait for others was too long. */
  async #reserve(origin: CallOrigin, provider: Provider, reserve: number, signal: AbortSignal): Promise<number | BudgetStop | "late"> {
    const late = new AbortController();
    using _limit = this.#parts.clock.after(waitMs, () => late.abort());
    const ends = AbortSignal.any([signal, late.signal]);
    while (true) {
      const check = provider.isFree ? free : this.#parts.budgets.check(origin, reserve);
      if (check.kind === "stop") return check;
      if (ends.aborted) return "late";
      // No await between the check and the reservation: calls at once must not pass each other.
      if (check.kind === "free") return this.#begin(origin, provider, reserve);
      await this.#nextEnd(ends);
    }
  }

  #begin(origin: CallOrigin, provider: Provider, reserve: number): number {
    const id = this.#parts.ledger.begin(origin, provider.id, reserve);
    this.#parts.budgets.opened(id, origin, reserve);
    return id;
  }

  async #nextEnd(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const subscription = this.changed.on(() => finish());
      const finish = () => {
        subscription[Symbol.dispose]();
        signal.removeEventListener("abort", finish);
        resolve();
      };
      signal.addEventListener("abort", finish, { once: true });
      if (signal.aborted) finish();
    });
  }

  #end(id: number, origin: CallOrigin, provider: Provider, tap: UsageTap, outcome: EndedExchange): void {
    const { ledger, budgets } = this.#parts;
    const result = tap.result();
    const neverSent = outcome.status === null && outcome.bytesUp === 0;
    let counted = 0;
    if (neverSent || result.kind === "refused") ledger.drop(id);
    else {
      const { model, counts } = result.usage;
      const known = this.#knownOf(origin.runId);
      if (model !== null) known.models.set(provider.id, model);
      const cost = provider.isFree ? 0 : costOf(counts, this.#parts.prices.find(model));
      const estimate = cost === null ? this.#estimate(origin, provider, model, outcome) : null;
      ledger.end(id, { model, counts, cost, estimate });
      counted = cost ?? estimate ?? 0;
      known.dearest = Math.max(known.dearest, counted);
    }
    const near = budgets.ended(id, counted);
    this.changed.emit(origin);
    for (const budget of near) this.warned.emit({ origin, budget });
  }

  /**
   * What a call counts for in budgets whose cost is unknown: by its bytes, and never less than what was
   * reserved for it, so that hiding its usage gains an agent nothing. Null where no price can be named.
   */
  #estimate(origin: CallOrigin, provider: Provider, model: string | null, outcome: EndedExchange): number | null {
    const known = this.#known.get(origin.runId);
    const price =
      this.#parts.prices.find(model ?? known?.models.get(provider.id) ?? null) ?? (model === null ? this.#dearestOf(provider) : null);
    const tokens = (bytes: number) => Math.ceil(bytes / bytesPerToken);
    const counts = { ...unknownCounts, input: tokens(outcome.bytesUp), output: tokens(outcome.bytesDown) };
    const micros = costOf({ ...counts, cachedRead: 0, cacheWrite: 0, cacheWriteLong: 0 }, price);
    return micros === null ? null : Math.max(micros, known?.dearest ?? 0, firstReserve);
  }

  #dearestOf(provider: Provider) {
    const prices = provider.models.flatMap((model) => this.#parts.prices.find(model) ?? []);
    return prices.toSorted((a, b) => b.output - a.output)[0] ?? null;
  }

  #knownOf(runId: RunId) {
    const known = this.#known.get(runId) ?? { dearest: 0, models: new Map<string, string>() };
    this.#known.set(runId, known);
    return known;
  }
}

const free: BudgetCheck = { kind: "free" };

const scopeWords: Readonly<Record<BudgetScope, string>> = {
  run: "of this run",
  task: "of this task",
  day: "of today",
  workspace: "of the workspace",
};

/** Why a call is refused, for the agent and for the person. */
export function budgetWords({ scope, limit, spent, cause }: BudgetStop): string {
  const budget = `the budget ${scopeWords[scope]}, ${writeUsd(limit)},`;
  return cause === "spent"
    ? `Gatehouse let no further call of a model through: ${budget} is used up (${writeUsd(spent)}). A person can raise it and start the task again.`
    : `Gatehouse let no further call of a model through: ${budget} cannot be kept, because a call went by whose price is not known. A person can set the price, or the budget anew, and start the task again.`;
}
