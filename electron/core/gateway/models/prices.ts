import * as z from "zod";
import { PriceEntry, type Rates, type TokenCounts } from "#shared/contract/usage.ts";
import { Glob } from "../../policy/rules/glob.ts";
import type { Database } from "../../storage/database.ts";

/** The shipped price table: `resources/providers/prices.json`. */
export const PriceFile = z.strictObject({ currency: z.literal("USD"), prices: z.array(PriceEntry.strict()).max(10_000) });

/** Suffixes under which providers serve the same model at the same price. */
const version = /[-@](?:\d{8}|\d{4}-\d{2}-\d{2}|latest|default)$/;

/** Shipped prices, and a person's own before them. An unknown price is unknown: nothing is guessed from a similar name. */
export class Prices {
  readonly #database: Database;
  readonly #shipped: readonly PriceEntry[];
  #own: readonly PriceEntry[];
  readonly #matchers = new Map<string, Glob>();

  constructor(database: Database, shipped: readonly PriceEntry[]) {
    this.#database = database;
    this.#shipped = shipped;
    this.#own = read(database);
  }

  list(): readonly (PriceEntry & { readonly isOwn: boolean })[] {
    const own = new Set(this.#own.map(({ pattern }) => pattern));
    return [
      ...this.#own.map((entry) => ({ ...entry, isOwn: true })),
      ...this.#shipped.filter(({ pattern }) => !own.has(pattern)).map((entry) => ({ ...entry, isOwn: false })),
    ];
  }

  set(entry: PriceEntry): PriceEntry {
    this.#database.run("insert or replace into price_overrides (pattern, entry) values (?, ?)", entry.pattern, JSON.stringify(entry));
    this.#own = read(this.#database);
    return entry;
  }

  /** False where there was none. */
  remove(pattern: string): boolean {
    const { changes } = this.#database.run("delete from price_overrides where pattern = ?", pattern);
    this.#own = read(this.#database);
    return changes > 0;
  }

  /** The entry that holds for a model: one's own first, then the one that names it most exactly. */
  find(model: string | null): PriceEntry | null {
    if (model === null) return null;
    const names = namesOf(model);
    for (const entries of [this.#own, this.#shipped]) {
      const matching = entries.filter(({ pattern }) => names.some((name) => this.#matcher(pattern).matches(name)));
      const best = matching.reduce<PriceEntry | null>(
        (best, one) => (best === null || exactness(one) > exactness(best) ? one : best),
        null,
      );
      if (best !== null) return best;
    }
    return null;
  }

  #matcher(pattern: string): Glob {
    const known = this.#matchers.get(pattern);
    if (known !== undefined) return known;
    const matcher = new Glob(pattern.toLowerCase(), { crossesSlash: true });
    if (this.#matchers.size > 20_000) this.#matchers.clear();
    this.#matchers.set(pattern, matcher);
    return matcher;
  }
}

/** Millionths of a dollar; null where a count or the price is unknown. */
export function costOf(counts: TokenCounts, price: PriceEntry | null): number | null {
  const { input, output, cachedRead, cacheWrite, cacheWriteLong } = counts;
  if (price === null || input === null || output === null || cachedRead === null || cacheWrite === null || cacheWriteLong === null)
    return null;
  const whole = input + cachedRead + cacheWrite;
  const rates: Rates = price.long !== null && whole > price.long.above ? price.long : price;
  const short = rates.cacheWrite ?? rates.input;
  const micros =
    input * rates.input +
    output * rates.output +
    cachedRead * (rates.cachedRead ?? rates.input) +
    (cacheWrite - cacheWriteLong) * short +
    cacheWriteLong * (rates.cacheWriteLong ?? short);
  return Math.round(micros);
}

function read(database: Database): readonly PriceEntry[] {
  const rows = z.array(z.object({ entry: z.string() })).parse(database.all("select entry from price_overrides order by pattern"));
  return rows.flatMap(({ entry }) => {
    const parsed = PriceEntry.safeParse(JSON.parse(entry));
    return parsed.success ? [parsed.data] : [];
  });
}

/** A model under the names that gateways give it: `anthropic/claude-opus-5`, `models/gemini-2.5-pro`, `claude-opus-5[1m]`. */
function namesOf(model: string): readonly string[] {
  const whole = model.toLowerCase().replace(/\[[^\]]*\]$/, "");
  const last = whole.slice(whole.lastIndexOf("/") + 1);
  return [...new Set([whole, last, whole.replace(version, ""), last.replace(version, "")])];
}

function exactness({ pattern }: PriceEntry): number {
  return pattern.replaceAll("*", "").length * 2 + (pattern.includes("*") ? 0 : 1);
}
