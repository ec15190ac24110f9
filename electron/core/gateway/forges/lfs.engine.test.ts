import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer, json } from "node:stream/consumers";
import { afterAll, expect, test } from "vitest";
import { describeWith } from "../../../testing/engines.ts";
import { fakeForge } from "../../../testing/fake-forge.ts";
import { fakeInternetForTest, type FakeSite } from "../../../testing/fake-internet.ts";
import { type GatewayBench, openGatewayBench, scriptedSecrets } from "../../../testing/gateway-bench.ts";
import { testDockerDriver, testLocalDriver } from "../../../testing/scripted-egress.ts";
import { temporaryFolder } from "../../../testing/temporary-folder.ts";
import { finish } from "../../sandbox/contract/kit.ts";
import type { SandboxDriver } from "../../sandbox/driver.ts";

const token = "ghp_canary0123456789abcdefghijklmnopqrstu";
const forge = "forge.example.test";
const repository = "ada/mine.git";
const picture = Buffer.from("a large picture, kept beside the repository");

describeWith(["local-sandbox", "git-lfs"], "real git-lfs in a local sandbox", () => suite(testLocalDriver));
describeWith(["docker", "git-lfs"], "real git-lfs in a container without a network", () => suite(testDockerDriver));

function suite(open: (dataFolder: string) => SandboxDriver): void {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-lfs-"));
  const driver = open(folder);
  afterAll(async () => {
    await driver.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("fetches objects with the run's token, and an upload is asked about once, whatever number of objects follow", async () => {
    const internet = await fakeInternetForTest();
    const objects = new Map([[oidOf(picture), picture]]);
    const repositories = temporaryFolder();
    bareWithPointer(join(repositories, repository));
    const git = fakeForge(repositories, token);
    const at = `https://${forge}:${internet.port}`;
    const asked: string[] = [];
    internet.site(forge, lfsServer(git, at, objects, asked));
    const secrets = scriptedSecrets([
      {
        name: "forge-token",
        kind: "github",
        value: token,
        binding: { host: forge, methods: [], paths: [`/${repository}`], place: { kind: "basic", user: "x-access-token" } },
      },
    ]);
    const bench = await openGatewayBench(driver, { secrets, trustedCas: [internet.authority] });
    await bringLfs(bench);
    bench.resolver.set(forge, ["127.0.0.1"]);
    bench.host.allow(`egress(127.0.0.1:${internet.port})`, `egress(${forge})`);

    const clone = `git clone -q ${at}/${repository} mine && cd mine && git lfs install --local --skip-repo >/dev/null && git lfs pull && cat picture.bin`;
    expect(await sh(bench, clone)).toContain(picture.toString());
    expect(bench.host.asked, "a fetch asks nobody").toEqual([]);

    const commit =
      "cd mine && for n in 1 2 3; do printf 'new %s' $n > new$n.bin; done && git add . && git -c user.name=A -c user.email=a@b.test commit -qm more";
    await sh(bench, commit);
    const push = "cd mine && git lfs push origin main; echo status $?";
    expect(await sh(bench, push)).toMatch(/status [^0]/);
    expect([objects.size, bench.host.asked.map(({ method, path, git }) => [method, path, git])]).toEqual([
      ...[1, [["POST", `/${repository}/info/lfs/objects/batch`, "push"]]],
    ]);
    bench.host.answer = async () => ({ kind: "allowed", words: "Ada, once" });
    bench.host.asked.length = 0;
    expect(await sh(bench, push)).toContain("status 0");
    expect(bench.host.asked).toHaveLength(1);
    expect([...objects.values()].map(String).sort()).toEqual([picture.toString(), "new 1", "new 2", "new 3"].sort());

    bench.host.answer = async () => ({ kind: "stop", words: "a person denied it" });
    const other = oidOf(Buffer.from("another thing"));
    const put = `printf 'PUT /${repository}/info/lfs/objects/${other} HTTP/1.1\\r\\nHost: ${forge}:${internet.port}\\r\\nContent-Length: 13\\r\\nConnection: close\\r\\n\\r\\nanother thing' | openssl s_client -quiet -servername ${forge} -proxy \${https_proxy#http://} -connect ${forge}:${internet.port} 2>/dev/null | head -n 1`;
    expect(await sh(bench, put), "an object that was in no allowed batch").toContain(" 403 ");
    expect(objects.has(other)).toBe(false);
    expect(new Set(asked), "no request came without the token").toEqual(
      new Set([`Basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`]),
    );
    const rows = bench.rows().filter(({ method }) => method === "PUT");
    expect(rows.filter(({ status, decidedBy }) => status === "done" && decidedBy === "Ada, once")).toHaveLength(3);
    expect(bench.host.failures).toEqual([]);
  });
}

/** An image for tests has git alone: the computer's own git-lfs, a program without libraries of its own, is put beside it. */
async function bringLfs({ sandbox }: GatewayBench): Promise<void> {
  const put = 'mkdir -p "$HOME/bin" && cat > "$HOME/bin/git-lfs" && chmod +x "$HOME/bin/git-lfs"';
  const process = await sandbox.exec({ argv: ["sh", "-c", put], cwd: sandbox.home });
  process.stdin.end(readFileSync(execFileSync("which", ["git-lfs"], { encoding: "utf8" }).trim()));
  expect(await finish(process)).toMatchObject({ err: "" });
}

/** The Git LFS API before a forge: batch, basic transfers, locks that nobody holds. */
function lfsServer(git: FakeSite, at: string, objects: Map<string, Buffer>, asked: string[]): FakeSite {
  const answer = async (request: Parameters<FakeSite>[0], response: Parameters<FakeSite>[1]) => {
    const path = request.url.split("?")[0] ?? "";
    asked.push(String(request.headers["authorization"]));
    const found = /\/info\/lfs\/objects\/([0-9a-f]{64})$/.exec(path)?.[1];
    const say = (value: object) => response.writeHead(200, { "content-type": "application/vnd.git-lfs+json" }).end(JSON.stringify(value));
    if (path.endsWith("/locks/verify")) return say({ ours: [], theirs: [] });
    if (path.endsWith("/objects/batch")) {
      const { operation, objects: wanted } = Object(await json(request));
      const action = operation === "upload" ? "upload" : "download";
      const listed = Array.from<{ oid: string; size: number }, object>(wanted, ({ oid, size }) => {
        const isDone = action === "upload" && objects.has(oid);
        const actions = { [action]: { href: `${at}/${repository}/info/lfs/objects/${oid}`, header: {} } };
        return { oid, size, authenticated: true, ...(isDone ? {} : { actions }) };
      });
      return say({ transfer: "basic", objects: listed });
    }
    if (found === undefined) return response.writeHead(404).end();
    if (request.method === "PUT") {
      const content = await buffer(request);
      if (oidOf(content) !== found) return response.writeHead(422).end();
      objects.set(found, content);
      return response.writeHead(200).end();
    }
    const content = objects.get(found);
    return content === undefined ? response.writeHead(404).end() : response.writeHead(200).end(content);
  };
  return (request, response) => {
    if (request.url.includes("/info/lfs/")) void answer(request, response);
    else git(request, response);
  };
}

function oidOf(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

/** One commit with a pointer, as git-lfs writes it. */
function bareWithPointer(path: string): void {
  const pointer = `version https://git-lfs.github.com/spec/v1\\noid sha256:${oidOf(picture)}\\nsize ${picture.length}\\n`;
  const script = `mkdir -p ${path} && cd ${path} && git init -q --bare -b main . && work=$(mktemp -d) && cd $work && git init -q -b main .
    printf '*.bin filter=lfs diff=lfs merge=lfs -text\\n' > .gitattributes && printf '${pointer}' > picture.bin
    git -c filter.lfs.clean=cat -c filter.lfs.process= -c filter.lfs.required=false add . && git -c user.name=P -c user.email=p@p.test commit -qm first && git -c core.hooksPath=/dev/null push -q ${path} main && rm -rf $work`;
  execFileSync("sh", ["-ec", script], { stdio: "pipe" });
}

async function sh(bench: GatewayBench, script: string): Promise<string> {
  const { out, err } = await finish(
    await bench.sandbox.exec({ argv: ["sh", "-c", `export PATH="$HOME/bin:$PATH"; cd "$HOME" && ${script}`], cwd: bench.sandbox.home }),
  );
  return `${out}${err}`;
}
