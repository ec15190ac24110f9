import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { checkoutRoot } from "../../../testing/checkout-root.ts";
import { describeWith } from "../../../testing/engines.ts";
import { fixtureKey } from "../../../testing/fixture-database.ts";
import { openGatewayBench } from "../../../testing/gateway-bench.ts";
import { testDockerDriver, testLocalDriver } from "../../../testing/scripted-egress.ts";
import { temporaryFolder } from "../../../testing/temporary-folder.ts";
import { systemClock } from "../../kernel/clock.ts";
import { silentLogger } from "../../kernel/logger.ts";
import { runtimeFiles } from "../../runtime-files.ts";
import { finish } from "../../sandbox/contract/kit.ts";
import type { SandboxDriver } from "../../sandbox/driver.ts";
import { openDatabase } from "../../storage/open-database.ts";
import type { BudgetStop } from "./budgets.ts";
import { loadModelData, Usage } from "./usage.ts";

describeWith("docker", "a model on one's own machine, from a Docker sandbox without any network", () => suite(testDockerDriver));
describeWith("local-sandbox", "a model on one's own machine, from a local sandbox", () => suite(testLocalDriver));

function suite(open: (dataFolder: string) => SandboxDriver): void {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-models-"));
  const driver = open(folder);
  afterAll(async () => {
    await driver.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("it is reached once it is listed, its streamed usage is read and priced, and a spent budget answers 429", async () => {
    const model = await fakeModel();
    const data = await loadModelData(runtimeFiles(checkoutRoot()).providers);
    const file = join(temporaryFolder(), "a.db");
    const database = openDatabase({ file, key: fixtureKey(), clock: systemClock, logger: silentLogger() });
    onTestFinished(() => database.close());
    const usage = new Usage({ database, clock: systemClock, data, names: { repository: (id) => id, task: (id) => id } });
    const stops: BudgetStop[] = [];
    const bench = await openGatewayBench(driver, {
      models: usage.calls,
      listed: (target) => usage.providers.listed(target),
      onBudgetStop: (stop) => stops.push(stop),
    });
    bench.host.allow("egress(own-model.models.gatehouse.internal)");
    const ask = async () => {
      const url = `http://own-model.models.gatehouse.internal:${model.port}/v1/chat/completions`;
      const { out, err } = await finish(await bench.sandbox.exec({ argv: ["node", "-e", post(url)], cwd: bench.sandbox.home }));
      return `${out}${err}`;
    };
    expect(await ask()).toMatch(/^50[23] /);
    expect(model.calls).toBe(0);

    usage.providers.add({
      ...{ name: "Own model", dialect: "openai", baseUrl: `http://127.0.0.1:${model.port}/v1`, key: null },
      ...{ models: ["own-1"], isFree: false, isPrivate: true },
    });
    usage.setPrice({
      pattern: "own-1",
      input: 1,
      output: 10,
      cachedRead: 0.1,
      cacheWrite: null,
      cacheWriteLong: null,
      long: null,
      source: "own",
      asOf: "2026-11-26",
    });
    expect(await ask()).toContain("200 data: ");
    const { taskId } = bench.ids;
    await expect.poll(() => usage.ofTask(taskId).total.calls).toBe(1);
    expect(usage.ofTask(taskId).total).toMatchObject({
      tokens: { input: 300, cachedRead: 700, output: 2_000 },
      cost: 20_370,
      unknownCost: 0,
    });

    usage.setBudget("task", 20_000, false);
    expect(await ask()).toMatch(/^429 .*used up/);
    expect(stops).toMatchObject([{ scope: "task", cause: "spent", spent: 20_370 }]);
    expect(model.calls).toBe(1);
    usage.setTaskBudget(taskId, 1_000_000);
    expect(await ask()).toContain("200 data: ");
  });
}

/** Answers Chat Completions as a stream, with usage in its last chunk. */
async function fakeModel() {
  let calls = 0;
  const server = createServer((request, response) => {
    calls += 1;
    request.resume().on("end", () => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(`data: ${JSON.stringify({ model: "own-1", choices: [{ delta: { content: "hello" } }] })}\n\n`);
      const usage = { prompt_tokens: 1_000, prompt_tokens_details: { cached_tokens: 700 }, completion_tokens: 2_000 };
      response.end(`data: ${JSON.stringify({ model: "own-1", choices: [], usage })}\n\ndata: [DONE]\n\n`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    get calls() {
      return calls;
    },
  };
}

/** A program that posts through the proxy of its environment and prints status and answer. */
function post(url: string): string {
  return `const p = new URL(process.env.HTTP_PROXY); const u = ${JSON.stringify(url)};
    const r = require("http").request({ host: p.hostname, port: p.port, method: "POST", path: u, headers: { host: new URL(u).host, "content-type": "application/json" } }, (a) => {
      process.stdout.write(a.statusCode + " "); a.pipe(process.stdout); });
    r.on("error", (e) => console.log(e.message)); r.end(JSON.stringify({ model: "own-1", stream: true }));`;
}
