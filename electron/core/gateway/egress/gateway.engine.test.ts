import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { describeWith } from "../../../testing/engines.ts";
import { openGatewayBench, type GatewayBench } from "../../../testing/gateway-bench.ts";
import { testDockerDriver, testLocalDriver } from "../../../testing/scripted-egress.ts";
import { finish } from "../../sandbox/contract/kit.ts";
import type { SandboxDriver } from "../../sandbox/driver.ts";

describeWith("docker", "the gateway of a Docker sandbox", () => suite(testDockerDriver));
describeWith("local-sandbox", "the gateway of a local sandbox", () => suite(testLocalDriver));

function suite(open: (dataFolder: string) => SandboxDriver): void {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-gateway-"));
  const driver = open(folder);
  afterAll(async () => {
    await driver.close();
    rmSync(folder, { recursive: true, force: true });
  });

  describe("one way out", () => {
    test("an allowed host is reached through CONNECT and in absolute form, and both are on record", async () => {
      const bench = await openGatewayBench(driver);
      const { port, seen } = await serveHello();
      bench.resolver.set("files.test", ["127.0.0.1"]);
      bench.host.allow(`egress(files.test:${port})`, `egress(127.0.0.1:${port})`);
      expect(await connectThrough(bench, `files.test:${port}`)).toContain("hello from files.test");
      expect(await node(bench, absolute(`http://files.test:${port}/a?b=c`))).toContain("200 hello from files.test");
      expect(seen).toEqual(["/tunnelled", "/a?b=c"]);
      await expect
        .poll(() => bench.rows().map(({ host, method, path, carried, status, rule }) => ({ host, method, path, carried, status, rule })))
        .toEqual([
          { host: "files.test", method: "GET", path: "/a", carried: "plain", status: "done", rule: `egress(files.test:${port})` },
          { host: "files.test", method: null, path: null, carried: "tunnelled", status: "done", rule: `egress(files.test:${port})` },
        ]);
      expect(bench.rows()[1]?.bytesDown).toBeGreaterThan(10);
      await bench.settled();
      const { entries } = await bench.audit.list({ limit: 50, taskId: bench.ids.taskId });
      // An outcome may go to disk with the next connection's intent, after it.
      const intents = entries.filter(({ phase }) => phase === "intent").map(({ sequence }) => sequence);
      const outcomes = entries.filter(({ phase }) => phase !== "intent");
      expect(entries.map(({ verb }) => verb)).toEqual(Array.from({ length: 4 }, () => "egress.connect"));
      expect(outcomes.map(({ intent, outcome }) => [intent, outcome])).toEqual(intents.map((sequence) => [sequence, "done"]));
    });

    test("a host that no rule names is asked about, and a denial lets nothing out", async () => {
      const bench = await openGatewayBench(driver);
      expect(await connectThrough(bench, "unknown.test:443")).toMatch(/^HTTP\/1.1 403/);
      expect(bench.host.asked).toEqual([{ tool: "egress", host: "unknown.test", port: 443, method: null, path: null }]);
      expect(bench.resolver.asked).toEqual([]);
      await expect.poll(() => bench.rows().map(({ status }) => status)).toEqual(["refused"]);
    });

    test("a once about a private address lets exactly it be reached, once, and no name that leads there", async () => {
      const bench = await openGatewayBench(driver);
      const { port, seen } = await serveHello();
      bench.resolver.set("inner.test", ["127.0.0.1"]);
      const answers = [
        { kind: "allowed", words: "Ada, once" },
        { kind: "stop", words: "a person denied it" },
        { kind: "allowed", words: "Ada, once" },
      ] as const;
      bench.host.answer = async () => answers[bench.host.asked.length - 1] ?? { kind: "stop", words: "nobody" };
      expect(await connectThrough(bench, `127.0.0.1:${port}`)).toContain("hello from 127.0.0.1");
      expect(await connectThrough(bench, `127.0.0.1:${port}`)).toMatch(/^HTTP\/1.1 403/);
      expect(await connectThrough(bench, `inner.test:${port}`), "the name was allowed, not where it leads").toContain(
        `leads to 127.0.0.1, this computer; list it first, with a rule egress(127.0.0.1:${port})`,
      );
      expect(seen).toEqual(["/tunnelled"]);
      await bench.settled();
      expect(bench.rows().map(({ host, status, decidedBy }) => [host, status, decidedBy])).toEqual([
        ["inner.test", "refused", "Ada, once"],
        ["127.0.0.1", "refused", "a person"],
        ["127.0.0.1", "done", "Ada, once"],
      ]);
    });
  });
}

async function serveHello() {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(request.url ?? "");
    response.end(`hello from ${request.headers.host?.split(":")[0] ?? ""}`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { port: portOf(server.address()), seen };
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new Error("not listening");
  return address.port;
}

async function node(bench: GatewayBench, script: string): Promise<string> {
  const { out, err } = await finish(await bench.sandbox.exec({ argv: ["node", "-e", script], cwd: bench.sandbox.workspace }));
  return `${out}${err}`;
}

const proxy = `const proxy=new URL(process.env.HTTP_PROXY);`;

function absolute(url: string): string {
  return `${proxy}require("http").get({host:proxy.hostname,port:proxy.port,path:${JSON.stringify(url)},headers:{host:new URL(${JSON.stringify(url)}).host}},(r)=>{let t="";r.on("data",(c)=>t+=c);r.on("end",()=>console.log(r.statusCode,t))})`;
}

async function connectThrough(bench: GatewayBench, authority: string): Promise<string> {
  const hello = `GET /tunnelled HTTP/1.1\\r\\nhost: ${authority}\\r\\nconnection: close\\r\\n\\r\\n`;
  return await node(
    bench,
    `${proxy}const s=require("net").connect(proxy.port,proxy.hostname);s.write("CONNECT ${authority} HTTP/1.1\\r\\nhost: ${authority}\\r\\n\\r\\n");let t="",sent=false;s.on("data",(c)=>{t+=c;if(!sent&&t.startsWith("HTTP/1.1 200")){sent=true;s.write("${hello}")}});s.on("close",()=>console.log(t));s.on("error",(e)=>console.log(e.message))`,
  );
}
