import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect } from "vitest";
import { describeWith } from "../../../testing/engines.ts";
import { fakeInternetForTest } from "../../../testing/fake-internet.ts";
import { type GatewayBench, openGatewayBench, scriptedSecrets } from "../../../testing/gateway-bench.ts";
import { testLocalDriver } from "../../../testing/scripted-egress.ts";
import { testOnSmallDisk } from "../../../testing/small-disk.ts";
import { finish } from "../../sandbox/contract/kit.ts";

const api = "api.example.test";

describeWith("local-sandbox", "connections while the audit log's disk is full", () => {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-full-"));
  const driver = testLocalDriver(folder);
  afterAll(async () => {
    await driver.close();
    rmSync(folder, { recursive: true, force: true });
  });

  testOnSmallDisk("are refused before anything is sent, opened, tunnelled and plain; with space again they go on", 1_024, async (disk) => {
    const internet = await fakeInternetForTest({ protocols: ["http/1.1"] });
    for (const host of [api, "plain.test"]) internet.site(host, (request, response) => response.end(String(request.headers["x-api-key"])));
    const secrets = scriptedSecrets([
      {
        ...{ name: "model-key", kind: "anthropic", value: "sk-ant-api03-canary-0123456789-abcdefghijklmnop" },
        binding: { host: api, methods: [], paths: [], place: { kind: "header", name: "x-api-key", prefix: "" } },
      },
    ]);
    const bench = await openGatewayBench(driver, { secrets, trustedCas: [internet.authority], auditFolder: disk.folder });
    for (const host of [api, "plain.test"]) bench.resolver.set(host, ["127.0.0.1"]);
    bench.host.allow(`egress(127.0.0.1:${internet.port})`, `egress(${api})`, "egress(plain.test)");
    const opened = `https://${api}:${internet.port}/v1`;
    const others = [`-k https://plain.test:${internet.port}/t`, `http://plain.test:${internet.port}/p`];
    expect(await status(bench, opened)).toBe("200");

    const filler = join(disk.folder, "filler");
    fill(filler);
    const before = internet.requests.length;
    const dialled = internet.dialled();
    for (const words of [opened, ...others]) expect(await status(bench, words), words).toMatch(/^(503|000)$/);
    expect([internet.requests.length, internet.dialled()]).toEqual([before, dialled]);
    expect(bench.host.failures.length).toBeGreaterThanOrEqual(3);
    expect(bench.host.failures[0]).toMatchObject({
      code: expect.stringMatching(/DISK_FULL|AUDIT_UNAVAILABLE/),
      remedy: expect.any(String),
    });
    const refused = bench.rows().slice(0, 3);
    expect(refused.map((row) => [row.status, row.why])).toEqual(refused.map(() => ["refused", "Gatehouse could not put it on record."]));

    rmSync(filler);
    expect(await status(bench, opened), "with space again").toBe("200");
    expect(await status(bench, others[0] ?? "")).toBe("200");
    await bench.settled();
    expect((await bench.audit.verify()).result).toBe("intact");
  });
});

/** To the last byte. */
function fill(file: string): void {
  const opened = openSync(file, "w");
  try {
    for (let size = 65_536; size >= 1; size = Math.floor(size / 2)) writeUntilFull(opened, Buffer.alloc(size, "x"));
  } finally {
    closeSync(opened);
  }
}

function writeUntilFull(file: number, chunk: Buffer): void {
  try {
    while (writeSync(file, chunk) === chunk.length);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
  }
}

/** Of the answer, else of the proxy's. */
async function status(bench: GatewayBench, words: string): Promise<string> {
  const script = `curl -sS -o /dev/null -w '%{http_code} %{http_connect}' ${words} 2>/dev/null`;
  const { out } = await finish(await bench.sandbox.exec({ argv: ["sh", "-c", script], cwd: bench.sandbox.home }));
  const [answer = "", proxy = ""] = out.split(" ");
  return answer === "000" && proxy !== "000" ? proxy : answer;
}
