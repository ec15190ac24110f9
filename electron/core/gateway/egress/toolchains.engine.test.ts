import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWith, type Engine } from "../../../testing/engines.ts";
import { fakeInternetForTest } from "../../../testing/fake-internet.ts";
import { openGatewayBench, scriptedSecrets } from "../../../testing/gateway-bench.ts";
import { packageHost, packageWord } from "../../../testing/package-hosts.ts";
import { testLocalDriver } from "../../../testing/scripted-egress.ts";
import { bring, broughtCargo, type BroughtTool, packageTools, toolchain } from "../../../testing/toolchains.ts";
import { finish } from "../../sandbox/contract/kit.ts";

const folder = mkdtempSync(join(tmpdir(), "gatehouse-toolchains-"));
const driver = testLocalDriver(folder);
const key = "npm_canary0123456789abcdefghijklmnopqrstuv";
const open = "packages.test";
const bound = "private.test";

afterAll(async () => {
  await driver.close();
  rmSync(folder, { recursive: true, force: true });
});

/** One program in one sandbox: once through the tunnel, with the authority of the person's own network; once with TLS opened and a key added. */
async function bothWays(script: (origin: string, program: string) => string, tool: BroughtTool | string): Promise<void> {
  const internet = await fakeInternetForTest();
  const binding = { host: bound, methods: [], paths: [], place: { kind: "header", name: "authorization", prefix: "Bearer " } } as const;
  const secrets = scriptedSecrets([
    { name: "registry-token", kind: "generic", value: key, binding: { ...binding, methods: [], paths: [] } },
  ]);
  const bench = await openGatewayBench(driver, { secrets, trustedCas: [internet.authority] });
  bench.host.allow(`egress(127.0.0.1:${internet.port})`, `egress(${open}:${internet.port})`, `egress(${bound}:${internet.port})`);
  const program = typeof tool === "string" ? tool : bring(tool, join(bench.sandbox.workspace, "tool"));
  for (const host of [open, bound]) {
    bench.resolver.set(host, ["127.0.0.1"]);
    const origin = `https://${host}:${internet.port}`;
    internet.site(host, packageHost(origin, host === bound ? `Bearer ${key}` : null));
    const argv = ["bash", "-c", `set -e; mkdir -p ${host}; cd ${host}; ${script(origin, program)}`];
    const { out, err } = await finish(await bench.sandbox.exec({ argv, cwd: bench.sandbox.workspace }));
    expect(`${out}${err}`, host).toContain(packageWord);
    expect(out.trimEnd().endsWith(packageWord), `${host}: ${out}${err}`).toBe(true);
  }
  await bench.settled();
  await expect.poll(() => bench.rows().some(({ status }) => status === "open"), { timeout: 10_000 }).toBe(false);
  const ways = new Set(bench.rows().map(({ host, carried, secret, status }) => [host, carried, secret, status].join(" ")));
  expect([...ways].sort()).toEqual([`${open} tunnelled  done`, `${bound} opened registry-token done`].sort());
  expect(bench.host.asked).toEqual([]);
}

describeWith(["local-sandbox", "package-tools"], "package managers that come as packages, in a local sandbox", () => {
  let tools: ReturnType<typeof packageTools>;
  beforeAll(() => void (tools = packageTools()));
  const show = `node -p 'require("tiny-thing")'`;
  const manifest = `echo '{"name":"p","version":"1.0.0"}' > package.json`;

  test("pnpm", async () =>
    await bothWays((origin, pnpm) => `${manifest}; ${pnpm} add --registry=${origin}/ tiny-thing; ${show}`, tools.pnpm));

  test("Yarn 1", async () =>
    await bothWays((origin, yarn) => `${manifest}; node ${yarn} add --registry ${origin} tiny-thing; ${show}`, tools.yarnClassic));

  test("Yarn 4", async () => {
    const settings = "enableTelemetry: false\\nnodeLinker: node-modules\\nnpmMinimalAgeGate: 0";
    await bothWays(
      (origin, yarn) =>
        `${manifest}; printf '${settings}\\nnpmRegistryServer: "${origin}"\\n' > .yarnrc.yml; touch yarn.lock; node ${yarn} add tiny-thing; ${show}`,
      tools.yarn,
    );
  });

  test("Deno", async () => {
    const program = `import word from "npm:tiny-thing"; console.log(word)`;
    await bothWays(
      (origin, deno) =>
        `export DENO_NO_UPDATE_CHECK=1 NPM_CONFIG_REGISTRY=${origin}/; ${deno} run --allow-import --no-lock ${origin}/module.ts; ${deno} eval --no-lock '${program}'`,
      tools.deno,
    );
  });

  test("Bun", async () =>
    await bothWays(
      (origin, bun) => `${manifest}; export BUN_CONFIG_REGISTRY=${origin}/; ${bun} add tiny-thing; ${bun} -p 'require("tiny-thing")'`,
      tools.bun,
    ));

  test("uv", async () =>
    await bothWays(
      (origin, uv) =>
        `${uv} pip install --python /usr/bin/python3 --target t --index-url ${origin}/simple/ tiny-wheel; PYTHONPATH=t /usr/bin/python3 -c 'import tiny_wheel; print(tiny_wheel.word)'`,
      tools.uv,
    ));
});

