import { type ClientContext, PROTOCOL_VERSION, RequestError } from "@agentclientprotocol/sdk";
import * as z from "zod";
import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/errors.ts";
import type { AgentProfile } from "./agent-profile.ts";
import type { ModePin, OfferedModes } from "./mode-pin.ts";
import { ConfigOption } from "./session-update.ts";

/** An MCP server that the agent starts in its own sandbox, over its standard input and output. */
export interface McpServer {
  /** What its command starts and keeps running in turn; absent where it is the server itself. */
  readonly starts?: readonly string[];
  readonly name: string;
  /** Of the tools that a person confirmed. */
  readonly tools: readonly string[];
  readonly command: string;
  readonly args: readonly string[];
  /** Never holds a secret value. */
  readonly environment: Readonly<Record<string, string>>;
}

const Greeting = z.object({
  protocolVersion: z.int(),
  agentCapabilities: z
    .object({
      promptCapabilities: z
        .object({ image: z.boolean().nullish().catch(null) })
        .nullish()
        .catch(null),
    })
    .nullish()
    .catch(null),
});

const NewSession = z.object({
  sessionId: z.string().min(1).max(1_000),
  modes: z
    .object({ currentModeId: z.string(), availableModes: z.array(z.object({ id: z.string() })) })
    .nullish()
    .catch(null),
  configOptions: z.array(ConfigOption).nullish().catch(null),
  models: z
    .object({
      currentModelId: z.string(),
      availableModels: z.array(z.object({ modelId: z.string(), name: z.string(), description: z.string().nullish() })),
    })
    .nullish()
    .catch(null),
});

const OldSession = NewSession.partial({ sessionId: true });

/** A session that is there, gated and held to its mode. */
export interface OpenedSession {
  readonly sessionId: string;
  /** Whether it is the one that was to be taken up. */
  readonly isResumed: boolean;
  readonly options: readonly ConfigOption[];
  /** Its models, where it has no options and chooses among these by `session/set_model`, as agents did before options; null else. */
  readonly models: ConfigOption | null;
  /** Whether prompts may hold pictures. */
  readonly takesImages: boolean;
}

/**
 * `initialize`, `session/new` (or the taking up of an old session) with the gate's settings, and the pinning of
 * the mode. AGENT_PROTOCOL for an answer that is none, NOT_GATED where the mode cannot be had.
 */
export async function handshake(parts: {
  readonly agent: ClientContext;
  readonly profile: AgentProfile;
  readonly worktree: string;
  readonly mcpServers: readonly McpServer[];
  readonly pin: ModePin;
  /** Id of the session to take up; null for a new one. One that cannot be had any more gives way to a new one. */
  readonly resume: string | null;
  /** While an old session is taken up the agent tells all of it again. */
  readonly replaying: (isReplaying: boolean) => void;
  readonly clock: Clock;
  readonly limitMs: number;
  readonly onSilence: () => void;
}): Promise<OpenedSession> {
  const { agent, profile, worktree, pin } = parts;
  const ask = async <T>(schema: z.ZodType<T>, method: string, params: unknown): Promise<T> => {
    using _limit = parts.clock.after(parts.limitMs, parts.onSilence);
    const answer = schema.safeParse(await agent.request(method, params));
    if (answer.success) return answer.data;
    throw protocolError(profile, `its answer to ${method} is not one`);
  };
  const greeting = await ask(Greeting, "initialize", {
    protocolVersion: PROTOCOL_VERSION,
    clientCapabilities: {
      fs: { readTextFile: profile.clientFiles, writeTextFile: profile.clientFiles },
      terminal: true,
      elicitation: { form: {} },
    },
    clientInfo: { name: "gatehouse", title: "Gatehouse", version: "0.1.0" },
  });
  if (greeting.protocolVersion !== PROTOCOL_VERSION) {
    throw protocolError(profile, `it speaks version ${greeting.protocolVersion}, and Gatehouse version ${PROTOCOL_VERSION}`);
  }
  const meta = profile.gate.sessionMeta === null ? {} : { _meta: profile.gate.sessionMeta };
  const wanted = { cwd: worktree, mcpServers: parts.mcpServers.map(asAcp), ...meta };
  const old = parts.resume === null ? null : await takeUp(parts, parts.resume, wanted);
  const session = old ?? (await ask(NewSession, "session/new", wanted));
  const offered: OfferedModes = { modes: session.modes ?? null, configOptions: session.configOptions ?? [] };
  const step = pin.plan(profile.mode, offered);
  if (step.kind !== "none") pin.expect();
  switch (step.kind) {
    case "none":
      break;
    case "set-mode":
      await ask(z.unknown(), "session/set_mode", { sessionId: session.sessionId, modeId: step.modeId });
      break;
    case "set-option":
      await ask(z.unknown(), "session/set_config_option", { sessionId: session.sessionId, configId: step.configId, value: step.value });
      break;
    case "impossible":
      throw notGated(profile, step.why);
  }
  const takesImages = greeting.agentCapabilities?.promptCapabilities?.image === true;
  const drift = pin.hold(profile.mode, offered);
  if (drift !== null) throw notGated(profile, drift);
  const models = offered.configOptions.length > 0 ? null : modelsOf(session);
  return { sessionId: session.sessionId, isResumed: old !== null, options: offered.configOptions, models, takesImages };
}

function modelsOf({ models }: z.infer<typeof OldSession>): ConfigOption | null {
  if (models === null || models === undefined) return null;
  const options = models.availableModels.map(({ modelId, name, description }) => ({ value: modelId, name, description }));
  return { id: "model", name: "Model", category: "model", currentValue: models.currentModelId, options };
}

/** Null where the agent cannot, or has forgotten it. */
async function takeUp(
  parts: Pick<Parameters<typeof handshake>[0], "agent" | "profile" | "clock" | "limitMs" | "replaying">,
  sessionId: string,
  wanted: Readonly<Record<string, unknown>>,
): Promise<z.infer<typeof NewSession> | null> {
  const { agent, profile, clock, limitMs } = parts;
  if (profile.resume === null) return null;
  const tooLong = new AbortController();
  using _limit = clock.after(limitMs, () => tooLong.abort());
  parts.replaying(true);
  try {
    const answered = agent.request(profile.resume.by === "load" ? "session/load" : "session/resume", { sessionId, ...wanted });
    const late = new Promise<null>((resolve) => tooLong.signal.addEventListener("abort", () => resolve(null)));
    const answer = OldSession.safeParse((await Promise.race([answered, late])) ?? {});
    return answer.success && !tooLong.signal.aborted ? { ...answer.data, sessionId } : null;
  } catch (error) {
    if (error instanceof RequestError) return null;
    throw error;
  } finally {
    parts.replaying(false);
  }
}

function asAcp({ name, command, args, environment }: McpServer) {
  return { name, command, args, env: Object.entries(environment).map(([name, value]) => ({ name, value })) };
}

function notGated(profile: AgentProfile, why: string): UserError {
  return new UserError(
    "NOT_GATED",
    `${profile.name} cannot be held to the mode in which it asks: ${why}.`,
    "Install the version of the agent that its profile names.",
  );
}

function protocolError(profile: AgentProfile, problem: string): UserError {
  return new UserError(
    "AGENT_PROTOCOL",
    `${profile.name} does not speak the Agent Client Protocol as it should: ${problem}.`,
    "Check that its command starts it in ACP mode.",
  );
}
