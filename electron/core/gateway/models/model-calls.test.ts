import { join } from "node:path";
import { expect, test } from "vitest";
import { RepositoryId, RunId, TaskId } from "#shared/contract/ids.ts";
import type { NewProvider } from "#shared/contract/provider.ts";
import { checkoutRoot } from "../../../testing/checkout-root.ts";
import { fixtureKey } from "../../../testing/fixture-database.ts";
import { ManualClock } from "../../../testing/manual-clock.ts";
import { temporaryFolder } from "../../../testing/temporary-folder.ts";
import { silentLogger } from "../../kernel/logger.ts";
import { runtimeFiles } from "../../runtime-files.ts";
import { openDatabase } from "../../storage/open-database.ts";
import type { Admission, BudgetWarning } from "./model-calls.ts";
import { loadModelData, Usage } from "./usage.ts";
import type { CallOrigin } from "./usage-ledger.ts";

const data = await loadModelData(runtimeFiles(checkoutRoot()).providers);
const names = { repository: (id: string) => id, task: (id: string) => id };

function room(folder = temporaryFolder()) {
  const clock = new ManualClock();
  const database = openDatabase({ file: join(folder, "a.db"), key: fixtureKey(), clock, logger: silentLogger() });
  return { usage: new Usage({ database, clock, data, names }), clock, database, folder };
}

const origin = (run = "run-000001", task = "t-000001"): CallOrigin => ({
  runId: RunId.parse(run),
  taskId: TaskId.parse(task),
  repositoryId: RepositoryId.parse("repo-000001"),
});

const messages = { host: "api.anthropic.com", port: 443, method: "POST", path: "/v1/messages" };
const never = new AbortController().signal;

async function admit({ usage }: Pick<ReturnType<typeof room>, "usage">, from = origin(), request = messages) {
  return await usage.calls.admit(from, request, never);
}

/** Lets an admitted call answer: `output` tokens of Opus 5.5 cost $20 a million. */
function answer(admission: Admission, output: number | null, more: { model?: string; bytesUp?: number; bytesDown?: number } = {}): void {
  if (admission.kind !== "admitted") throw new Error(`it was ${admission.kind}`);
  const usage = output === null ? {} : { usage: { input_tokens: 0, output_tokens: output } };
  const body = Buffer.from(JSON.stringify({ type: "message", model: more.model ?? "claude-opus-5-5", ...usage }));
  admission.tap.head(200, { "content-type": "application/json" });
  admission.tap.data(body);
  admission.tap.end();
  admission.done({ status: 200, bytesUp: more.bytesUp ?? 300, bytesDown: more.bytesDown ?? body.length });
}

const refusal = (admission: Admission) => (admission.kind === "refused" ? (admission.stop ?? admission.why) : admission.kind);

test("a call is priced and attributed to run, task, repository, model and day", async () => {
  const it = room();
  answer(await admit(it), 50_000);
  answer(await admit(it, origin("run-000002")), 1_000, { model: "claude-haiku-5-5-20261007" });
  const used = it.usage.ofTask(origin().taskId);
  expect(used.total).toMatchObject({ calls: 2, cost: 1_000_500, unknownCost: 0, tokens: { output: 51_000 } });
  expect(used.byRun.map(({ sum }) => sum.cost)).toEqual([1_000_000, 500]);
  expect(used.byModel.map(({ model }) => model)).toEqual(["claude-opus-5-5", "claude-haiku-5-5-20261007"]);
  for (const by of ["day", "repository", "task", "provider"] as const)
    expect(it.usage.totals(by, null, null)).toMatchObject([{ sum: { cost: 1_000_500 } }]);
  expect(it.usage.totals("day", "2023-11-14", "2023-11-15")).toHaveLength(1);
  expect(it.usage.totals("day", "2030-01-01", null)).toEqual([]);
});

test("what is no call of a model is none of its business", async () => {
  const it = room();
  const others = [
    { ...messages, host: "example.com" },
    { ...messages, port: 8443 },
    { ...messages, method: "GET" },
    { ...messages, path: "/v1/messages/count_tokens" },
    { ...messages, path: "/v1/models" },
  ];
  for (const request of others) expect(await admit(it, origin(), request)).toEqual({ kind: "not-a-model-call" });
});

