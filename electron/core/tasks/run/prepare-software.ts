import { UserError } from "../../kernel/errors.ts";
import { noSoftware, type PackageFolder, type SandboxDriver, type Software } from "../../sandbox/driver.ts";
import type { ActiveRun } from "./active-run.ts";
import { areServersThere, readyServerPackages, toolsForServers } from "./server-packages.ts";

/** One thing is installed or built at a time: runs that wait for it find it made. */
let queue: Promise<unknown> = Promise.resolve();

/** Brings everything that a new sandbox is to hold onto this computer and its engine: the agent, tools, images. */
export async function prepareSoftware(run: ActiveRun, driver: SandboxDriver): Promise<Software> {
  const [report, toolsOfTask] = await Promise.all([driver.probe(run.signal), run.services.toolsOf(run.task, run.signal)]);
  if (report.status.kind === "missing") throw new UserError("ENGINE_UNREACHABLE", report.status.what, report.status.remedy);
  const tools = [...new Set([...toolsOfTask, ...toolsForServers(run)])];
  const ready = await softwareAtHand(run, driver, tools);
  if (ready !== null) return ready;
  const before = queue;
  const turn = prepareNow(before, run, driver, tools);
  queue = turn.catch(() => {});
  return await turn;
}

/** Null where something has to be installed or built. */
async function softwareAtHand(run: ActiveRun, driver: SandboxDriver, tools: Software["tools"]): Promise<Software | null> {
  const { agents } = run.services;
  const platform = await driver.platform(run.signal);
  const installed = await agents.installed(agents.profile(run.task.agentId), platform);
  if (installed.kind === "missing" || !(await areServersThere(run, platform))) return null;
  const software = { tools, packages: installed.packages, servers: await readyServerPackages(run, platform) };
  return (await driver.isPrepared(software, run.signal)) ? software : null;
}

async function prepareNow(before: Promise<unknown>, run: ActiveRun, driver: SandboxDriver, tools: Software["tools"]): Promise<Software> {
  await before;
  run.throwIfStopped();
  const packages = await installAgent(run, driver);
  const servers = await readyServerPackages(run, await driver.platform(run.signal));
  const wanted: Software = { tools, packages, servers };
  try {
    await prepareImage(run, driver, wanted);
    return wanted;
  } catch (error) {
    if (tools.length === 0 || !(error instanceof UserError) || error.code !== "IMAGE_BUILD_FAILED") throw error;
    run.notice(`Tools for ${tools.join(", ")} could not be added to the sandbox; the agent goes on without them. ${error.message}`);
    const plain = { ...noSoftware, packages, servers };
    await prepareImage(run, driver, plain);
    return plain;
  }
}

async function installAgent(run: ActiveRun, driver: SandboxDriver): Promise<PackageFolder | null> {
  const { agents, audit } = run.services;
  const profile = agents.profile(run.task.agentId);
  const platform = await driver.platform(run.signal);
  const installed = await agents.installed(profile, platform);
  if (installed.kind === "there") return installed.packages;
  run.notice(`${profile.name} ${profile.version ?? ""} is installed first; this takes a while, once.`);
  const detail = { agent: profile.id, packages: [...profile.npmPackages], hash: installed.hash };
  const event = { verb: "agent.install", actor: { kind: "gatehouse" as const }, taskId: run.taskId, runId: run.id, detail };
  return await audit.around(event, async () => {
    return await agents.install(profile, platform, (line) => run.activity(`Installing ${profile.name}: ${line}`), run.signal);
  });
}

async function prepareImage(run: ActiveRun, driver: SandboxDriver, software: Software): Promise<void> {
  if (await driver.isPrepared(software, run.signal)) return;
  run.notice("The sandbox image has to be made first; this takes a while, once.");
  const servers = (software.servers ?? []).map(({ hash }) => hash);
  const detail = { driver: driver.kind, tools: [...software.tools], packages: software.packages?.hash ?? null, servers };
  const event = { verb: "sandbox.build-image", actor: { kind: "gatehouse" as const }, taskId: run.taskId, runId: run.id, detail };
  await run.services.audit.around(event, async () => {
    await driver.prepare(software, (line) => run.activity(`Making the sandbox image: ${line}`), run.signal);
  });
}
