import type { AgentSummary } from "#shared/contract/agent.ts";
import type { AgentProfile } from "../agents/agent-profile.ts";
import type { AgentSession } from "../agents/agent-session.ts";
import { findProfile, summarize } from "../agents/profiles.ts";
import { startAgentSession } from "../agents/start-agent-session.ts";
import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/errors.ts";
import type { Logger } from "../kernel/logger.ts";
import type { RuntimeFiles } from "../runtime-files.ts";
import type { Agents } from "../tasks/run/run-services.ts";

/** The agents that this install knows, by their profiles. */
export class AgentCatalogue implements Agents {
  readonly #profiles: readonly AgentProfile[];
  readonly #parts: { readonly files: RuntimeFiles; readonly clock: Clock; readonly logger: Logger };

  constructor(profiles: readonly AgentProfile[], parts: { readonly files: RuntimeFiles; readonly clock: Clock; readonly logger: Logger }) {
    this.#profiles = profiles;
    this.#parts = parts;
  }

  list(): readonly AgentSummary[] {
    return this.#profiles.map(summarize);
  }

  profile(id: string): AgentProfile {
    return findProfile(this.#profiles, id);
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
    return await startAgentSession({ ...input, ...this.#parts }, signal);
  }
}
