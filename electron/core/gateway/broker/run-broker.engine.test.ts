import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { SecretBinding } from "#shared/contract/vault.ts";
import { describeWith } from "../../../testing/engines.ts";
import { bareRepository, fakeForge } from "../../../testing/fake-forge.ts";
import { fakeInternetForTest } from "../../../testing/fake-internet.ts";
import { openGatewayBench, scriptedSecrets, type GatewayBench } from "../../../testing/gateway-bench.ts";
import { testDockerDriver, testLocalDriver } from "../../../testing/scripted-egress.ts";
import { temporaryFolder } from "../../../testing/temporary-folder.ts";
import { finish } from "../../sandbox/contract/kit.ts";
import type { SandboxDriver } from "../../sandbox/driver.ts";

const key = "sk-ant-api03-canary-0123456789-abcdefghijklmnop";
const token = "ghp_canary0123456789abcdefghijklmnopqrstu";
const api = "api.example.test";
const forge = "forge.example.test";

const modelKey: SecretBinding = {
  host: api,
  methods: ["GET", "POST"],
  paths: ["/v1"],
  place: { kind: "header", name: "x-api-key", prefix: "" },
};
const forgeToken: SecretBinding = { host: forge, methods: [], paths: ["/ada/mine.git"], place: { kind: "basic", user: "x-access-token" } };

describeWith("docker", "secrets in the requests of a Docker sandbox without any network", () =>
  suite(testDockerDriver, ["node", "git", "openssl"]),
);
describeWith("local-sandbox", "secrets in the requests of a local sandbox", () =>
  suite(testLocalDriver, ["node", "git", "openssl", "curl", "python", "pip", "npm"]),
);

type Tool = "node" | "git" | "openssl" | "curl" | "python" | "pip" | "npm";

