import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createPlainServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { describeWith } from "../../../testing/engines.ts";
import { type GatewayBench, openGatewayBench } from "../../../testing/gateway-bench.ts";
import { npmTarball, tinyWheel } from "../../../testing/package-hosts.ts";
import { testDockerDriver, testLocalDriver } from "../../../testing/scripted-egress.ts";
import { finish } from "../../sandbox/contract/kit.ts";
import type { SandboxDriver } from "../../sandbox/driver.ts";

describeWith("docker", "real clients in a container without a network", () => {
  const driver = testDockerDriver();
  afterAll(async () => await driver.close());

  test("git clones over TLS through the tunnel, and fetches without it in absolute form", async () => await clones(driver));

  test("npm installs a package from the registry that it is set to", async () => {
    const { bench, ports } = await bring(driver);
    const install = `export npm_config_update_notifier=false; mkdir p && cd p && npm init -y >/dev/null && npm install --no-audit --no-fund --no-update-notifier --strict-ssl=false --registry=https://registry.test:${ports.tls}/ tiny-thing 2>&1 && node -p 'require("tiny-thing")'`;
    expect(await shell(bench, install)).toMatch(/added 1 package[\s\S]*forty-two\n$/);
    expect(bench.host.asked).toEqual([]);
    await expect.poll(() => bench.rows().filter(({ status }) => status === "done").length).toBeGreaterThan(0);
    expect(bench.rows().every(({ host, carried }) => host === "registry.test" && carried === "tunnelled")).toBe(true);
  });

  test("pip installs a wheel from the index that it is set to", async () => {
    const { bench, ports } = await bring(driver, ["python"]);
    const install = `python3 -m venv v && v/bin/pip install --disable-pip-version-check --trusted-host pypi.test --index-url https://pypi.test:${ports.tls}/simple/ tiny-wheel 2>&1 && v/bin/python -c 'import tiny_wheel; print(tiny_wheel.word)'`;
    expect(await shell(bench, install)).toMatch(/Successfully installed tiny-wheel-1.0[\s\S]*forty-two\n$/);
  }, 300_000);
});

describeWith("local-sandbox", "real clients in a local sandbox", () => {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-clients-"));
  const driver = testLocalDriver(folder);
  afterAll(async () => {
    await driver.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("git clones over TLS through the tunnel, and fetches without it in absolute form", async () => await clones(driver));

  test("curl gets a page both ways, and reads the refusal of a host that nobody allowed", async () => {
    const { bench, ports } = await bring(driver);
    const page = (url: string) => `curl -sS -k -w ' %{http_code} %{http_connect}' ${url}`;
    expect(await shell(bench, page(`https://files.test:${ports.tls}/hello`))).toBe("hello 200 200");
    expect(await shell(bench, page(`http://files.test:${ports.plain}/hello`))).toBe("hello 200 000");
    expect(await shell(bench, `${page("http://elsewhere.test/")} ; true`)).toMatch(
      /Gatehouse did not let this connection out[\s\S]*403 000$/,
    );
    expect(await shell(bench, `curl -sS https://elsewhere.test/ 2>&1; true`)).toContain("403");
  });
});

async function clones(driver: SandboxDriver): Promise<void> {
  const { bench, ports } = await bring(driver);
  const clone = `git -c http.sslVerify=false clone -q https://git.test:${ports.tls}/thing.git a && cat a/word`;
  expect(await shell(bench, clone)).toBe("forty-two\n");
  expect(await shell(bench, `git clone -q http://git.test:${ports.plain}/thing.git b && cat b/word`)).toBe("forty-two\n");
  await bench.settled();
  const kinds = new Set(bench.rows().map(({ carried, status }) => `${carried ?? ""} ${status}`));
  expect([...kinds].sort()).toEqual(["plain done", "tunnelled done"]);
}

async function bring(driver: SandboxDriver, tools: readonly "python"[] = []) {
  const bench = await openGatewayBench(driver, { tools });
  const ports = await serve();
  const hosts = ["git.test", "registry.test", "pypi.test", "files.test"];
  for (const host of hosts) bench.resolver.set(host, ["127.0.0.1"]);
  const rules = hosts.flatMap((host) => [`egress(${host}:${ports.tls})`, `egress(${host}:${ports.plain})`]);
  bench.host.allow(...rules, `egress(127.0.0.1:${ports.tls})`, `egress(127.0.0.1:${ports.plain})`);
  return { bench, ports };
}

async function shell(bench: GatewayBench, script: string): Promise<string> {
  const process = await bench.sandbox.exec({ argv: ["bash", "-c", script], cwd: bench.sandbox.workspace });
  process.stdin.end();
  const { out, err } = await finish(process);
  return err === "" ? out : `${out}${err}`;
}

/** A forge, a registry, an index and a page, with and without TLS. */
async function serve(): Promise<{ readonly tls: number; readonly plain: number }> {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-origin-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const sh = (script: string) => execFileSync("sh", ["-ec", script], { cwd: folder, stdio: "pipe" });
  sh("openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=origin.test");
  sh("mkdir w && cd w && git init -q . && echo forty-two > word && git add . && git -c user.name=P -c user.email=p@p commit -qm one");
  sh("git clone -q --bare w thing.git && git -C thing.git update-server-info");
  const tarball = npmTarball();
  const wheel = tinyWheel();
  const answer: RequestListener = (request, response) => {
    const [path = "/"] = (request.url ?? "/").split("?");
    const origin = `https://${request.headers.host ?? ""}`;
    if (path === "/hello") return response.end("hello");
    if (path === "/tiny-thing") return response.end(JSON.stringify(packument(origin, tarball)));
    if (path === "/tiny-thing-1.0.0.tgz") return response.end(tarball);
    if (path === "/simple/tiny-wheel/") {
      response.setHeader("content-type", "text/html");
      return response.end('<a href="/tiny_wheel-1.0-py3-none-any.whl">tiny_wheel-1.0-py3-none-any.whl</a>');
    }
    if (path === "/tiny_wheel-1.0-py3-none-any.whl") return response.end(wheel);
    try {
      return response.end(readFileSync(join(folder, path)));
    } catch {
      response.statusCode = 404;
      return response.end();
    }
  };
  const key = readFileSync(join(folder, "key.pem"));
  const cert = readFileSync(join(folder, "cert.pem"));
  return { tls: await listening(createTlsServer({ key, cert }, answer)), plain: await listening(createPlainServer(answer)) };
}

function packument(origin: string, tarball: Buffer) {
  const dist = {
    tarball: `${origin}/tiny-thing-1.0.0.tgz`,
    integrity: `sha512-${createHash("sha512").update(tarball).digest("base64")}`,
  };
  return {
    name: "tiny-thing",
    "dist-tags": { latest: "1.0.0" },
    versions: { "1.0.0": { name: "tiny-thing", version: "1.0.0", main: "index.js", dist } },
  };
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening");
  return address.port;
}
