import type { McpServerId } from "#shared/contract/ids.ts";
import type { McpCheck, McpCheckOutcome, McpPackage, McpServer, McpSource, PackageRegistry } from "#shared/contract/mcp.ts";
import type { Settings } from "#shared/contract/settings.ts";
import { RunLimits } from "#shared/contract/task.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import { askForPython, type PythonTarget } from "../agents/packages/python-target.ts";
import type { AuditLog } from "../audit/audit-log.ts";
import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/errors.ts";
import { randomId } from "../kernel/ids.ts";
import type { Logger } from "../kernel/logger.ts";
import { type AskedTools, askForTools } from "../mcp/ask-for-tools.ts";
import type { McpBook } from "../mcp/mcp-book.ts";
import type { ServerPackages } from "../mcp/server-packages.ts";
import type { PackageFolder, Sandbox, SandboxDriver, Software } from "../sandbox/driver.ts";
import type { Engines } from "../tasks/run/run-services.ts";

export interface McpChecksParts {
  readonly book: McpBook;
  readonly packages: ServerPackages;
  readonly engines: Engines;
  readonly settings: () => Settings;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How long one check may take, with the making of what its sandbox holds, milliseconds. */
const limitMs = 10 * 60_000;
/** Stands in a check for every value that a secret has in a run. */
const standIn = "gatehouse-check-stands-in-for-a-secret";

/** Finds packages for MCP servers and starts servers in sandboxes of their own, one at a time, to see what they offer. */
export class McpChecks {
  readonly #parts: McpChecksParts;
  #isBusy = false;

  constructor(parts: McpChecksParts) {
    this.#parts = parts;
  }

  /** As {@link ServerPackages.resolve}, on record. CONFLICT while something else is looked for or checked. */
  async resolve(
    wanted: { readonly registry: PackageRegistry; readonly package: string; readonly version: string | null },
    by: string,
    tell: (line: string) => void,
    signal: AbortSignal,
  ): Promise<McpPackage> {
    const { audit, packages, book } = this.#parts;
    const detail = { registry: wanted.registry, package: wanted.package, version: wanted.version };
    return await this.#alone(async () => {
      const intent = await audit.intent({ verb: "mcp-package.resolve", actor: { kind: "person", name: by }, detail });
      try {
        const limit = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
        const python = async () => await this.#python(tell, limit);
        const named = { registry: wanted.registry, name: wanted.package, version: wanted.version, python };
        const found = await packages.resolve(named, book.locks(), tell, limit);
        await intent.done({ version: found.version, integrity: found.integrity, lock: found.lock, packages: found.packages.length });
        return found;
      } catch (error) {
        await intent.failed({ code: error instanceof UserError ? error.code : "INTERNAL" });
        throw error;
      }
    });
  }

  /** What the server does wrong is part of the result; throws as engines do. What it offers is kept, to be confirmed. */
  async run(id: McpServerId, by: string, tell: (line: string) => void, signal: AbortSignal): Promise<McpCheck> {
    const { audit, book } = this.#parts;
    const server = book.require(id);
    if (server.source.kind === "http") {
      throw new UserError(
        "INVALID_INPUT",
        "A server with an address is reached through the gateway of a run, under the rules of its repository.",
        "Start a task in one of its repositories: it is asked for its tools before the agent starts.",
      );
    }
    return await this.#alone(async () => {
      const intent = await audit.intent({ verb: "mcp-server.check", actor: { kind: "person", name: by }, detail: { server: server.name } });
      try {
        const check = await this.#check(server, tell, AbortSignal.any([signal, AbortSignal.timeout(limitMs)]));
        const { outcome } = check;
        await intent.done(outcome.kind === "answered" ? { tools: outcome.tools.hash } : { failed: outcome.reason });
        return check;
      } catch (error) {
        await intent.failed({ code: error instanceof UserError ? error.code : "INTERNAL" });
        throw error;
      }
    });
  }

  async #python(tell: (line: string) => void, signal: AbortSignal): Promise<PythonTarget> {
    const { engines, settings, logger } = this.#parts;
    const driver = await engines.choose(settings().sandbox, signal);
    const report = await driver.probe(signal);
    if (report.status.kind === "missing") throw new UserError("ENGINE_UNREACHABLE", report.status.what, report.status.remedy);
    const platform = await driver.platform(signal);
    const software: Software = { tools: ["python"], packages: null };
    await driver.prepare(software, (line) => tell(`Making the sandbox image: ${line}`), signal);
    tell("Asking the sandbox for its Python");
    const sandbox = await driver.create({ ...newSandbox(), software }, signal);
    try {
      return await askForPython(sandbox, platform, signal);
    } finally {
      await sandbox.remove().catch((error: unknown) => logger.warn({ err: error }, "the sandbox that was asked for its Python is left"));
    }
  }

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isBusy) throw new UserError("CONFLICT", "Another server is being checked or looked for.", "Wait until that has ended.");
    this.#isBusy = true;
    try {
      return await work();
    } finally {
      this.#isBusy = false;
    }
  }

  async #check(server: McpServer, tell: (line: string) => void, signal: AbortSignal): Promise<McpCheck> {
    const { engines, settings, clock, logger } = this.#parts;
    const begun = clock.monotonic();
    const driver = await engines.choose(settings().sandbox, signal);
    const result = (rest: Pick<McpCheck, "outcome"> & Partial<McpCheck>): McpCheck => ({
      ...{ at: clock.now(), durationMs: Math.round(clock.monotonic() - begun), engine: driver.kind },
      ...{ answerMs: null, strayLines: 0, stderr: "", ...rest },
    });
    const packages = await this.#packages(server.source, driver, tell, signal);
    if (packages.kind === "failed") return result({ outcome: packages });
    const isPython = server.source.kind === "package" && server.source.registry === "pypi";
    const software: Software = { tools: isPython ? ["python"] : [], packages: null, servers: packages.folders };
    await driver.prepare(software, (line) => tell(`Making the sandbox image: ${line}`), signal);
    tell("Making a sandbox without network");
    const sandbox = await driver.create({ ...newSandbox(), software }, signal);
    try {
      await requireNoNetwork(sandbox, signal);
      tell("Starting the server and asking it for its tools");
      const startedAt = clock.monotonic();
      const asked = await askForTools(sandbox, this.#command(server.source, sandbox), { clock }, signal);
      const answerMs = asked.kind === "tools" ? Math.round(clock.monotonic() - startedAt) : null;
      return result({ outcome: this.#outcome(server, asked), answerMs, strayLines: asked.strayLines, stderr: asked.stderr.slice(-4_000) });
    } finally {
      await sandbox.remove().catch((error: unknown) => logger.warn({ err: error }, "the sandbox of a check is left"));
    }
  }

  async #packages(
    source: McpSource,
    driver: SandboxDriver,
    tell: (line: string) => void,
    signal: AbortSignal,
  ): Promise<{ readonly kind: "there"; readonly folders: readonly PackageFolder[] } | Extract<McpCheckOutcome, { kind: "failed" }>> {
    const report = await driver.probe(signal);
    if (report.status.kind === "missing") throw new UserError("ENGINE_UNREACHABLE", report.status.what, report.status.remedy);
    if (source.kind !== "package") return { kind: "there", folders: [] };
    const onLine = (line: string) => tell(`Installing: ${line}`);
    try {
      return { kind: "there", folders: [await this.#parts.packages.ready(source.lock, await driver.platform(signal), onLine, signal)] };
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof UserError) || error.code === "CANCELLED") throw error;
      return { kind: "failed", reason: "package", what: error.message.slice(0, 4_000), remedy: error.remedy };
    }
  }

  #command(source: McpSource, sandbox: Sandbox) {
    const cwd = sandbox.workspace;
    switch (source.kind) {
      case "program":
        return { argv: source.command, cwd, environment: withStandIns(source.environment) };
      case "package": {
        const folder = this.#parts.packages.placeIn(sandbox, source.lock) ?? "";
        const command = this.#parts.packages.command(source, source.program, folder);
        return { argv: [...command, ...source.arguments], cwd, environment: withStandIns(source.environment) };
      }
      case "http":
        throw new Error("An address is not checked in a sandbox.");
      default:
        return assertNever(source);
    }
  }

  #outcome(server: McpServer, asked: AskedTools): McpCheckOutcome {
    switch (asked.kind) {
      case "tools": {
        const { found, greeting } = asked;
        const isConfirmed = this.#parts.book.found(server, found) === "confirmed";
        const words = { protocolVersion: greeting.protocolVersion, serverName: greeting.name, serverVersion: greeting.version };
        return { kind: "answered", ...words, tools: { ...found, at: this.#parts.clock.now() }, isConfirmed };
      }
      case "failed": {
        const what = `The MCP server ${server.name} ${asked.why}.`.slice(0, 4_000);
        return { kind: "failed", reason: asked.reason, what, remedy: remedyFor(asked.reason, server.source) };
      }
      default:
        return assertNever(asked);
    }
  }
}

