import type { McpServer, McpSource } from "#shared/contract/mcp.ts";
import { UserError } from "../../kernel/errors.ts";
import type { PackageFolder, SandboxPlatform, Software } from "../../sandbox/driver.ts";
import type { ActiveRun } from "./active-run.ts";

type PackageServer = McpServer & { readonly source: Extract<McpSource, { kind: "package" }> };

/** Servers of this run whose packages a new sandbox is to hold. In a terminal of its own an agent gets no servers. */
function packageServers(run: ActiveRun): readonly PackageServer[] {
  if (run.task.interface === "terminal") return [];
  return run.services.mcp.of(run.task.repositoryId).flatMap((server) => {
    const { source } = server;
    return source.kind === "package" ? [{ ...server, source }] : [];
  });
}

/** Languages whose tools a sandbox has to hold for them. */
export function toolsForServers(run: ActiveRun): Software["tools"] {
  return packageServers(run).some(({ source }) => source.registry === "pypi") ? ["python"] : [];
}

/** Whether nothing has to be fetched for them. */
export async function areServersThere(run: ActiveRun, platform: SandboxPlatform): Promise<boolean> {
  for (const { source } of packageServers(run)) if (!(await run.services.serverPackages.isThere(source.lock, platform))) return false;
  return true;
}

/**
 * The packages of this run's servers, fetched by their locks where they are not there and proved to be what was confirmed. One
 * that is not is left out, and the timeline says why: its server does not start.
 */
export async function readyServerPackages(run: ActiveRun, platform: SandboxPlatform): Promise<readonly PackageFolder[]> {
  const folders = new Map<string, PackageFolder>();
  for (const server of packageServers(run)) {
    const folder = await readyOne(run, server, platform);
    if (folder !== null) folders.set(folder.hash, folder);
  }
  return [...folders.values()];
}

async function readyOne(run: ActiveRun, { name, source }: PackageServer, platform: SandboxPlatform): Promise<PackageFolder | null> {
  const { serverPackages, audit } = run.services;
  const about = { actor: { kind: "gatehouse" as const }, taskId: run.taskId, runId: run.id };
  const detail = { server: name, package: `${source.package}@${source.version}`, lock: source.lock };
  const tell = (line: string) => run.activity(`Installing the MCP server ${name}: ${line}`);
  const prepare = async () => await serverPackages.ready(source.lock, platform, tell, run.signal);
  try {
    if (await serverPackages.isThere(source.lock, platform)) return await prepare();
    return await audit.around({ ...about, verb: "mcp-server.install", detail }, prepare);
  } catch (error) {
    run.throwIfStopped();
    if (!(error instanceof UserError)) throw error;
    await audit.note({ ...about, verb: "mcp-server.refused", detail: { ...detail, code: error.code } });
    run.notice(`The agent works without the MCP server ${name}. ${error.message} ${error.remedy}`);
    return null;
  }
}
