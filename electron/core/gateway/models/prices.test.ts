import { join } from "node:path";
import { expect, test } from "vitest";
import type { PriceEntry } from "#shared/contract/usage.ts";
import { fixtureKey } from "../../../testing/fixture-database.ts";
import { ManualClock } from "../../../testing/manual-clock.ts";
import { temporaryFolder } from "../../../testing/temporary-folder.ts";
import { silentLogger } from "../../kernel/logger.ts";
import { openDatabase } from "../../storage/open-database.ts";
import { costOf, Prices } from "./prices.ts";

const entry = (pattern: string, input: number, more: Partial<PriceEntry> = {}): PriceEntry => ({
  ...{ pattern, input, output: 0, cachedRead: null, cacheWrite: null, cacheWriteLong: null, long: null },
  ...{ source: "https://example.com", asOf: "2026-11-26", ...more },
});

function pricesOf(...shipped: readonly PriceEntry[]): Prices {
  const file = join(temporaryFolder(), "a.db");
  return new Prices(openDatabase({ file, key: fixtureKey(), clock: new ManualClock(), logger: silentLogger() }), shipped);
}

test("a model is found by its name with a date, a version or a vendor, and no other model by it", () => {
  const prices = pricesOf(entry("claude-opus-5", 5), entry("claude-opus-5-5", 4), entry("gpt-6-*", 1));
  const inputOf = (model: string) => prices.find(model)?.input ?? null;
  for (const name of [
    "claude-opus-5",
    "Claude-Opus-5",
    "claude-opus-5-20260724",
    "anthropic/claude-opus-5",
    "claude-opus-5@20260724",
    "claude-opus-5[1m]",
    "claude-opus-5-latest",
  ])
    expect(inputOf(name), name).toBe(5);
  expect(inputOf("claude-opus-5-5")).toBe(4);
  expect(inputOf("gpt-6-luna")).toBe(1);
  for (const name of ["claude-opus-5-6", "claude-opus-50", "my-claude-opus-5", "claude-opus-5-fast", "gpt-6", ""])
    expect(inputOf(name), name).toBeNull();
  expect(prices.find(null)).toBeNull();
});

test("one's own price goes before a shipped one, even where that names the model more exactly", () => {
  const prices = pricesOf(entry("gpt-6-luna", 1));
  prices.set(entry("gpt-*", 9));
  expect(prices.find("gpt-6-luna")?.input).toBe(9);
  expect(prices.list().map(({ pattern, isOwn }) => [pattern, isOwn])).toEqual([
    ["gpt-*", true],
    ["gpt-6-luna", false],
  ]);
  expect(prices.remove("gpt-*")).toBe(true);
  expect(prices.remove("gpt-*")).toBe(false);
  expect(prices.find("gpt-6-luna")?.input).toBe(1);
});

test("each kind of token has its rate; what has none costs as input; a long prompt costs its own", () => {
  const counts = { input: 1_000, output: 100, cachedRead: 5_000, cacheWrite: 400, cacheWriteLong: 100 };
  const rates = { output: 10, cachedRead: 0.2, cacheWrite: 2.5, cacheWriteLong: 4 };
  expect(costOf(counts, entry("m", 2, rates))).toBe(2_000 + 1_000 + 1_000 + 750 + 400);
  expect(costOf(counts, entry("m", 2))).toBe(2 * 6_400);
  const long = { ...rates, input: 4, above: 6_399 };
  expect(costOf(counts, entry("m", 2, { ...rates, long }))).toBe(4_000 + 1_000 + 1_000 + 750 + 400);
  expect(costOf(counts, entry("m", 2, { ...rates, long: { ...long, above: 6_400 } }))).toBe(2_000 + 1_000 + 1_000 + 750 + 400);
});

test("an unknown count or an unknown price is an unknown cost", () => {
  const counts = { input: 1, output: 1, cachedRead: 0, cacheWrite: 0, cacheWriteLong: 0 };
  expect(costOf(counts, null)).toBeNull();
  for (const name of Object.keys(counts)) expect(costOf({ ...counts, [name]: null }, entry("m", 1))).toBeNull();
});
