import type { Clock } from "../kernel/clock.ts";
import type { Logger } from "../kernel/logger.ts";
import type { RuntimeFiles } from "../runtime-files.ts";
import type { Sandbox } from "../sandbox/driver.ts";
import { placeAgentFiles } from "./agent-files.ts";
import { AgentProcess } from "./agent-process.ts";
import type { AgentProfile } from "./agent-profile.ts";
import type { AgentHost, AgentSession } from "./agent-session.ts";
import { LiveSession } from "./live-session.ts";
import { defaultSessionLimits, type SessionLimits } from "./session-limits.ts";

export interface NewAgentSession {
  readonly profile: AgentProfile;
  readonly sandbox: Sandbox;
  /** Absolute folder inside the sandbox in which the agent works. */
  readonly worktree: string;
  readonly taskId: string;
  readonly files: RuntimeFiles;
  readonly host: AgentHost;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits?: Partial<SessionLimits>;
}

/**
 * Streams the agent's files into the sandbox, starts it in the worktree, and opens a gated session.
 * `signal` counts until the session is there; from then on `end` ends it. Whatever fails, no process of
 * it is left. AGENT_FAILED, AGENT_PROTOCOL, NOT_GATED, CANCELLED.
 */
export async function startAgentSession(options: NewAgentSession, signal: AbortSignal): Promise<AgentSession> {
  const { profile, sandbox, worktree, host, clock } = options;
  const limits = { ...defaultSessionLimits, ...options.limits };
  const logger = options.logger.child({ taskId: options.taskId });
  host.activity(`Starting ${profile.name}`);
  const agentFolder = await placeAgentFiles(sandbox, profile, options.files, signal);
  const starting = new AbortController();
  const abort = () => starting.abort(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  try {
    const process = await AgentProcess.start({ profile, sandbox, worktree, agentFolder, clock, limits }, starting.signal);
    const session = new LiveSession({ profile, sandbox, worktree, process, host, clock, logger, limits });
    try {
      await session.start(signal);
    } catch (error) {
      await session.end();
      throw error;
    }
    return session;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