test("a budget is warned of once at 80 % and stops the next call at 100 %; raised, calls go on", async () => {
  const it = room();
  const warnings: BudgetWarning[] = [];
  it.usage.calls.warned.on((warning) => warnings.push(warning));
  it.usage.setBudget("run", 1_000_000, false);
  answer(await admit(it), 39_000);
  expect(warnings).toEqual([]);
  answer(await admit(it), 1_500);
  answer(await admit(it), 1_500);
  expect(warnings.map(({ budget }) => budget)).toMatchObject([{ scope: "run", limit: 1_000_000, spent: 810_000, state: "near" }]);
  answer(await admit(it), 10_000);
  expect(refusal(await admit(it))).toMatchObject({ scope: "run", limit: 1_000_000, spent: 1_040_000, cause: "spent" });
  expect(refusal(await admit(it, origin("run-000002")))).toBe("admitted");
  it.usage.setBudget("run", 2_000_000, false);
  expect(refusal(await admit(it))).toBe("admitted");
});

test("the budgets of task, day and workspace each stop all runs that they hold for", async () => {
  for (const scope of ["task", "day", "workspace"] as const) {
    const it = room();
    it.usage.setBudget(scope, 1_000_000, false);
    answer(await admit(it), 60_000);
    const sameTask = refusal(await admit(it, origin("run-000002")));
    const otherTask = refusal(await admit(it, origin("run-000003", "t-000002")));
    expect(sameTask).toMatchObject({ scope, cause: "spent" });
    if (scope === "task") expect(otherTask).toBe("admitted");
    else expect(otherTask).toMatchObject({ scope });
    if (scope === "day") {
      it.clock.advance(86_400_000);
      expect(refusal(await admit(it))).toBe("admitted");
    }
    if (scope === "workspace") {
      it.clock.advance(1);
      it.usage.setBudget(scope, 1_000_000, true);
      expect(refusal(await admit(it))).toBe("admitted");
    }
  }
});

test("a task's own limit stands in place of the one for every task", async () => {
  const it = room();
  it.usage.setBudget("task", 1_000_000, false);
  it.usage.setTaskBudget(origin().taskId, 5_000_000);
  answer(await admit(it), 60_000);
  expect(refusal(await admit(it))).toBe("admitted");
  it.usage.setTaskBudget(origin().taskId, null);
  expect(refusal(await admit(it))).toMatchObject({ scope: "task", limit: 1_000_000 });
});

test("calls at once cannot overshoot: what may use up the rest waits until one has ended", async () => {
  const it = room();
  it.usage.setBudget("day", 1_000_000, false);
  answer(await admit(it), 20_000);
  const inFlight = await admit(it);
  const waiting = Array.from({ length: 5 }, async () => await admit(it));
  const settled = await Promise.race([Promise.all(waiting), new Promise((resolve) => setImmediate(() => resolve("waiting")))]);
  expect(settled).toBe("waiting");
  answer(inFlight, 30_000);
  const outcomes = await Promise.all(waiting);
  expect(outcomes.map(refusal)).toEqual(outcomes.map(() => expect.objectContaining({ scope: "day", spent: 1_000_000 })));
});

test("a hundred calls at once spend no more than the limit and what one of them may cost", async () => {
  const it = room();
  it.usage.setBudget("task", 1_000_000, false);
  answer(await admit(it), 5_000);
  const runs = Array.from({ length: 100 }, async () => {
    const admission = await admit(it);
    if (admission.kind !== "admitted") return;
    await new Promise((resolve) => setImmediate(resolve));
    answer(admission, 5_000);
  });
  await Promise.all(runs);
  const { cost, calls } = it.usage.ofTask(origin().taskId).total;
  expect(cost).toBeLessThanOrEqual(1_100_000);
  expect(calls).toBe(10);
});

test("a wait that is too long is refused without stopping the run", async () => {
  const it = room();
  it.usage.setBudget("day", 60_000, false);
  await admit(it);
  const waiting = admit(it);
  await new Promise((resolve) => setImmediate(resolve));
  it.clock.advance(120_001);
  expect(await waiting).toMatchObject({ kind: "refused", status: 429, stop: null });
});

