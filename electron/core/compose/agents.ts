import { join } from "node:path";
import type { AgentSummary } from "#shared/contract/agent.ts";
import type { AgentProfile } from "../agents/agent-profile.ts";
import type { AgentSession } from "../agents/agent-session.ts";
import { type PackagePlan, planPackages } from "../agents/packages/package-plan.ts";
import type { PackageStore } from "../agents/packages/package-store.ts";
import { findProfile, summarize } from "../agents/profiles.ts";
import { startAgentSession, startTerminalAgent } from "../agents/start-agent-session.ts";
import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/errors.ts";
import type { Logger } from "../kernel/logger.ts";
import type { RuntimeFiles } from "../runtime-files.ts";
import type { WrittenLayer } from "../policy/rule-set.ts";
import type { PackageFolder, SandboxPlatform } from "../sandbox/driver.ts";
import type { Agents } from "../tasks/run/run-services.ts";

interface CatalogueParts {
  readonly files: RuntimeFiles;
  readonly packages: PackageStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The agents that this install knows, by their profiles. */
export class AgentCatalogue implements Agents {
  readonly #profiles: readonly AgentProfile[];
  readonly #parts: CatalogueParts;

  constructor(profiles: readonly AgentProfile[], parts: CatalogueParts) {
    this.#profiles = profiles;
    this.#parts = parts;
  }

  list(): readonly AgentSummary[] {
    return this.#profiles.map(summarize);
  }

  profile(id: string): AgentProfile {
    return findProfile(this.#profiles, id);
  }

  /** Rules for the connections of an agent: after all others, so that a deny of the person holds. None for an agent that is not there. */
  egressLayers(id: string): readonly WrittenLayer[] {
    const profile = this.#profiles.find((one) => one.id === id);
    if (profile === undefined) return [];
    const { hosts, refused } = profile.provider;
    const rules = { deny: refused.map((host) => `egress(${host})`), allow: hosts.map((host) => `egress(${host}:443)`), ask: [] };
    return [{ layer: "default", source: `What ${profile.name} needs`, rules }];
  }

  async installed(profile: AgentProfile, platform: SandboxPlatform): ReturnType<Agents["installed"]> {
    const plan = await this.#plan(profile, platform);
    if (plan === null) return { kind: "there", packages: null };
    const packages = await this.#parts.packages.find(plan);
    return packages === null ? { kind: "missing", hash: plan.hash } : { kind: "there", packages };
  }

  async install(
    profile: AgentProfile,
    platform: SandboxPlatform,
    onLine: (line: string) => void,
    signal: AbortSignal,
  ): Promise<PackageFolder | null> {
    const plan = await this.#plan(profile, platform);
    return plan === null ? null : await this.#parts.packages.install(plan, onLine, signal);
  }

  async #plan(profile: AgentProfile, platform: SandboxPlatform): Promise<PackagePlan | null> {
    return await planPackages(profile, platform, join(this.#parts.files.agents, "locks"));
  }

  async start(input: Parameters<Agents["start"]>[0], signal: AbortSignal): Promise<AgentSession> {
    const { profile, memoryMiB } = input;
    if (memoryMiB < profile.minimumMemoryMiB) {
      throw new UserError(
        "AGENT_FAILED",
        `${profile.name} needs ${profile.minimumMemoryMiB} MiB of memory; this task has ${memoryMiB}.`,
        "Create the task again with more memory.",
      );
    }
    const { open, ...rest } = input;
    return open === null
      ? await startAgentSession({ ...rest, ...this.#parts }, signal)
      : await startTerminalAgent({ ...rest, open, ...this.#parts }, signal);
  }
}
