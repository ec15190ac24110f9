import type { AgentCheck } from "#shared/contract/agent.ts";
import { RunLimits } from "#shared/contract/task.ts";
import type { Settings } from "#shared/contract/settings.ts";
import { checkAgent, type CheckFindings } from "../agents/check/check-agent.ts";
import { type AgentProfile, profileOf } from "../agents/agent-profile.ts";
import type { AgentBook } from "../agents/profiles/agent-book.ts";
import { profileHash } from "../agents/profiles/profile-hash.ts";
import type { AuditLog } from "../audit/audit-log.ts";
import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/errors.ts";
import { randomId } from "../kernel/ids.ts";
import type { Logger } from "../kernel/logger.ts";
import type { RuntimeFiles } from "../runtime-files.ts";
import type { Sandbox, SandboxDriver, Software } from "../sandbox/driver.ts";
import type { Agents, Engines } from "../tasks/run/run-services.ts";

export interface AgentChecksParts {
  readonly agents: Agents;
  readonly book: AgentBook;
  readonly engines: Engines;
  readonly settings: () => Settings;
  readonly files: RuntimeFiles;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How long one check may take, with the making of what its sandbox holds, milliseconds. */
const limitMs = 20 * 60_000;

/** Tries agents in sandboxes of their own, one at a time, and remembers what came of it. */
export class AgentChecks {
  readonly #parts: AgentChecksParts;
  #isBusy = false;

  constructor(parts: AgentChecksParts) {
    this.#parts = parts;
  }

  /** CONFLICT while another check runs. Throws as engines do; what the agent does wrong is part of the result. */
  async run(id: string, by: string, tell: (line: string) => void, signal: AbortSignal): Promise<AgentCheck> {
    const { agents, audit, book } = this.#parts;
    // What an earlier check found out says nothing in this one.
    const own = book.own().find((entry) => entry.profile.id === id)?.own;
    const profile = own === undefined ? agents.profile(id) : profileOf(own, { level: "none", silentKinds: [] });
    if (this.#isBusy) throw new UserError("CONFLICT", "Another check is running.", "Wait until it has ended, then check this one.");
    this.#isBusy = true;
    const hash = profileHash(profile);
    try {
      const event = { verb: "agent.check", actor: { kind: "person" as const, name: by }, detail: { agentId: id, hash } };
      const intent = await audit.intent(event);
      try {
        const check = await this.#check(profile, hash, tell, AbortSignal.any([signal, AbortSignal.timeout(limitMs)]));
        await intent.done({
          result: check.result,
          failed: check.points.filter(({ outcome }) => outcome === "failed").map(({ name }) => name),
        });
        book.keepCheck(id, check);
        return check;
      } catch (error) {
        await intent.failed({ code: error instanceof UserError ? error.code : "INTERNAL" });
        throw error;
      }
    } finally {
      this.#isBusy = false;
    }
  }

  async #check(profile: AgentProfile, hash: string, tell: (line: string) => void, signal: AbortSignal): Promise<AgentCheck> {
    const { engines, settings, clock } = this.#parts;
    const driver = await engines.choose(settings().sandbox, signal);
    const software = await this.#prepare(profile, driver, tell, signal);
    const begun = clock.monotonic();
    tell("Making a sandbox without network");
    const id = randomId("sbx");
    const limits = RunLimits.parse({ memoryMiB: Math.max(profile.minimumMemoryMiB, 1_024) });
    const sandbox = await driver.create({ id, taskId: "t-agentcheck", runId: randomId("run"), limits, software }, signal);
    try {
      const found = await this.#try(profile, sandbox, tell, signal);
      return { at: clock.now(), durationMs: Math.round(clock.monotonic() - begun), hash, engine: driver.kind, ...found };
    } finally {
      await sandbox.remove().catch((error: unknown) => this.#parts.logger.warn({ err: error }, "the sandbox of a check is left"));
    }
  }

  async #try(profile: AgentProfile, sandbox: Sandbox, tell: (line: string) => void, signal: AbortSignal): Promise<CheckFindings> {
    const { network } = await sandbox.inspectPosture(signal);
    if (network !== "none")
      throw new UserError("POSTURE_WEAKER", "The sandbox of the check has a network.", "Look at the engine's configuration.");
    const { files, clock, logger } = this.#parts;
    return await checkAgent({ profile, sandbox, files, clock, logger, tell }, signal);
  }

  async #prepare(profile: AgentProfile, driver: SandboxDriver, tell: (line: string) => void, signal: AbortSignal): Promise<Software> {
    const report = await driver.probe(signal);
    if (report.status.kind === "missing") throw new UserError("ENGINE_UNREACHABLE", report.status.what, report.status.remedy);
    const platform = await driver.platform(signal);
    const packages = await this.#parts.agents.install(profile, platform, (line) => tell(`Installing: ${line}`), signal);
    const software = { tools: [], packages };
    await driver.prepare(software, (line) => tell(`Making the sandbox image: ${line}`), signal);
    return software;
  }
}