test("hiding what a call used gains nothing: the budget counts an estimate, and the person sees that it is unknown", async () => {
  const it = room();
  it.usage.setBudget("run", 1_000_000, false);
  for (let call = 0; call < 3; call++) answer(await admit(it), null, { bytesUp: 240_000, bytesDown: 3_000 });
  expect(it.usage.ofTask(origin().taskId)).toMatchObject({
    total: { cost: 0, unknownCost: 3, unknownTokens: 3 },
    budgets: [{ spent: 1_020_000, state: "spent" }],
  });
  expect(refusal(await admit(it))).toMatchObject({ cause: "spent" });
});

test("a model without a price stops a budget after one call, and going on takes its price or the budget anew", async () => {
  const it = room();
  it.usage.setBudget("day", 1_000_000, false);
  it.clock.advance(10);
  answer(await admit(it), 100, { model: "claude-unheard-of" });
  expect(it.usage.ofTask(origin().taskId).total).toMatchObject({ unknownCost: 1, unknownTokens: 0 });
  expect(refusal(await admit(it))).toMatchObject({ scope: "day", cause: "unpriced" });
  it.usage.setPrice({
    pattern: "claude-unheard-*",
    input: 1,
    output: 1_000,
    cachedRead: null,
    cacheWrite: null,
    cacheWriteLong: null,
    long: null,
    source: "mine",
    asOf: "2026-11-26",
  });
  expect(it.usage.ofTask(origin().taskId).total).toMatchObject({ cost: 100_000, unknownCost: 0 });
  expect(refusal(await admit(it))).toBe("admitted");
});

test("a connection to a model that nobody looks into counts as a call of unknown usage, and no budget is passed by unseen", async () => {
  const it = room();
  const tunnel = async () => await it.usage.calls.admitTunnel(origin(), messages, never);
  const ended = (admission: Admission, bytesDown: number) => {
    if (admission.kind !== "admitted") throw new Error(`it was ${admission.kind}`);
    admission.done({ status: null, bytesUp: 400, bytesDown });
  };
  ended(await tunnel(), 4_000);
  expect(it.usage.ofTask(origin().taskId).total).toMatchObject({ calls: 1, cost: 0, unknownCost: 1, unknownTokens: 1 });
  it.usage.setBudget("task", 1_000_000, false);
  ended(await tunnel(), 3_000_000);
  expect(refusal(await tunnel())).toMatchObject({ scope: "task", limit: 1_000_000, cause: "spent" });
  expect(refusal(await admit(it))).toMatchObject({ scope: "task", cause: "spent" });
  expect(await it.usage.calls.admitTunnel(origin(), { host: "registry.example.com", port: 443 }, never)).toEqual({
    kind: "not-a-model-call",
  });
});

test("an endpoint is opened to read its usage where a person says so, and no private or unknown one", () => {
  const { usage } = room();
  const own: NewProvider = {
    name: "Own",
    dialect: "openai",
    baseUrl: "https://llm.example.com/v1",
    key: null,
    models: [],
    isFree: false,
    isPrivate: false,
  };
  const opens = () => usage.calls.opens({ host: "llm.example.com", port: 443 });
  const { id } = usage.providers.add(own);
  const before = opens();
  usage.providers.update(id, { ...own, isOpened: true });
  expect([before, opens(), usage.calls.opens({ host: "api.anthropic.com", port: 443 })]).toEqual([false, true, false]);
  const inner = usage.providers.add({ ...own, name: "Inner", baseUrl: "https://10.1.2.3:8443/v1", isPrivate: true, isOpened: true });
  expect(usage.calls.opens({ host: inner.host, port: inner.port })).toBe(false);
});

test("without a budget nothing waits and unknown stays unknown", async () => {
  const it = room();
  const open = await Promise.all(Array.from({ length: 20 }, async () => await admit(it)));
  for (const admission of open) answer(admission, 10, { model: "claude-unheard-of" });
  expect(it.usage.ofTask(origin().taskId).total).toMatchObject({ calls: 20, cost: 0, unknownCost: 20 });
});

test("what the provider refuses, or what never left, costs nothing", async () => {
  const it = room();
  const refused = await admit(it);
  const unsent = await admit(it);
  if (refused.kind !== "admitted" || unsent.kind !== "admitted") throw new Error("not admitted");
  refused.tap.head(529, {});
  refused.done({ status: 529, bytesUp: 900, bytesDown: 90 });
  unsent.done({ status: null, bytesUp: 0, bytesDown: 0 });
  unsent.done({ status: 200, bytesUp: 1, bytesDown: 1 });
  expect(it.usage.ofTask(origin().taskId)).toMatchObject({ total: { calls: 0, unknownCost: 0 }, open: 0 });
});

