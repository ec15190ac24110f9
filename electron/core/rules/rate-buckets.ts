import * as z from "zod";
import type { RepositoryId } from "#shared/contract/ids.ts";
import type { RateState } from "#shared/contract/policy.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Rate } from "../policy/rules/rate.ts";
import type { Rule } from "../policy/rules/rule-syntax.ts";
import type { Database } from "../storage/database.ts";

const Row = z.object({ tokens: z.number(), at: z.number() });

interface Bucket {
  readonly tokens: number;
  /** The latest wall clock that was ever seen with it, ms. */
  readonly at: number;
  /** The clock that only grows, when this process last read or wrote it. */
  readonly monotonic: number;
}

/**
 * What is left of the rates of rules, on disk. A bucket fills by the wall clock and never by more than the clock that cannot
 * be set: a clock set back fills nothing until it has passed where it was, one set forward fills nothing while Gatehouse runs.
 */
export class RateBuckets {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #known = new Map<string, Bucket>();
  readonly #rates = new Map<string, Rate>();

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Calls that a rule still lets through, in a repository where the rule is the repository's own; null where it has no rate. */
  left(repositoryId: RepositoryId, key: string, rule: Rule): number | null {
    const condition = rule.conditions.find(({ kind }) => kind === "rate");
    if (condition?.kind !== "rate") return null;
    const name = nameOf(repositoryId, key);
    this.#rates.set(name, condition.rate);
    return this.#filled(name, condition.rate);
  }

  /** Uses up what a verdict says; durable when it returns. Called in the turn of the event loop in which it was decided. */
  take(repositoryId: RepositoryId, states: readonly RateState[]): void {
    for (const { key, uses } of states) {
      const name = nameOf(repositoryId, key);
      const rate = this.#rates.get(name);
      if (rate === undefined || uses < 1) continue;
      const tokens = Math.max(0, this.#filled(name, rate) - uses);
      const at = Math.max(this.#clock.now(), this.#bucket(name, rate).at);
      this.#database.run("insert or replace into rate_buckets (key, tokens, at) values (?, ?, ?)", name, tokens, at);
      this.#known.set(name, { tokens, at, monotonic: this.#clock.monotonic() });
    }
  }

  #filled(name: string, rate: Rate): number {
    const { tokens, at, monotonic } = this.#bucket(name, rate);
    const byWall = Math.max(0, this.#clock.now() - at);
    return fill(tokens, rate, Math.min(byWall, this.#clock.monotonic() - monotonic));
  }

  #bucket(name: string, rate: Rate): Bucket {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const row = this.#database.get("select tokens, at from rate_buckets where key = ?", name);
    const { tokens, at } = row === undefined || row === null ? { tokens: rate.calls, at: 0 } : Row.parse(row);
    const now = this.#clock.now();
    if (this.#known.size >= maximumKnown) this.#known.clear();
    const read = { tokens: fill(tokens, rate, Math.max(0, now - at)), at: Math.max(now, at), monotonic: this.#clock.monotonic() };
    this.#known.set(name, read);
    return read;
  }
}

function fill(tokens: number, rate: Rate, passedMs: number): number {
  return Math.min(rate.calls, tokens + (passedMs * rate.calls) / rate.perMs);
}

const maximumKnown = 20_000;

function nameOf(repositoryId: RepositoryId, key: string): string {
  return key.startsWith("repository ") ? `${repositoryId} ${key}` : key;
}