function suite(open: (dataFolder: string) => SandboxDriver, tools: readonly Tool[]): void {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-broker-"));
  const driver = open(folder);
  afterAll(async () => {
    await driver.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("real programs trust the run's authority, send no key, and their requests carry it", async () => {
    const { bench, internet } = await setUp(driver);
    const url = `https://${api}:${internet.port}/v1/x`;
    internet.site(api, (request, response) =>
      response.end(`echo ${String(request.headers["x-api-key"])} ${String(request.headers["user-agent"])}`),
    );
    const placeholder = await run(bench, ["node", "-p", "process.env.ANTHROPIC_API_KEY"]);
    expect(placeholder.trim()).toBe("sentinel-of-model-key");
    const commands: Readonly<Record<Tool, readonly string[]>> = {
      node: ["node", "-e", nodeGet(url)],
      git: ["git", "ls-remote", `${url}.git`],
      openssl: [
        "sh",
        "-c",
        `printf 'GET /v1/x HTTP/1.0\r\nHost: ${api}:${internet.port}\r\n\r\n' | openssl s_client -quiet -verify_return_error -servername ${api} -proxy \${https_proxy#http://} -connect ${api}:${internet.port}`,
      ],
      curl: ["curl", "-sS", "-H", "x-api-key: own", url],
      python: ["python3", "-c", `import requests; print(requests.get("${url}").text)`],
      pip: [
        "python3",
        "-m",
        "pip",
        "download",
        "--disable-pip-version-check",
        "--retries",
        "0",
        "--no-deps",
        "--index-url",
        url,
        "canary-package",
      ],
      npm: ["npm", "view", "canary-package", "--registry", url, "--fetch-retries=0"],
    };
    for (const tool of tools) {
      const before = internet.requests.length;
      const out = await run(bench, commands[tool]);
      const sent = internet.requests.slice(before);
      expect([tool, out, sent.length > 0, sent.every(({ headers }) => headers["x-api-key"] === key)]).toEqual([tool, out, true, true]);
      if (["node", "curl", "python", "openssl"].includes(tool)) expect(out).toContain(`echo ${"*".repeat(key.length)}`);
    }
    await expectNoLeak(bench);
  });

  test("git fetches from the listed repository and no other, and a push asks the person", async () => {
    const { bench, internet } = await setUp(driver);
    const repositories = temporaryFolder();
    for (const name of ["ada/mine.git", "ada/other.git"]) bareRepository(repositories, name);
    internet.site(forge, fakeForge(repositories, token));
    const at = `https://${forge}:${internet.port}`;
    const git = async (script: string) => await run(bench, ["sh", "-c", `cd "$HOME" && ${script}`]);
    expect(await git(`git clone -q ${at}/ada/mine.git mine && git -C mine log --format=%s`)).toContain("first");
    expect(await git(`git clone -q ${at}/ada/other.git other; echo $?`)).toMatch(/[^0]\s*$/);
    expect(
      internet.requests
        .filter(({ target }) => target.startsWith("/ada/other.git"))
        .every(({ headers }) => headers["authorization"] === undefined),
    ).toBe(true);
    const push =
      "cd mine && git -c user.name=A -c user.email=a@b.test commit -q --allow-empty -m second && git push -q origin HEAD:refs/heads/work; echo status $?";
    expect(await git(push)).toMatch(/status [^0]/);
    expect(bench.host.asked.map(({ method, path }) => `${method} ${path}`)).toEqual(["POST /ada/mine.git/git-receive-pack"]);
    bench.host.answer = async () => ({ kind: "allowed", words: "Ada, once" });
    expect(await git("cd mine && git push -q origin HEAD:refs/heads/work; echo status $?")).toContain("status 0");
    expect(await git(`git ls-remote ${at}/ada/mine.git`)).toContain("refs/heads/work");
    const rows = bench.rows().filter(({ host }) => host === forge);
    expect(rows.find(({ path, status }) => path?.endsWith("git-receive-pack") === true && status === "done")).toMatchObject({
      secret: "forge-token",
      carried: "opened",
      decidedBy: "Ada, once",
    });
    expect(rows.filter(({ path }) => path?.startsWith("/ada/other.git") === true).every(({ secret }) => secret === null)).toBe(true);
    await expectNoLeak(bench);
  });
}

async function setUp(driver: SandboxDriver) {
  const internet = await fakeInternetForTest();
  const secrets = scriptedSecrets([
    { name: "model-key", kind: "anthropic", value: key, binding: modelKey },
    { name: "forge-token", kind: "github", value: token, binding: forgeToken },
  ]);
  const bench = await openGatewayBench(driver, { secrets, trustedCas: [internet.authority] });
  for (const host of [api, forge]) bench.resolver.set(host, ["127.0.0.1"]);
  bench.host.allow(`egress(127.0.0.1:${internet.port})`, `egress(${api})`, `egress(${forge})`);
  return { bench, internet };
}

async function run(bench: GatewayBench, argv: readonly string[]): Promise<string> {
  const { out, err } = await finish(await bench.sandbox.exec({ argv, cwd: bench.sandbox.home }));
  return `${out}${err}`;
}

/** The canary: neither value, nor any private key, is in the sandbox's files, environments or arguments, in rows or in the audit log. */
async function expectNoLeak(bench: GatewayBench): Promise<void> {
  const encoded = Buffer.from(`x-access-token:${token}`).toString("base64");
  const script = `
    const fs = require("fs"), path = require("path"), found = [];
    const words = process.argv.slice(1).map((one) => one.split("").reverse().join(""));
    const look = (name, text) => { for (const word of words) if (text.includes(word)) found.push(name); };
    const walk = (folder) => { for (const entry of fs.readdirSync(folder, { withFileTypes: true })) { const at = path.join(folder, entry.name); if (entry.isDirectory()) walk(at); else if (entry.isFile()) try { look(at, fs.readFileSync(at, "latin1")); } catch {} } };
    for (const folder of [${JSON.stringify(bench.sandbox.home)}, ${JSON.stringify(bench.sandbox.workspace)}]) walk(folder);
    for (const pid of fs.readdirSync("/proc").filter((one) => /^\\d+$/.test(one) && one !== String(process.pid))) for (const file of ["environ", "cmdline"]) try { look(pid + "/" + file, fs.readFileSync("/proc/" + pid + "/" + file, "latin1")); } catch {}
    console.log("found " + JSON.stringify(found));`;
  const words = [key, token, encoded, "PRIVATE KEY"].map((one) => one.split("").reverse().join(""));
  expect(await run(bench, ["node", "-e", script, ...words])).toBe("found []\n");
  const { entries } = await bench.audit.list({ limit: 500, taskId: bench.ids.taskId });
  const records = JSON.stringify([entries, bench.rows(), bench.host.asked, bench.host.notices]);
  for (const word of [key, token, encoded]) expect(records).not.toContain(word);
  expect(bench.host.failures).toEqual([]);
}

function nodeGet(url: string): string {
  return `const u=new URL(${JSON.stringify(url)}),p=new URL(process.env.HTTPS_PROXY);require("http").request({host:p.hostname,port:p.port,method:"CONNECT",path:u.host,headers:{host:u.host}}).on("connect",(r,s)=>{require("https").get(u,{createConnection:()=>require("tls").connect({socket:s,servername:u.hostname})},(a)=>{a.on("data",(c)=>process.stdout.write(c)).on("end",()=>process.exit())})}).on("error",(e)=>console.log(e.message)).end()`;
}