test("a call that was open when Gatehouse was killed counts, as of unknown cost", async () => {
  const it = room();
  it.usage.setBudget("task", 1_000_000, false);
  await admit(it);
  it.database.close();
  const after = room(it.folder);
  expect(after.usage.ofTask(origin().taskId)).toMatchObject({
    total: { calls: 1, cost: 0, unknownCost: 1 },
    open: 0,
    budgets: [{ spent: 50_000 }],
  });
});

const ollama: NewProvider = {
  name: "Ollama",
  dialect: "openai",
  baseUrl: "http://127.0.0.1:11434/v1",
  key: null,
  models: ["qwen3-coder:30b"],
  isFree: true,
  isPrivate: true,
};

test("a model on one's own machine is reached by listing its address and port, under a name of its own in the sandbox", async () => {
  const it = room();
  const { providers } = it.usage;
  const isListed = (host: string, port: number) => providers.listed({ host, port }) !== null;
  expect(isListed("127.0.0.1", 11_434)).toBe(false);
  const added = providers.add(ollama);
  expect(added).toMatchObject({
    id: "ollama",
    host: "127.0.0.1",
    port: 11_434,
    sandboxUrl: "http://ollama.models.gatehouse.internal:11434/v1",
  });
  expect(isListed("127.0.0.1", 11_434)).toBe(true);
  for (const [host, port] of [
    ["127.0.0.1", 22],
    ["127.0.0.2", 11_434],
    ["localhost", 11_434],
  ] as const)
    expect(isListed(host, port)).toBe(false);
  const listed = providers.listed({ host: "ollama.models.gatehouse.internal", port: 11_434 });
  expect(listed?.target).toEqual({ host: "127.0.0.1", port: 11_434 });
  expect([listed?.allows("127.0.0.1"), listed?.allows("169.254.169.254"), listed?.allows("fe80::1")]).toEqual([true, false, false]);
  expect(isListed("ollama.models.gatehouse.internal", 80)).toBe(false);
  it.usage.setBudget("run", 10_000, false);
  const call = await admit(it, origin(), {
    host: "ollama.models.gatehouse.internal",
    port: 11_434,
    method: "POST",
    path: "/v1/chat/completions",
  });
  answer(call, 100);
  expect(it.usage.ofTask(origin().taskId).total).toMatchObject({ calls: 1, cost: 0, unknownCost: 0 });
  providers.remove(added.id);
  expect(isListed("127.0.0.1", 11_434)).toBe(false);
});

test("addresses that cannot be a model's are refused, and what ships stays", () => {
  const { providers } = room().usage;
  const add = (change: Partial<NewProvider>) => () => providers.add({ ...ollama, ...change });
  for (const baseUrl of ["http://169.254.169.254/v1", "http://[fd00:ec2::254]/", "http://0.0.0.0:80", "http://metadata.google.internal/"])
    expect(add({ baseUrl }), baseUrl).toThrow("no address of a model");
  for (const baseUrl of ["https://127.0.0.1:1", "https://10.0.0.1", "https://localhost:1", "https://nas.local", "https://0x7f.1"])
    expect(add({ baseUrl, isPrivate: false }), baseUrl).toThrow("private network");
  expect(add({ baseUrl: "http://models.example.com", isPrivate: false })).toThrow("https");
  expect(add({ baseUrl: "https://api.openai.com/v1", isPrivate: false })).toThrow("already");
  expect(() => providers.remove("anthropic")).toThrow(expect.objectContaining({ code: "NOT_FOUND" }));
});

test("every shipped model has a price, and every price says where and when it was read", () => {
  const { usage } = room();
  for (const { models } of data.providers)
    for (const model of models)
      expect(
        usage.prices().some(({ pattern }) => pattern === model),
        model,
      ).toBe(true);
  for (const { source, asOf } of data.prices) {
    expect(source).toMatch(/^https:\/\//);
    expect(Date.parse(asOf)).toBeLessThan(Date.parse("2027-01-01"));
  }
});
