import { ORPCError } from "@orpc/client";
import { TaskId } from "#shared/contract/ids.ts";
import type { Provider } from "#shared/contract/provider.ts";
import { type Budget, BudgetScope, type PriceEntry, type TaskUsage, type UsageSum } from "#shared/contract/usage.ts";
import type { Client } from "../rpc/client.ts";
import { Published } from "./published.ts";

/** A sum of believable size: `calls` calls, of which `unknown` did not say what they used. */
export function fakeSum(calls: number, unknown = 0): UsageSum {
  const known = calls - unknown;
  return {
    calls,
    tokens: { input: known * 2_310, output: known * 812, cachedRead: known * 41_200, cacheWrite: known * 3_100 },
    unknownTokens: unknown,
    cost: known * 47_300,
    unknownCost: unknown,
  };
}

const shipped: Omit<Provider, "id" | "name" | "dialect" | "baseUrl" | "host" | "models" | "about" | "sandboxUrl"> = {
  isShipped: true,
  isFree: false,
  isPrivate: false,
  key: { header: "authorization", prefix: "Bearer " },
  port: 443,
};

const endpoints: readonly Provider[] = [
  {
    ...shipped,
    id: "anthropic",
    name: "Anthropic",
    dialect: "anthropic",
    baseUrl: "https://api.anthropic.com",
    sandboxUrl: "https://api.anthropic.com",
    host: "api.anthropic.com",
    models: ["claude-opus-5-5", "claude-sonnet-5-5"],
    about: "https://platform.claude.com/docs/en/about-claude/pricing",
  },
  {
    ...shipped,
    id: "openai",
    name: "OpenAI",
    dialect: "openai",
    baseUrl: "https://api.openai.com/v1",
    sandboxUrl: "https://api.openai.com/v1",
    host: "api.openai.com",
    models: ["gpt-6.1-sol", "gpt-6-luna"],
    about: "https://developers.openai.com/api/docs/pricing",
  },
  {
    ...shipped,
    id: "ollama",
    name: "Ollama on this machine",
    dialect: "openai",
    baseUrl: "http://127.0.0.1:11434/v1",
    sandboxUrl: "http://ollama.models.gatehouse.internal:11434/v1",
    host: "127.0.0.1",
    port: 11_434,
    models: ["qwen3-coder:30b"],
    key: null,
    isShipped: false,
    isFree: true,
    isPrivate: true,
    about: null,
  },
];

const price = (pattern: string, input: number, output: number): PriceEntry => ({
  ...{ pattern, input, output, long: null, asOf: "2026-10-24" },
  ...{ cachedRead: input / 10, cacheWrite: input * 1.25, cacheWriteLong: input * 2 },
  source: "https://platform.claude.com/docs/en/about-claude/pricing",
});

const missing = () => new ORPCError("NOT_FOUND", { defined: true, message: "There is none of yours.", data: { remedy: "Reload." } });

/** Endpoints, prices and budgets in memory; the spending is made up. */
export function fakeUsage(): Pick<Client, "usage" | "providers" | "taint"> {
  let providers = [...endpoints];
  let prices = [price("claude-opus-5-5", 4, 20), price("claude-sonnet-5-5", 2, 10), price("gpt-6.1-sol", 2, 10)];
  const own = new Set<string>();
  let budgets: Budget[] = BudgetScope.options.map((scope) => ({
    scope,
    limit: { run: 5_000_000, task: 10_000_000, day: 25_000_000, workspace: null }[scope],
    spent: { run: 1_840_000, task: 4_410_000, day: 21_300_000, workspace: 143_220_000 }[scope],
    countedFrom: scope === "workspace" ? Date.now() - 24 * 86_400_000 : null,
  }));
  let ownLimit: number | null = null;
  const ofTask = (taskId: TaskUsage["taskId"]): TaskUsage => ({
    taskId,
    total: fakeSum(41, 2),
    open: 1,
    byModel: [
      { model: "claude-opus-5-5", provider: "anthropic", sum: fakeSum(33) },
      { model: "claude-haiku-5-5", provider: "anthropic", sum: fakeSum(6) },
      { model: null, provider: "anthropic", sum: fakeSum(2, 2) },
    ],
    byRun: [{ runId: "run-000001", startedAt: Date.now() - 720_000, sum: fakeSum(41, 2) }],
    budgets: [
      { scope: "task", limit: ownLimit ?? 10_000_000, spent: 1_844_700, state: "within" },
      { scope: "day", limit: 25_000_000, spent: 21_300_000, state: "near" },
    ],
    ownLimit,
  });
  const dayBefore = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
  return {
    providers: {
      list: async () => providers,
      add: async (input) => {
        const url = new URL(input.baseUrl);
        const port = url.port === "" ? 443 : Number(url.port);
        const id = `own-${providers.length}`;
        const added = { ...input, id, isShipped: false, host: url.hostname, port, sandboxUrl: input.baseUrl, about: null };
        providers = [...providers, added];
        return added;
      },
      update: async ({ id, ...input }) => {
        const before = providers.find((one) => one.id === id && !one.isShipped);
        if (before === undefined) throw missing();
        const next = { ...before, ...input };
        providers = providers.map((one) => (one.id === id ? next : one));
        return next;
      },
      remove: async ({ id }) => {
        providers = providers.filter((one) => one.id !== id || one.isShipped);
        return {};
      },
    },
    taint: { clear: async () => ({}) },
    usage: {
      watch: async ({ taskId }, call) => new Published<TaskUsage>(() => ofTask(TaskId.parse(taskId))).subscribe(call?.signal),
      totals: async ({ by }) => {
        if (by === "day")
          return [13, 9, 0, 4, 21, 17, 8].map((calls, at) => ({ key: dayBefore(6 - at), label: dayBefore(6 - at), sum: fakeSum(calls) }));
        const names = {
          repository: ["parser", "ledger"],
          model: ["claude-opus-5-5", "gpt-6.1-sol"],
          task: ["Fix the test"],
          provider: ["Anthropic"],
        }[by];
        return names.map((label, at) => ({ key: label, label, sum: fakeSum(40 - 18 * at, at) }));
      },
      prices: async () => prices.map((entry) => ({ ...entry, isOwn: own.has(entry.pattern) })),
      setPrice: async (entry) => {
        own.add(entry.pattern);
        prices = [entry, ...prices.filter(({ pattern }) => pattern !== entry.pattern)];
        return entry;
      },
      removePrice: async ({ pattern }) => {
        if (!own.delete(pattern)) throw missing();
        return {};
      },
      budgets: async () => budgets,
      setBudget: async ({ scope, limit, countAnew }) => {
        budgets = budgets.map((one) => (one.scope === scope ? { ...one, limit, spent: countAnew === true ? 0 : one.spent } : one));
        const changed = budgets.find((one) => one.scope === scope);
        if (changed === undefined) throw missing();
        return changed;
      },
      setTaskBudget: async ({ taskId, limit }) => {
        ownLimit = limit;
        return ofTask(TaskId.parse(taskId));
      },
    },
  };
}
