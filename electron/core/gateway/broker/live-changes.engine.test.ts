import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { describeWith } from "../../../testing/engines.ts";
import { fakeInternetForTest } from "../../../testing/fake-internet.ts";
import { type GatewayBench, openGatewayBench, scriptedSecrets } from "../../../testing/gateway-bench.ts";
import { testDockerDriver, testLocalDriver } from "../../../testing/scripted-egress.ts";
import { finish } from "../../sandbox/contract/kit.ts";
import type { SandboxDriver } from "../../sandbox/driver.ts";

const api = "api.example.test";
type Stored = Parameters<typeof scriptedSecrets>[0][number];
const key: Stored = {
  ...{ name: "model-key", kind: "anthropic", value: "sk-ant-api03-canary-0123456789-abcdefghijklmnop" },
  binding: { host: api, methods: [], paths: [], place: { kind: "header", name: "x-api-key", prefix: "" } },
};

describeWith("docker", "what a person changes while a run in Docker goes on holds at once", () => suite(testDockerDriver));
describeWith("local-sandbox", "what a person changes while a run in a local sandbox goes on holds at once", () => suite(testLocalDriver));

function suite(open: (dataFolder: string) => SandboxDriver): void {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-live-"));
  const driver = open(folder);
  afterAll(async () => {
    await driver.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("a run that began without any secret gets one that is bound later, and a binding that is taken back ends what it carries", async () => {
    const { bench, internet, stored } = await setUp();
    const url = `https://${api}:${internet.port}`;
    expect(await get(bench, `${url}/key`, "lax")).toBe("undefined ended well");
    stored.push(key);
    expect(await get(bench, `${url}/key`), "trusted, and with the key").toBe(`${"*".repeat(key.value.length)} ended well`);
    const stream = get(bench, `${url}/stream`);
    await expect.poll(() => internet.requests.some(({ target }) => target === "/stream"), { timeout: 10_000 }).toBe(true);
    stored.length = 0;
    bench.gateway.reconsider();
    expect(await stream).toMatch(/ ended early$/);
    expect(await get(bench, `${url}/key`, "lax"), "tunnelled again").toBe("undefined ended well");
    await ended(bench);
    const rows = bench.rows().map(({ carried, status, secret, why }) => ({ carried, status, secret, why }));
    expect(rows.toReversed()).toEqual([
      { carried: "tunnelled", status: "done", secret: null, why: null },
      { carried: "opened", status: "done", secret: "model-key", why: null },
      { carried: "opened", status: "cut-off", secret: "model-key", why: "The secret model-key may not be used here any more." },
      { carried: "tunnelled", status: "done", secret: null, why: null },
    ]);
  });

  test("a rule that is taken off ends what it let out, tunnelled and plain, and leaves alone what a person allowed", async () => {
    const { bench, internet } = await setUp();
    const local = `egress(127.0.0.1:${internet.port})`;
    const url = `https://${api}:${internet.port}/stream`;
    const tunnel = get(bench, url, "lax");
    await expect.poll(() => internet.requests.length, { timeout: 10_000 }).toBe(1);
    bench.host.allow(local, "egress(other.test)");
    bench.gateway.reconsider();
    expect(await tunnel).toMatch(/ ended early$/);
    bench.host.answer = async () => ({ kind: "allowed", words: "Ada, once" });
    const asked = get(bench, url, "lax", "3000");
    await expect.poll(() => internet.requests.length, { timeout: 10_000 }).toBe(2);
    bench.gateway.reconsider();
    expect(await asked).toContain(" ended itself");
    await ended(bench);
    expect(
      bench
        .rows()
        .map(({ status, decidedBy, why }) => [status, decidedBy, why])
        .toReversed(),
    ).toEqual([
      ["cut-off", `egress(${api})`, "The rules have changed and do not allow it any more."],
      ["done", "Ada, once", null],
    ]);
  });

  async function setUp() {
    const internet = await fakeInternetForTest({ protocols: ["http/1.1"] });
    const stored: Stored[] = [];
    const bench = await openGatewayBench(driver, { secrets: scriptedSecrets(stored), trustedCas: [internet.authority] });
    bench.resolver.set(api, ["127.0.0.1"]);
    bench.host.allow(`egress(127.0.0.1:${internet.port})`, `egress(${api})`);
    internet.site(api, (request, response) => {
      if (request.url === "/stream") response.writeHead(200, { "content-type": "text/event-stream" }).write("first\n");
      else response.end(String(request.headers["x-api-key"]));
    });
    return { bench, internet, stored };
  }
}

/** What an image with nothing but Node can do: prints a page as it comes, and says where it broke off. */
const getPage = `
const [url, isLax, limitMs] = [new URL(process.argv[1]), process.argv[2] === "lax", Number(process.argv[3] ?? 0)];
const proxy = new URL(process.env.https_proxy);
const over = (code) => process.stdout.write(" ended " + code, () => process.exit());
if (limitMs > 0) setTimeout(() => over("itself"), limitMs);
require("node:http").request({ host: proxy.hostname, port: proxy.port, method: "CONNECT", path: url.host, headers: { host: url.host } })
  .on("connect", (_answer, socket) => {
    const secure = require("node:tls").connect({ socket, servername: url.hostname, rejectUnauthorized: !isLax }).on("error", () => over("early"));
    require("node:http").get({ createConnection: () => secure, path: url.pathname, headers: { host: url.host, connection: "close" } }, (page) => {
      page.on("data", (chunk) => process.stdout.write(chunk)).on("end", () => over("well")).on("error", () => over("early"));
    }).on("error", () => over("early"));
  }).on("error", () => over("early")).end();
`;

async function get(bench: GatewayBench, url: string, ...more: readonly string[]): Promise<string> {
  const { out, err } = await finish(await bench.sandbox.exec({ argv: ["node", "-e", getPage, url, ...more], cwd: bench.sandbox.home }));
  return out + err;
}

/** Resolves when no connection is open any more. */
async function ended(bench: GatewayBench): Promise<void> {
  await expect.poll(() => bench.rows().some(({ status }) => status === "open"), { timeout: 10_000 }).toBe(false);
}
