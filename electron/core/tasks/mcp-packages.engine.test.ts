import { appendFileSync, chmodSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import type { McpCheck, McpPackage, McpServer } from "#shared/contract/mcp.ts";
import type { Settings } from "#shared/contract/settings.ts";
import type { Task } from "#shared/contract/task.ts";
import { describeWith } from "../../testing/engines.ts";
import { steps, TaskBench } from "../../testing/task-bench.ts";
import { packagesFolder } from "../agents/packages/package-store.ts";

/** A real server of the MCP project, with a hundred packages that it stands on. */
const wanted = { package: "@modelcontextprotocol/server-memory", version: "2026.8.31" };
const entity = (name: string) => ({ entities: [{ name, entityType: "person", observations: ["counts"] }] });

function suite(engine: Settings["sandbox"]): () => TaskBench {
  let bench: TaskBench;
  let found: McpPackage;
  let server: McpServer;

  beforeAll(async () => {
    bench = await TaskBench.open(engine);
    bench.patienceMs = 120_000;
    found = await resolved(bench, wanted);
    const source = { kind: "package" as const, ...wanted, lock: found.lock, program: found.programs[0] ?? "", arguments: [] };
    server = await bench.client.mcpServers.add({
      ...{ name: "memory", repositoryIds: [bench.repositoryId], isEnabled: true },
      source: { ...source, environment: { MEMORY_FILE_PATH: "/tmp/memory.jsonl" } },
    });
  }, 180_000);
  afterAll(async () => {
    await bench[Symbol.asyncDispose]();
  });

  test("it is resolved once with a hash for each package, and a check on demand tells what it offers", { timeout: 120_000 }, async () => {
    expect(found).toMatchObject({ name: wanted.package, version: wanted.version, programs: ["mcp-server-memory"] });
    expect(found.packages.length).toBeGreaterThan(20);
    expect(found.packages.every(({ integrity }) => /^sha512-.{88}$/.test(integrity ?? ""))).toBe(true);
    expect(found.bytes).toBeGreaterThan(1_000_000);
    const { outcome, ...check } = await checked(bench, server);
    expect(outcome).toMatchObject({ kind: "answered", serverName: "memory-server", isConfirmed: false });
    expect(outcome.kind === "answered" && outcome.tools.tools.map(({ name }) => name)).toContain("create_entities");
    expect(check).toMatchObject({ engine, strayLines: 0, stderr: expect.stringContaining("Knowledge Graph MCP Server running on stdio") });
    const [listed] = await bench.client.mcpServers.list({});
    await bench.client.mcpServers.confirm({ id: server.id, hash: listed?.seen?.hash ?? "" });
    expect((await checked(bench, server)).outcome).toMatchObject({ isConfirmed: true });
    expect(await bench.verbs()).toEqual(expect.arrayContaining(["mcp-package.resolve done", "mcp-server.check done"]));
  });

  test("its tools work in a sandbox without network, read-only, each by the rules", { timeout: 120_000 }, async () => {
    await bench.client.policy.setRules({
      rules: {
        deny: ["mcp(memory.delete_entities)"],
        allow: ["mcp(memory.create_entities)", "mcp(memory.read_graph)", "shell(*)"],
        ask: [],
      },
    });
    const write =
      'f=$(ls -d /opt/gatehouse/servers/*/ /var/lib/gatehouse/packages/mcp-*/ 2>/dev/null | head -1); test -n "$f"; touch "$f/x" && echo written';
    const task = await bench.start(
      steps(
        { mcp: "memory", tool: "create_entities", input: entity("Ada") },
        { mcp: "memory", tool: "delete_entities", input: { entityNames: ["Ada"] } },
        { mcp: "memory", tool: "read_graph", input: {} },
        { run: write },
      ),
    );
    const asked = await bench.prompt(task);
    expect(asked.request).toMatchObject({ tool: "shell" });
    await bench.answer(asked, "allow-once");
    expect((await bench.until(task, "review", "stopped")).state).toMatchObject({ state: "review" });
    const said = await words(bench, task);
    expect(said).toContain('"name": "Ada"');
    expect(said).not.toContain("written");
    const calls = (await bench.timeline(task)).flatMap((entry) =>
      entry.kind === "call" && entry.status === "refused" ? [entry.title] : [],
    );
    expect(calls).toEqual([expect.stringContaining("delete_entities")]);
  });

  // In Docker a server of Python is tried so.
  test.runIf(engine === "local")(
    "a file that is another one than was confirmed keeps the server from starting, and the next try has it anew",
    {
      timeout: 120_000,
    },
    async () => {
      for (const folder of ownFolders(bench, "mcp-modelcontextprotocol-server-memory-")) {
        const file = join(folder, "node_modules", wanted.package, "dist/index.js");
        chmodSync(file, 0o644);
        appendFileSync(file, "\n// changed\n");
      }
      expect((await checked(bench, server)).outcome).toMatchObject({
        ...{ kind: "failed", reason: "package" },
        ...{ what: expect.stringContaining("not what was confirmed"), remedy: expect.stringContaining("installed anew") },
      });
      expect((await checked(bench, server)).outcome).toMatchObject({ kind: "answered", isConfirmed: true });
    },
  );
  return () => bench;
}

describeWith("local-sandbox", "MCP servers out of npm packages, in the local sandbox", () => {
  const bench = suite("local");

  test("a version that the registry does not have, and a lock that nobody resolved, are told", { timeout: 60_000 }, async () => {
    await expect(resolved(bench(), { ...wanted, version: "0.0.0" })).rejects.toMatchObject({ code: "PACKAGE_NOT_FOUND" });
    const source = { kind: "package" as const, ...wanted, lock: "0".repeat(64), program: "x", arguments: [], environment: {} };
    const input = { name: "unknown", repositoryIds: [], isEnabled: true, source };
    await expect(bench().client.mcpServers.add(input)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});
/** A small real server of the MCP project, written in Python. */
const clock = { registry: "pypi" as const, package: "mcp-server-time", version: "2026.10.19" };

describeWith(["docker", "pip"], "MCP servers out of Python packages, in Docker", () => {
  test("it is chosen for the sandbox's Python without running anything, held to its wheels, and works by the rules without network", {
    timeout: 240_000,
  }, async () => {
    const bench = await TaskBench.open("docker");
    onTestFinished(async () => await bench[Symbol.asyncDispose]());
    bench.patienceMs = 120_000;
    const found = await resolved(bench, clock);
    expect(found).toMatchObject({ registry: "pypi", name: clock.package, programs: ["mcp-server-time"], chosenFor: { os: "linux" } });
    expect(found.packages.length).toBeGreaterThan(10);
    expect(found.packages.every(({ integrity }) => /^sha256:[0-9a-f]{64}$/.test(integrity ?? ""))).toBe(true);
    const source = { kind: "package" as const, ...clock, lock: found.lock, program: "mcp-server-time", environment: {} };
    const server = await bench.client.mcpServers.add({
      ...{ name: "clock", repositoryIds: [bench.repositoryId], isEnabled: true },
      source: { ...source, arguments: ["--local-timezone", "Europe/Berlin"] },
    });
    const { outcome } = await checked(bench, server);
    expect(outcome).toMatchObject({ kind: "answered", isConfirmed: false });
    const [listed] = await bench.client.mcpServers.list({});
    await bench.client.mcpServers.confirm({ id: server.id, hash: listed?.seen?.hash ?? "" });
    await bench.client.policy.setRules({ rules: { deny: ["mcp(clock.convert_time)"], allow: ["mcp(clock.get_current_time)"], ask: [] } });
    const input = { source_timezone: "UTC", time: "12:00", target_timezone: "Asia/Tokyo" };
    const task = await bench.start(
      steps({ mcp: "clock", tool: "get_current_time", input: { timezone: "Asia/Tokyo" } }, { mcp: "clock", tool: "convert_time", input }),
    );
    expect((await bench.until(task, "review", "stopped")).state).toMatchObject({ state: "review" });
    expect(await words(bench, task)).toContain("Asia/Tokyo");
    const refused = (await bench.timeline(task)).flatMap((entry) =>
      entry.kind === "call" && entry.status === "refused" ? [entry.title] : [],
    );
    expect(refused).toEqual([expect.stringContaining("convert_time")]);
    for (const folder of ownFolders(bench, "mcp-mcp-server-time-")) {
      const file = join(folder, "site/mcp_server_time/__init__.py");
      chmodSync(file, 0o644);
      appendFileSync(file, "\n# changed\n");
    }
    expect((await checked(bench, server)).outcome).toMatchObject({ kind: "failed", reason: "package" });
  });
});
describeWith("docker", "MCP servers out of npm packages, in Docker", () => void suite("docker"));

function ownFolders(bench: TaskBench, prefix: string): readonly string[] {
  const folder = packagesFolder(join(bench.folder, "data"));
  return readdirSync(folder).flatMap((name) => (name.startsWith(prefix) ? [join(folder, name)] : []));
}

async function resolved({ client }: TaskBench, input: typeof wanted | typeof clock): Promise<McpPackage> {
  for await (const step of await client.mcpServers.resolve(input)) if (step.kind === "done") return step.package;
  throw new Error("It came to nothing.");
}

async function checked({ client }: TaskBench, { id }: McpServer): Promise<McpCheck> {
  for await (const step of await client.mcpServers.check({ id })) if (step.kind === "done") return step.check;
  throw new Error("It came to nothing.");
}

async function words(bench: TaskBench, task: Task): Promise<string> {
  return (await bench.timeline(task))
    .flatMap((entry) => (entry.kind === "message" ? [entry.text] : []))
    .join("\n")
    .replaceAll("\\", "");
}
