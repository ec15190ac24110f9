import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/errors.ts";
import { randomId } from "../kernel/ids.ts";
import type { Logger } from "../kernel/logger.ts";
import type { RuntimeFiles } from "../runtime-files.ts";
import type { Sandbox } from "../sandbox/driver.ts";
import { placeAgentFiles, placesIn } from "./agent-files.ts";
import { AgentProcess } from "./agent-process.ts";
import type { AgentProfile } from "./agent-profile.ts";
import type { AgentHost, AgentSession } from "./agent-session.ts";
import { GatePost } from "./gate-post/gate-post.ts";
import type { HookDialect } from "./gate-post/hook-call.ts";
import type { McpServer } from "./handshake.ts";
import { agentVariable } from "./leftovers.ts";
import { LiveSession } from "./live-session.ts";
import { type Places, fillPlaces } from "./places.ts";
import { hideRepositorySettings, tellOfRepositorySettings } from "./repository-settings.ts";
import { defaultSessionLimits, type SessionLimits } from "./session-limits.ts";
import { type OpenInterface, TerminalAgent } from "./terminal-agent.ts";
import { TerminalGate } from "./terminal-gate.ts";

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
  /** Id of an earlier session in this sandbox, to take up if the agent can. */
  readonly resume?: string | null;
  readonly mcpServers?: readonly McpServer[];
  /** Over the profile's own: what stands for its keys. Never a secret. The profile's placeholders where it is absent. */
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
  const environment = options.environment ?? placeholders(profile);
  const logger = options.logger.child({ taskId: options.taskId });
  const places = await placeAgent(options, signal);
  await tellOfRepositorySettings(options, signal);
  await hideRepositorySettings(profile, sandbox, worktree, signal);
  const starting = new AbortController();
  const abort = () => starting.abort(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  let session: LiveSession | null = null;
  const post = await startPost(options, places, () => session, signal);
  try {
    const gate = post === null ? {} : { GATEHOUSE_GATE: post.address };
    const mark = randomId("agent", 20);
    const whole = { ...environment, ...gate, [agentVariable]: mark };
    const process = await AgentProcess.start({ profile, sandbox, worktree, places, environment: whole, clock, limits }, starting.signal);
    const made = new LiveSession({
      mcpServers: options.mcpServers ?? [],
      resume: options.resume ?? null,
      profile,
      sandbox,
      worktree,
      process,
      mark,
      host,
      clock,
      logger,
      limits,
      post,
    });
    session = made;
    try {
      await made.start(signal);
    } catch (error) {
      await made.end();
      throw error;
    }
    return made;
  } catch (error) {
    await post?.end();
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/**
 * As {@link startAgentSession}, for the agent's own terminal interface: a person types into it. Where its profile has
 * hooks for it they ask before each call; else what it does there is not seen call by call. AGENT_FAILED where it has none.
 */
export async function startTerminalAgent(
  options: Omit<NewAgentSession, "limits" | "mcpServers"> & { readonly open: OpenInterface },
  signal: AbortSignal,
): Promise<AgentSession> {
  const { profile, sandbox, worktree, clock, open } = options;
  const { terminal } = profile;
  if (terminal === null)
    throw new UserError("AGENT_FAILED", `${profile.name} has no terminal interface.`, "Create the task again, to work with it here.");
  const equipped = { ...profile, homeFiles: [...profile.homeFiles, ...terminal.homeFiles] };
  const places = await placeAgent({ ...options, profile: equipped }, signal);
  const gated = await gateTerminal(options, terminal.hook, places, signal);
  const values = { ...profile.environment, ...terminal.environment };
  const own = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, fillPlaces(value, places)]));
  const gate = gated === null ? {} : { GATEHOUSE_GATE: gated.post.address };
  return new TerminalAgent({
    ...{ name: profile.name, sandbox, worktree, clock, open, gated },
    environment: { ...own, ...placeholders(profile), ...options.environment, ...gate },
    // The prompt last, and into its own words only: no place is looked for in it.
    command: (prompt) =>
      terminal.command.map((word) => {
        const flag = /^(|[^{]*=)\{prompt\}$/u.exec(word)?.[1];
        return flag === undefined ? fillPlaces(word, places) : `${flag}${prompt}`;
      }),
  });
}

/** The gate of a terminal interface, where its profile has one; else the person is told that there is none. */
async function gateTerminal(
  options: Pick<NewAgentSession, "profile" | "sandbox" | "worktree" | "host" | "clock">,
  dialect: HookDialect | null,
  places: Places,
  signal: AbortSignal,
): Promise<{ readonly gate: TerminalGate; readonly post: GatePost } | null> {
  const { profile, sandbox, worktree, host, clock } = options;
  if (dialect === null) {
    host.notice(
      `In its own terminal nothing makes ${profile.name} ask: the sandbox alone holds it. Its settings that the repository brings take effect there.`,
    );
    return null;
  }
  await tellOfRepositorySettings(options, signal);
  await hideRepositorySettings(profile, sandbox, worktree, signal);
  const gate = new TerminalGate({ profile, dialect, sandbox, worktree, host, clock });
  const asked = async (call: unknown, gone: AbortSignal) => await gate.hookAsked(call, gone);
  const post = await GatePost.start(sandbox, places, { asked, broken: () => gate.broken() }, signal);
  return { gate, post };
}

async function placeAgent(
  options: Pick<NewAgentSession, "profile" | "sandbox" | "worktree" | "files" | "host">,
  signal: AbortSignal,
): Promise<Places> {
  const { profile, sandbox, worktree, host } = options;
  host.activity(`Starting ${profile.name}`);
  if (profile.npmPackages.length > 0 && sandbox.packages === null) throw notInstalled(profile);
  const places = await placesIn(sandbox, worktree, signal);
  await placeAgentFiles({ sandbox, profile, files: options.files, places }, signal);
  return places;
}

/** The post that an agent's hooks ask through, where its gate is a hook. */
async function startPost(
  { profile, sandbox }: NewAgentSession,
  places: Places,
  session: () => LiveSession | null,
  signal: AbortSignal,
): Promise<GatePost | null> {
  if (profile.gate.hook === null) return null;
  const events = {
    asked: async (call: unknown, gone: AbortSignal) => (await session()?.hookAsked(call, gone)) ?? false,
    broken: () => session()?.gateBroken(),
  };
  return await GatePost.start(sandbox, places, events, signal);
}

/** So that an agent starts without any key: it can reach nothing with these. */
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
