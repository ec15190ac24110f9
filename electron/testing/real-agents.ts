import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buffer, text } from "node:stream/consumers";
import { RunLimits } from "#shared/contract/task.ts";
import type { AgentProfile } from "../core/agents/agent-profile.ts";
import type { McpServer } from "../core/agents/handshake.ts";
import { planPackages } from "../core/agents/packages/package-plan.ts";
import { PackageStore } from "../core/agents/packages/package-store.ts";
import { findProfile, loadProfiles } from "../core/agents/profiles.ts";
import { systemClock } from "../core/kernel/clock.ts";
import { randomId } from "../core/kernel/ids.ts";
import { silentLogger } from "../core/kernel/logger.ts";
import { runtimeFiles } from "../core/runtime-files.ts";
import { createDockerDriver } from "../core/sandbox/docker/docker-driver.ts";
import type { Sandbox, SandboxDriver, Software } from "../core/sandbox/driver.ts";
import { builtScript } from "./built-script.ts";
import { checkoutRoot } from "./checkout-root.ts";
import type { SeenRequest } from "../core/agents/scripted-model/server.ts";

const modelPort = 8_901;
const modelAddress = `http://127.0.0.1:${modelPort}`;

/** What has to be undone when a test or a measurement is over. */
export interface TearDown {
  later(step: () => Promise<unknown>): void;
}

/** How each agent is told where its model is: the environment of a test, not of the product. */
export function modelEnvironment(id: string, address: string): Readonly<Record<string, string>> {
  switch (id) {
    case "claude-code":
      return { ANTHROPIC_BASE_URL: address };
    case "gemini":
      return { GOOGLE_GEMINI_BASE_URL: address };
    case "codex":
      return {
        CODEX_CONFIG: JSON.stringify({
          bypass_hook_trust: true,
          features: { hooks: true },
          model_providers: { gatehouse: codexProvider(address) },
        }),
      };
    case "opencode":
      return { OPENCODE_CONFIG_CONTENT: JSON.stringify(openCodeSettings(address)) };
    default:
      return {};
  }
}

function codexProvider(address: string) {
  return { name: "Scripted", base_url: `${address}/v1`, env_key: "OPENAI_API_KEY", wire_api: "responses" };
}

function openCodeSettings(address: string) {
  const provider = { anthropic: { options: { baseURL: `${address}/v1` } } };
  return { model: "anthropic/claude-sonnet-4-5", small_model: "anthropic/claude-haiku-4-5", provider };
}

/** Real agents are kept across runs: they weigh up to half a gigabyte each. */
export async function installedAgent(driver: SandboxDriver, profile: AgentProfile): Promise<Software> {
  const store = new PackageStore(join(checkoutRoot(), "node_modules/.cache/gatehouse/agents"));
  const plan = await planPackages(profile, await driver.platform(), join(runtimeFiles(checkoutRoot()).agents, "locks"));
  const packages = plan === null ? null : await store.install(plan, () => {}, new AbortController().signal);
  return { tools: [], packages };
}

export interface AgentBench {
  readonly profile: AgentProfile;
  readonly sandbox: Sandbox;
  readonly worktree: string;
  /** Its packages on this computer. */
  readonly packages: string;
  /** One, named `house`, with the tools `look` and `change`. */
  readonly mcpServers: readonly McpServer[];
  readonly environment: Readonly<Record<string, string>>;
  readonly files: ReturnType<typeof runtimeFiles>;
  /** What the model was asked so far. */
  seen(): Promise<readonly SeenRequest[]>;
  /** Output of a program in the sandbox. */
  run(script: string): Promise<string>;
  /** Writes files below a folder of the home. */
  put(folder: string, files: Readonly<Record<string, string>>): Promise<void>;
}

/**
 * A real agent's sandbox in Docker with a small repository and the scripted model beside it. `repository`: files
 * that it brings besides.
 */
