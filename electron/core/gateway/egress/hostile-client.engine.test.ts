import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { describeWith } from "../../../testing/engines.ts";
import { openGatewayBench } from "../../../testing/gateway-bench.ts";
import { testDockerDriver, testLocalDriver } from "../../../testing/scripted-egress.ts";
import { connectTo, exchangeInside, get } from "../../../testing/sandbox-client.ts";
import { finish } from "../../sandbox/contract/kit.ts";
import type { SandboxDriver } from "../../sandbox/driver.ts";

describeWith("docker", "a hostile client in a Docker sandbox", () => suite(testDockerDriver, silentClient));
describeWith("local-sandbox", "a hostile client in a local sandbox", () => suite(testLocalDriver));

function suite(open: (dataFolder: string) => SandboxDriver, more: (driver: SandboxDriver) => void = () => undefined): void {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-hostile-"));
  const driver = open(folder);
  afterAll(async () => {
    await driver.close();
    rmSync(folder, { recursive: true, force: true });
  });

  describe("hosts that are not what they seem", () => {
    const spellings = [
      "allowed.test\0.evil.test:443",
      "allowed.test%00:443",
      "allowed.test%2eevil.test:443",
      "%61llowed.test:443",
      "user@allowed.test:443",
      "allowed.test#@evil.test:443",
      "allowed.test\\evil.test:443",
      "allowed.test/:443",
      "allowed_.test:443",
      "-allowed.test:443",
      "allowed..test:443",
      "allowed.test..:443",
      ".allowed.test:443",
      "127.1:80",
      "2130706433:80",
      "0x7f000001:80",
      "0x7f.0.0.1:80",
      "0177.0.0.1:80",
      "127.0.0.01:80",
      "127.0.0.1.:80",
      "\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1:80",
      "[::ffff:127.0.0.1%25lo]:80",
      "[::1:80",
      "allowed.test:0",
      "allowed.test:65536",
      "allowed.test:443:80",
      "allowed.test:+443",
      "allowed.test",
      ":443",
      `${"a".repeat(64)}.test:443`,
      `${"a.".repeat(127)}test:443`,
    ];

    test("every spelling but the plain one is refused, reaches no name server, and is on record", async () => {
      const bench = await openGatewayBench(driver);
      bench.host.allow("egress(*)", "egress(allowed.test)");
      const answers = await exchangeInside(
        bench.sandbox,
        spellings.map((authority) => connectTo(authority)),
      );
      for (const [at, answer] of answers.entries()) expect(answer, spellings[at]).toMatch(/^HTTP\/1\.1 400 /);
      expect(bench.resolver.asked).toEqual([]);
      await expect.poll(() => bench.rows().filter(({ status }) => status === "refused").length).toBe(spellings.length);
      expect(bench.host.failures).toEqual([]);
    });

    test("case, a trailing dot and an international name come to their one form, which the rules judge", async () => {
      const bench = await openGatewayBench(driver);
      const { port } = await listen();
      bench.resolver.set("allowed.test", ["127.0.0.1"]);
      bench.resolver.set("xn--bcher-kva.test", ["127.0.0.1"]);
      bench.host.allow(`egress(allowed.test:${port})`, `egress(xn--bcher-kva.test:${port})`, `egress(127.0.0.1:${port})`);
      const utf8 = Buffer.from("bücher.test").toString("latin1");
      const cyrillic = Buffer.from("аllowed.test").toString("latin1");
      const answers = await exchangeInside(
        bench.sandbox,
        ["ALLOWED.TEST", "allowed.test.", utf8, cyrillic].map((host) => connectTo(`${host}:${port}`)),
      );
      expect(answers.map((answer) => answer.slice(0, 12))).toEqual(["HTTP/1.1 200", "HTTP/1.1 200", "HTTP/1.1 200", "HTTP/1.1 403"]);
      expect(bench.host.asked.map(({ host }) => host)).toEqual(["xn--llowed-2nf.test"]);
    });
  });

  describe("addresses that are not for it", () => {
    const forbidden = [
      "127.0.0.1",
      "0.0.0.0",
      "10.1.2.3",
      "172.16.0.1",
      "192.168.1.1",
      "100.64.1.1",
      "169.254.169.254",
      "224.0.0.1",
      "255.255.255.255",
      "198.18.0.1",
      "::",
      "::1",
      "fe80::1",
      "fd00:ec2::254",
      "fc00::1",
      "ff02::1",
      "::ffff:127.0.0.1",
      "::ffff:7f00:1",
      "::127.0.0.1",
      "64:ff9b::7f00:1",
      "64:ff9b::10.0.0.1",
      "2002:7f00:1::",
      "2002:0a00:0001::1",
      "2001::1",
    ];

    test("a name that leads to one is refused whatever rule allows the name, and says which address", async () => {
      const bench = await openGatewayBench(driver);
      bench.host.allow("egress(*)", ...forbidden.map((_, at) => `egress(n${at}.test)`));
      for (const [at, address] of forbidden.entries()) bench.resolver.set(`n${at}.test`, [address]);
      bench.resolver.set("mixed.test", ["93.184.216.34", "10.0.0.1"]);
      const names = [...forbidden.map((_, at) => `n${at}.test:80`), "mixed.test:80"];
      const answers = await exchangeInside(
        bench.sandbox,
        names.map((name) => connectTo(name)),
      );
      for (const [at, answer] of answers.entries()) {
        expect(answer, names[at]).toMatch(/^HTTP\/1\.1 403 /);
        expect(answer).toContain(`leads to ${forbidden[at] ?? "10.0.0.1"}`);
      }
      await expect.poll(() => bench.rows().filter(({ status }) => status === "refused").length).toBe(names.length);
    });

    test("an address itself is asked about, even where everything is allowed", async () => {
      const bench = await openGatewayBench(driver);
      bench.host.allow("egress(*)");
      const literals = ["127.0.0.1:80", "169.254.169.254:80", "[::1]:80", "[::ffff:10.0.0.1]:80", "[0:0:0:0:0:0:0:1]:80"];
      const answers = await exchangeInside(
        bench.sandbox,
        literals.map((literal) => connectTo(literal)),
      );
      expect(answers.map((answer) => answer.slice(0, 12))).toEqual(literals.map(() => "HTTP/1.1 403"));
      const asked = new Set(bench.host.asked.map(({ host }) => host));
      expect([...asked].sort()).toEqual(["127.0.0.1", "[::1]", "[::ffff:a00:1]"]);
    });

    test("a name that changes its address between two questions gets no second question", async () => {
      const bench = await openGatewayBench(driver);
      const inner = await listen();
      bench.resolver.set("rebinding.test", ["203.0.113.1"], ["127.0.0.1"]);
      bench.host.allow("egress(rebinding.test)");
      const [first, second] = await exchangeInside(
        bench.sandbox,
        [connectTo(`rebinding.test:${inner.port}`), connectTo(`rebinding.test:${inner.port}`)],
        1,
      );
      expect(first).toMatch(/^HTTP\/1\.1 403 /);
      expect(second).toMatch(/^HTTP\/1\.1 403 /);
      expect(bench.resolver.asked).toEqual(["rebinding.test", "rebinding.test"]);
      expect(inner.count()).toBe(0);
    });
  });

  describe("requests that say two things", () => {
    test("another Host, twice a Host, another length, a folded header, SOCKS and nonsense are refused and on record", async () => {
      const bench = await openGatewayBench(driver);
      const { port, received } = await listen();
      bench.resolver.set("allowed.test", ["127.0.0.1"]);
      bench.host.allow(`egress(allowed.test:${port})`, `egress(127.0.0.1:${port})`);
      const at = `allowed.test:${port}`;
      const post = (...headers: readonly string[]) => ({
        write: [`POST http://${at}/ HTTP/1.1\r\n${headers.join("\r\n")}\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n`],
      });
      const cases: readonly (readonly [string, { readonly write: readonly string[] }])[] = [
        ["CONNECT with another Host", connectTo(at, "Host: evil.test:443")],
        ["CONNECT with two Hosts", connectTo(at, `Host: ${at}`, `Host: ${at}`)],
        ["CONNECT with a body", connectTo(at, `Host: ${at}`, "Content-Length: 5")],
        ["CONNECT with a coding", connectTo(at, `Host: ${at}`, "Transfer-Encoding: chunked")],
        ["CONNECT with a folded header", connectTo(at, `Host: ${at}`, "X-A: b", " c")],
        ["CONNECT with a space before the colon", connectTo(at, `Host : ${at}`)],
        ["absolute form with another Host", get(`http://${at}/`, "Host: evil.test")],
        ["absolute form with two Hosts", get(`http://${at}/`, `Host: ${at}`, "Host: evil.test")],
        ["absolute form without Host", get(`http://${at}/`)],
        ["absolute form with user", get(`http://evil.test@${at}/`, `Host: ${at}`)],
        ["origin form", get("/", `Host: ${at}`)],
        ["https in absolute form", get(`https://${at}/`, `Host: ${at}`)],
        ["ftp in absolute form", get(`ftp://${at}/`, `Host: ${at}`)],
        ["length and coding", post(`Host: ${at}`, "Content-Length: 5", "Transfer-Encoding: chunked")],
        ["two lengths", post(`Host: ${at}`, "Content-Length: 0", "Content-Length: 5")],
        ["a strange coding", post(`Host: ${at}`, "Transfer-Encoding: gzip, chunked")],
        ["a hidden coding", post(`Host: ${at}`, "Transfer-Encoding:\x0bchunked")],
        ["a folded coding", post(`Host: ${at}`, "Transfer-Encoding:", " chunked", "Content-Length: 5")],
        ["upgrade with another Host", get(`http://${at}/`, "Host: evil.test", "Upgrade: websocket", "Connection: upgrade")],
        ["SOCKS5", { write: ["\x05\x01\x00"] }],
        ["SOCKS4", { write: ["\x04\x01\x00\x50\x7f\x00\x00\x01\x00"] }],
        ["nonsense", { write: ["\x16\x03\x01\x02\x00\x01\x00"] }],
      ];
      const answers = await exchangeInside(
        bench.sandbox,
        cases.map(([, exchange]) => ({ ...exchange, patienceMs: 5_000 })),
      );
      for (const [index, answer] of answers.entries()) {
        expect(answer, cases[index]?.[0]).not.toMatch(/^HTTP\/1\.1 2/);
        expect(answer, cases[index]?.[0]).not.toContain("gave up");
      }
      expect(answers.at(-3)).toBe("\x05\xff");
      expect(received()).not.toContain("smuggled");
      expect(received()).not.toContain("evil");
      await expect.poll(() => bench.rows().filter(({ status }) => status === "refused").length).toBeGreaterThanOrEqual(cases.length);
      expect(bench.host.failures).toEqual([]);
    });

    test("the token of another run is refused, and so is a second one beside the own", async () => {
      const bench = await openGatewayBench(driver);
      bench.host.allow("egress(allowed.test)");
      const foreign = `Proxy-Authorization: Basic ${Buffer.from("run:another").toString("base64")}`;
      const [tunnel, plain] = await exchangeInside(bench.sandbox, [
        connectTo("allowed.test:443", "Host: allowed.test:443", foreign),
        get("http://allowed.test/", "Host: allowed.test", foreign),
      ]);
      expect(tunnel).toMatch(/^HTTP\/1\.1 407 /);
      expect(plain).toMatch(/^HTTP\/1\.1 407 /);
      await expect
        .poll(() => bench.rows().map(({ status, why }) => `${status} ${why ?? ""}`))
        .toEqual(["refused It presents the token of another run.", "refused It presents the token of another run."]);
    });
  });

  describe("ways around it", () => {
    test("names, TCP, UDP and raw sockets lead nowhere, and there is no interface but loopback", async () => {
      const bench = await openGatewayBench(driver);
      const attempts = `
        const dgram = require("dgram"), net = require("net"), dns = require("dns"), os = require("os");
        const tcp = (host, port) => new Promise((r) => { const s = net.connect({ host, port }); s.on("connect", () => r("CONNECTED")); s.on("error", (e) => r(e.code)); setTimeout(() => r("silence"), 3000); });
        const udp = (host) => new Promise((r) => { const s = dgram.createSocket("udp4"); s.on("message", () => r("ANSWERED")); s.send("x", 53, host, (e) => { if (e) r(e.code); }); setTimeout(() => r("silence"), 1500); });
        (async () => {
          const name = await dns.promises.lookup("example.com").then(() => "RESOLVED", (e) => e.code);
          const direct = [await tcp("93.184.216.34", 443), await tcp("169.254.169.254", 80), await tcp("10.0.0.1", 80), await udp("8.8.8.8"), await udp("127.0.0.53")];
          console.log(JSON.stringify({ name, direct, interfaces: Object.keys(os.networkInterfaces()) }));
          process.exit(0);
        })();`;
      const { out } = await finish(await bench.sandbox.exec({ argv: ["node", "-e", attempts], cwd: bench.sandbox.workspace }));
      const found: { name: string; direct: string[]; interfaces: string[] } = JSON.parse(out);
      expect(found.name).toMatch(/^(EAI_AGAIN|ENOTFOUND)$/);
      expect(found.direct.join()).not.toMatch(/CONNECTED|ANSWERED/);
      expect(found.interfaces).toEqual(["lo"]);
    });

    test("10,000 connections at once are held within bounds; those too many are counted, and the next is served", async () => {
      const bench = await openGatewayBench(driver);
      const { port } = await listen();
      bench.resolver.set("allowed.test", ["127.0.0.1"]);
      bench.host.allow(`egress(allowed.test:${port})`, `egress(127.0.0.1:${port})`);
      const before = process.memoryUsage().rss;
      const script = `
        const net = require("net"); const proxy = new URL(process.env.HTTP_PROXY); const ends = {}; let left = 10000, open = 0;
        const count = (end) => { ends[end] = (ends[end] ?? 0) + 1; };
        const next = () => { while (open < 400 && left > 0) { left--; open++; const s = net.connect(proxy.port, proxy.hostname); let t = "";
          s.on("connect", () => s.write("CONNECT nowhere.invalid:1 HTTP/1.1\\r\\nHost: evil.test\\r\\n\\r\\n"));
          s.on("data", (c) => { t += c; }); s.on("error", (e) => { t = t || e.code; });
          s.on("close", () => { count(t.slice(0, 12)); open--; if (left === 0 && open === 0) console.log(JSON.stringify(ends)); else next(); }); } };
        next();`;
      const { out } = await finish(await bench.sandbox.exec({ argv: ["node", "-e", script], cwd: bench.sandbox.workspace }));
      const ends: Record<string, number> = JSON.parse(out);
      expect(Object.values(ends).reduce((sum, one) => sum + one, 0)).toBe(10_000);
      expect(Object.keys(ends).sort()).toEqual(["HTTP/1.1 400", "HTTP/1.1 429"]);
      await bench.settled();
      const refused = bench.allRows().reduce((sum, row) => sum + (row.status === "refused" ? row.count : 0), 0);
      expect(refused).toBe(10_000);
      expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1_024 * 1_024);
      await expect
        .poll(async () => (await exchangeInside(bench.sandbox, [connectTo(`allowed.test:${port}`)]))[0]?.slice(0, 12), { timeout: 20_000 })
        .toBe("HTTP/1.1 200");
    });

    test("a relay that is killed comes back at the same place, and what it took along is on record", async () => {
      const bench = await openGatewayBench(driver);
      const { port } = await listen();
      bench.resolver.set("allowed.test", ["127.0.0.1"]);
      bench.host.allow(`egress(allowed.test:${port})`, `egress(127.0.0.1:${port})`);
      const kill = `for f in /proc/[0-9]*/cmdline; do if tr "\\0" " " < $f 2>/dev/null | grep -q gatehouseInput; then p=\${f#/proc/}; kill -9 \${p%/cmdline}; fi; done 2>/dev/null; true`;
      await finish(await bench.sandbox.exec({ argv: ["bash", "-c", kill], cwd: bench.sandbox.workspace }));
      await expect.poll(() => bench.host.notices.join(), { timeout: 20_000 }).toContain("broke off");
      await expect
        .poll(async () => (await exchangeInside(bench.sandbox, [connectTo(`allowed.test:${port}`)]))[0]?.slice(0, 12), { timeout: 30_000 })
        .toBe("HTTP/1.1 200");
      expect(bench.host.failures).toEqual([]);
    });

    test("a run that is cut off has no way out any more", async () => {
      const bench = await openGatewayBench(driver);
      const { port } = await listen();
      bench.resolver.set("allowed.test", ["127.0.0.1"]);
      bench.host.allow(`egress(allowed.test:${port})`, `egress(127.0.0.1:${port})`);
      await bench.gateway.cutOff(bench.ids.runId, "tester");
      const [answer] = await exchangeInside(bench.sandbox, [connectTo(`allowed.test:${port}`)]);
      expect(answer).toContain("ECONNREFUSED");
      expect(bench.gateway.wayOf(bench.ids.taskId)).toEqual({ runId: bench.ids.runId, way: "cut-off" });
      const { entries } = await bench.audit.list({ limit: 10, verb: "egress.cut-off" });
      expect(entries.map(({ outcome, phase }) => outcome ?? phase)).toEqual(["done", "intent"]);
    });
  });

  more(driver);
}