function withToolchain(
  engine: Extract<Engine, "go" | "cargo" | "java" | "mvn" | "wget">,
  title: string,
  body: (program: string) => Promise<void>,
): void {
  describeWith(["local-sandbox", engine], `${engine} in a local sandbox`, () => {
    test(title, async () => await body(toolchain(engine) ?? ""));
  });
}

withToolchain("go", "downloads a module from the proxy that it is set to", async (found) => {
  const settings = "GOTOOLCHAIN=local GOFLAGS=-modcacherw GOPATH=$PWD/path GOSUMDB=off";
  const module = "example.test/tiny@v1.0.0";
  await bothWays(
    (origin, go) =>
      `export ${settings} GOPROXY=${origin}/go; ${go} mod init example.test/own; ${go} mod download ${module}; grep -o ${packageWord} path/pkg/mod/${module}/tiny.go`,
    found,
  );
});

withToolchain("cargo", "fetches a crate from the registry that it is set to", async (found) => {
  const manifest = `[package]\\nname="p"\\nversion="1.0.0"\\nedition="2021"\\n[dependencies]\\ntiny-thing="1"\\n`;
  const settings = (origin: string) => `[source.crates-io]\\nreplace-with="here"\\n[source.here]\\nregistry="sparse+${origin}/crates/"\\n`;
  const word = `grep -ho ${packageWord} home/registry/src/*/tiny-thing-1.0.0/src/lib.rs`;
  await bothWays(
    (origin, cargo) =>
      `export CARGO_HOME=$PWD/home PATH=$(dirname ${cargo}):$PATH; mkdir -p home src; touch src/lib.rs; printf '${manifest}' > Cargo.toml; printf '${settings(origin)}' > home/config.toml; cargo fetch; ${word}`,
    broughtCargo(found, join(folder, "rust")),
  );
});

withToolchain("java", "gets a page with both of its own clients", async (java) => {
  const uri = "java.net.URI.create(words[0])";
  const source = `public class Get { public static void main(String[] words) throws Exception {
    var client = java.net.http.HttpClient.newBuilder().proxy(java.net.ProxySelector.getDefault()).build();
    var request = java.net.http.HttpRequest.newBuilder(${uri}).build();
    System.out.println(client.send(request, java.net.http.HttpResponse.BodyHandlers.ofString()).body());
    System.out.println(new String(${uri}.toURL().openStream().readAllBytes()));
  } }`;
  await bothWays((origin) => `echo '${source}' > Get.java; ${java} Get.java ${origin}/hello`, java);
});

withToolchain("mvn", "resolves a parent from the repository that it is set to", async (maven) => {
  const coordinates = "<groupId>test.example</groupId><artifactId>tiny</artifactId><version>1.0</version>";
  const repositories = (origin: string) =>
    `<repositories><repository><id>central</id><url>${origin}/maven</url></repository></repositories>`;
  const pom = (origin: string) =>
    `<project><modelVersion>4.0.0</modelVersion><parent>${coordinates}<relativePath/></parent><artifactId>own</artifactId><packaging>pom</packaging>${repositories(origin)}</project>`;
  await bothWays(
    (origin) =>
      `echo '${pom(origin)}' > pom.xml; ${maven} -q -B -Dmaven.repo.local=$PWD/m2 validate; grep -o ${packageWord} m2/test/example/tiny/1.0/tiny-1.0.pom`,
    maven,
  );
});

withToolchain("wget", "gets a page", async (wget) => {
  await bothWays((origin) => `${wget} -nv -O - ${origin}/hello`, wget);
});
