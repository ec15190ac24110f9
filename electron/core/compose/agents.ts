import { join } from "node:path";
import type { AgentDetails, AgentSummary } from "#shared/contract/agent.ts";
import type { AgentBook } from "../agents/profiles/agent-book.ts";
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

/** How an agent's packages are held, and where they stand. */
export interface HeldPackages {
  readonly pinned: AgentDetails["pinned"];
  readonly folder: PackageFolder | null;
}

/** The agents that this install knows, by their profiles: those that ship with it, and once the book is open a person's own. */
export class AgentCatalogue implements Agents {
  readonly builtIn: readonly AgentProfile[];
  readonly #parts: CatalogueParts;
  #book: AgentBook | null = null;

  constructor(profiles: readonly AgentProfile[], parts: CatalogueParts) {
    this.builtIn = profiles;
    this.#parts = parts;
  }

  /** Until the result is disposed of. */
  useBook(book: AgentBook): Disposable {
    this.#book = book;
    return { [Symbol.dispose]: () => (this.#book = null) };
  }

  get all(): readonly AgentProfile[] {
    return [...this.builtIn, ...(this.#book?.own() ?? []).map(({ profile }) => profile)];
  }

  list(): readonly AgentSummary[] {
    return this.all.map((profile) => summarize(profile, this.#isAcknowledged(profile)));
  }

  profile(id: string): AgentProfile {
    return findProfile(this.all, id);
  }

  requireAcknowledged(profile: AgentProfile): void {
    if (profile.gate.level !== "none" || this.#isAcknowledged(profile)) return;
    throw new UserError(
      "NOT_GATED",
      `${profile.name} was never seen to ask before it acts: it would run unasked, held by the sandbox alone.`,
      "Check it under Settings, Agents; or say there that it may run unasked.",
    );
  }

  /** What holds its packages on this platform, and where they are on this computer: null where they are not. */
  async packagesOf(profile: AgentProfile, platform: SandboxPlatform): Promise<HeldPackages> {
    const plan = await this.#plan(profile, platform).catch(() => null);
    if (plan === null) return { pinned: profile.npmPackages.length === 0 ? "nothing" : "version", folder: null };
    return { pinned: plan.lock === null ? "version" : "hash", folder: await this.#parts.packages.find(plan) };
  }

  #isAcknowledged(profile: AgentProfile): boolean {
    return (this.#book?.acknowledgementOf(profile) ?? null) !== null;
  }

  /** Rules for the connections of an agent: after all others, so that a deny of the person holds. None for an agent that is not there. */
  egressLayers(id: string): readonly WrittenLayer[] {
    const profile = this.all.find((one) => one.id === id);
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
    this.requireAcknowledged(profile);
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
