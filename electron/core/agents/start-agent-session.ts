import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/errors.ts";
import type { Logger } from "../kernel/logger.ts";
import type { RuntimeFiles } from "../runtime-files.ts";
import type { Sandbox } from "../sandbox/driver.ts";
import { placeAgentFiles, placesIn } from "./agent-files.ts";
import { AgentProcess } from "./agent-process.ts";
import type { AgentProfile } from "./agent-profile.ts";
import type { AgentHost, AgentSession } from "./agent-session.ts";
import type { McpServer } from "./handshake.ts";
import { LiveSession } from "./live-session.ts";
import { tellOfRepositorySettings } from "./repository-settings.ts";
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
  readonly mcpServers?: readonly McpServer[];
  /** Over the profile's own: the way to the model. Never a secret. */
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Streams the agent's files into the sandbox, starts it in the worktree, and opens a gated session.
 * `signal` counts until the session is there; from then on `end` ends it. Whatever fails, no process of
 * it is left. AGENT_FAILED, AGENT_PROTOCOL, NOT_GATED, CANCELLED.
 */
export async function startAgentSession(options: NewAgentSession, signal: AbortSignal): Promise<AgentSession> {
  const { profile, sandbox, worktree, host, clock } = options;
  const limits = { ...defaultSessionLimits, ...options.limits };
  const environment = { ...placeholders(profile), ...options.environment };
  const logger = options.logger.child({ taskId: options.taskId });
  host.activity(`Starting ${profile.name}`);
  if (profile.npmPackages.length > 0 && sandbox.packages === null) throw notInstalled(profile);
  const places = await placesIn(sandbox, worktree, signal);
  await placeAgentFiles({ sandbox, profile, files: options.files, places }, signal);
  await tellOfRepositorySettings(options, signal);
  const starting = new AbortController();
  const abort = () => starting.abort(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  try {
    const process = await AgentProcess.start({ profile, sandbox, worktree, places, environment, clock, limits }, starting.signal);
    const session = new LiveSession({
      mcpServers: options.mcpServers ?? [],
      profile,
      sandbox,
      worktree,
      process,
      host,
      clock,
      logger,
      limits,
    });
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

/** What the agent has in place of its keys: the gateway puts the values in, outside its reach. */
function placeholders(profile: AgentProfile): Readonly<Record<string, string>> {
  return Object.fromEntries(profile.provider.credentials.map(({ variable, placeholder }) => [variable, placeholder]));
}

function notInstalled(profile: AgentProfile): UserError {
  return new UserError(
    "AGENT_FAILED",
    `${profile.name} is not in this sandbox: it was made before the agent was installed.`,
    "Discard the task's sandbox and start the task again.",
  );
}