export async function agentBench(id: string, repository: Readonly<Record<string, string>>, down: TearDown): Promise<AgentBench> {
  const gatePost = await builtScript("electron/core/agents/gate-post/main.ts");
  const files = { ...runtimeFiles(checkoutRoot()), gatePost };
  const profile = findProfile(await loadProfiles(files.agents), id);
  const baseImage = process.env["GATEHOUSE_TEST_BASE_IMAGE"] ?? "gatehouse-test-base:latest";
  const common = { clock: systemClock, logger: silentLogger(), installId: `agents-${process.pid}` };
  const driver = createDockerDriver({ ...common, files, baseImage: () => baseImage });
  down.later(() => driver.close());
  const software = await installedAgent(driver, profile);
  await driver.prepare(software, () => {});
  const limits = RunLimits.parse({ memoryMiB: 2_048 });
  const sandbox = await driver.create({ id: randomId("sbx"), taskId: randomId("t"), runId: randomId("run"), limits, software });
  down.later(() => sandbox.remove());
  const worktree = `${sandbox.workspace}/task`;
  const run = async (script: string) => await output(sandbox, ["bash", "-c", script]);
  await run(`mkdir ${worktree} && cd ${worktree} && git init -q -b main . && printf 'one\\ntwo\\n' > a.txt`);
  const write = async (folder: string, contents: Readonly<Record<string, string>>) => {
    for (const [path, content] of Object.entries(contents))
      await output(sandbox, ["bash", "-c", 'mkdir -p "$(dirname "$1")" && cat > "$1"', "bash", `${folder}/${path}`], content);
  };
  await write(worktree, repository);
  await run(`cd ${worktree} && git add -A && git -c user.name=P -c user.email=p@example.org commit -qm first`);
  const mcp = await builtScript("electron/testing/processes/mcp-server.ts", "along");
  await output(sandbox, ["sh", "-c", 'cat > "$HOME/mcp.mjs"'], readFileSync(mcp, "utf8"));
  const mcpServers = [{ name: "house", tools: ["look", "change"], command: "node", args: [`${sandbox.home}/mcp.mjs`], environment: {} }];
  await startModel(sandbox);
  const seen = async (): Promise<readonly SeenRequest[]> =>
    JSON.parse(await run(`node -e 'fetch("${modelAddress}/seen").then(r=>r.text()).then(t=>process.stdout.write(t))'`));
  const packages = software.packages?.folder ?? "";
  return {
    profile,
    sandbox,
    worktree,
    packages,
    mcpServers,
    environment: { ...placeholders(profile), ...modelEnvironment(id, modelAddress) },
    files,
    seen,
    run,
    put: async (folder, contents) => await write(`${sandbox.home}/${folder}`, contents),
  };
}

function placeholders({ provider }: AgentProfile): Readonly<Record<string, string>> {
  return Object.fromEntries(provider.credentials.map(({ variable, placeholder }) => [variable, placeholder]));
}

async function startModel(sandbox: Sandbox): Promise<void> {
  const script = readFileSync(await builtScript("electron/core/agents/scripted-model/main.ts", "along"), "utf8");
  await output(sandbox, ["sh", "-c", 'cat > "$HOME/model.mjs"'], script);
  const model = await sandbox.exec({ argv: ["node", `${sandbox.home}/model.mjs`, String(modelPort)], cwd: sandbox.home });
  model.stderr.resume();
  await new Promise<void>((resolve, reject) => {
    model.stdout.once("data", () => resolve());
    void model.exited.then(() => reject(new Error("The scripted model did not start.")));
  });
  model.stdout.resume();
}

async function output(sandbox: Sandbox, argv: readonly string[], input = ""): Promise<string> {
  const child = await sandbox.exec({ argv, cwd: sandbox.home });
  child.stdin.end(input);
  const [out, errors, exit] = await Promise.all([buffer(child.stdout), text(child.stderr), child.exited]);
  if (exit.code !== 0) throw new Error(`${argv.join(" ")} failed: ${errors}`);
  return out.toString("utf8");
}