function newSandbox() {
  return { id: randomId("sbx"), taskId: "t-mcpcheck", runId: randomId("run"), limits: RunLimits.parse({ memoryMiB: 1_024 }) };
}

function withStandIns(environment: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, value.replaceAll(/\{\{secret:[^{}]+\}\}/gu, standIn)]),
  );
}

async function requireNoNetwork(sandbox: Sandbox, signal: AbortSignal): Promise<void> {
  const { network } = await sandbox.inspectPosture(signal);
  if (network === "none" || sandbox.driver === "unsafe-local") return;
  throw new UserError("POSTURE_WEAKER", "The sandbox of the check has a network.", "Look at the engine's configuration.");
}

function remedyFor(reason: Extract<AskedTools, { kind: "failed" }>["reason"], source: McpSource): string {
  switch (reason) {
    case "start":
      return source.kind === "program"
        ? "The sandbox has no such program. Bring it by the base image, or as a package; a path in the worktree is there in a run only."
        : "The sandbox's image has not what it runs on, Node or Python 3. Choose another base image in Settings.";
    case "ended":
      return "Read what it wrote to its standard error: often a variable or an argument is missing, or it wants the network at its start.";
    case "late":
      return "It may wait for the network, which it does not have here, or for something on its standard input. Read what it wrote to its standard error.";
    case "protocol":
      return "It may speak another protocol, or a revision of MCP that is not known here. Look for another version of it.";
    case "not-json":
      return "It has to write messages only to its standard output, and its log to its standard error: look for a setting that turns the log off.";
    case "too-much":
      return "Agents would have to read all of it. Look for a setting that offers fewer tools, or use another server.";
    case "tools":
      return "Ask its makers to mend its list of tools, or use another version.";
    default:
      return assertNever(reason);
  }
}