/** Core alone decides when a head took too long, and that takes its time: in one of the engines. */
function silentClient(driver: SandboxDriver): void {
  test("one that says nothing for too long is let go, and others are served meanwhile", async () => {
    const bench = await openGatewayBench(driver);
    const { port } = await listen();
    bench.resolver.set("allowed.test", ["127.0.0.1"]);
    bench.host.allow(`egress(allowed.test:${port})`, `egress(127.0.0.1:${port})`);
    const slow = { write: ["CONNECT allowed.test:1 HTTP/1.1\r\nX-Slow: "], patienceMs: 25_000 };
    const [first, ...rest] = await exchangeInside(
      bench.sandbox,
      [slow, ...Array.from({ length: 20 }, () => connectTo(`allowed.test:${port}`))],
      21,
    );
    expect(first).toMatch(/^HTTP\/1\.1 400 /);
    expect(rest.map((answer) => answer.slice(0, 12))).toEqual(rest.map(() => "HTTP/1.1 200"));
  });
}

/** Something on the host that must only be reached where a rule says so: counts and keeps what comes. */
async function listen(): Promise<{ readonly port: number; readonly count: () => number; readonly received: () => string }> {
  let count = 0;
  let text = "";
  const server: Server = createServer((socket) => {
    count += 1;
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      socket.end("HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n");
    });
    setTimeout(() => socket.end(), 500);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening");
  return { port: address.port, count: () => count, received: () => text };
}
