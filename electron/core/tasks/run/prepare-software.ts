import { UserError } from "../../kernel/errors.ts";
import { noSoftware, type PackageFolder, type SandboxDriver, type Software } from "../../sandbox/driver.ts";
import type { ActiveRun } from "./active-run.ts";

/** One thing is installed or built at a time: runs that wait for it find it made. */
let queue: Promise<unknown> = Promise.resolve();

/** Brings everything that a new sandbox is to hold onto this computer and its engine: the agent, tools, images. */
export async function prepareSoftware(run: ActiveRun, driver: SandboxDriver): Promise<Software> {
  const before = queue;
  const turn = prepareNow(before, run, driver);
  queue = turn.catch(() => {});
  return await turn;
}

async function prepareNow(before: Promise<unknown>, run: ActiveRun, driver: SandboxDriver): Promise<Software> {
  await before;
  run.throwIfStopped();
  const report = await driver.probe(run.signal);
  if (report.status.kind === "missing") throw new UserError("ENGINE_UNREACHABLE", report.status.what, report.status.remedy);
  const packages = await installAgent(run, driver);
  const tools = await run.services.toolsOf(run.task, run.signal);
  const wanted: Software = { tools, packages };
  try {
    await prepareImage(run, driver, wanted);
    return wanted;
  } catch (error) {
    if (tools.length === 0 || !(error instanceof UserError) || error.code !== "IMAGE_BUILD_FAILED") throw error;
    run.notice(`Tools for ${tools.join(", ")} could not be added to the sandbox; the agent goes on without them. ${error.message}`);
    const plain = { ...noSoftware, packages };
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
  const detail = { driver: driver.kind, tools: [...software.tools], packages: software.packages?.hash ?? null };
  const event = { verb: "sandbox.build-image", actor: { kind: "gatehouse" as const }, taskId: run.taskId, runId: run.id, detail };
  await run.services.audit.around(event, async () => {
    await driver.prepare(software, (line) => run.activity(`Making the sandbox image: ${line}`), run.signal);
  });
}
