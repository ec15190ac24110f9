import { commonProfile, CommandIn, type OwnAgent, ProfileFile, ProfileWord, RelativePath } from "#shared/contract/agent-profile.ts";
import * as z from "zod";
import { McpNaming } from "./mcp-calls.ts";

/** Which calls an agent may be seen to make without asking. All given fields must match. */
export const SilentRead = z
  .strictObject({
    /** ACP tool kind: `read`, `search`, `think`, … */
    kind: z.string().min(1).optional(),
    /** Programmatic tool name, exact. */
    name: z.string().min(1).optional(),
    /** Shell command, exact. */
    command: z.string().min(1).optional(),
    /** Shell commands of nothing but these programs (with the words that follow, as in `git status`), joined plainly. */
    programs: z.array(z.string().min(1)).min(1).optional(),
    /** Calls of which neither title nor input was ever told: they were found wrong before they asked. With `status`. */
    isNameless: z.literal(true).optional(),
    /** How the agent's own words for it begin: no call, but something that it tells as one. */
    titleBegins: z.string().min(5).optional(),
    /** Only calls that failed: what an agent finds wrong with a call before it asks. Names nothing by itself. */
    status: z.literal("failed").optional(),
    /** How the agent's words for what was wrong begin, where nothing was run; `*` stands for a word. Only calls that failed. */
    failure: z.string().min(10).optional(),
  })
  .refine(
    ({ kind, name, command, programs, isNameless, titleBegins, failure }) =>
      [kind, name, command, programs, isNameless, titleBegins, failure].some((one) => one !== undefined),
    "names nothing",
  );
export type SilentRead = z.infer<typeof SilentRead>;

/** Whether it names calls that do something, and not only what fails before anything is done or is no call at all. */
export function namesCalls({ status, failure, titleBegins }: SilentRead): boolean {
  return status !== "failed" && failure === undefined && titleBegins === undefined;
}

/** Whose words a hook of an agent speaks that asks core before each call. */
const HookDialect = z.enum(["codex", "claude-code"]);

const TerminalInterface = z
  .strictObject({
    /** With the places of {@link AgentProfile.command}; `{prompt}`, alone or after a `=`, is what it is told first. */
    command: z.array(ProfileWord).min(1).max(40),
    /** Over the profile's own. */
    environment: commonProfile.environment.default({}),
    /** Over the profile's own. */
    homeFiles: z.array(ProfileFile).max(20).default([]),
    /** What makes it ask there; `none` leaves the sandbox alone to hold it. */
    gate: z.enum(["hooks", "none"]),
    hook: HookDialect.nullable().default(null),
  })
  .refine(({ gate, hook }) => (gate === "hooks") === (hook !== null), "a gate by hooks names whose words they speak");

/** An agent as validated data: how it starts, and the gate that makes it ask for every call. */
export const AgentProfile = z.strictObject({
  ...commonProfile,
  /** Lock file in `resources/agents/locks` that pins what its packages depend on by version and hash; null for none. */
  lock: z
    .string()
    .regex(/^[a-z](?:[a-z0-9-]|\{arch\}){0,40}\.json$/)
    .nullable()
    .default(null),
  /** Files beside its packages, which nothing in the sandbox can write: settings that its makers let nobody override. */
  packageFiles: z.array(ProfileFile).max(20).default([]),
  /** Files of the app that are streamed into `{agent}` before start. */
  files: z.array(
    z.strictObject({ name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,80}$/), source: z.enum(["practice-agent", "gate-post"]) }),
  ),
  gate: z.strictObject({
    level: z.enum(["full", "partial", "none"]),
    /** `_meta` of `session/new` that turns the gate on. */
    sessionMeta: z.record(z.string(), z.json()).nullable(),
    /**
     * Whose words a hook of the agent speaks that asks core before each call, over the gate post; null where the
     * agent asks by itself. The profile's settings name `{agent}/gate-post.mjs ask` as the hook.
     */
    hook: HookDialect.nullable().default(null),
    /** Names of tools that only look something up, or keep it, in the agent itself: judged as `knowledge`. */
    ownTools: z.array(z.string().min(1).max(200)).max(20).default([]),
    /** Names of tools that are nothing but a form for the person, which the agent puts in place of asking. */
    questions: z.array(z.string().min(1).max(200)).max(20).default([]),
    /** Where the agent tells its plan: as ACP has it, or as the input `todos` of one of its `ownTools`. */
    planIn: z.enum(["update", "todos"]).default("update"),
    commandIn: CommandIn,
    /** How it says which tool of which MCP server a call is of. */
    mcpIn: McpNaming.default("name"),
    /** Where the agent tells that it works in another mode: as ACP has it, or as words in its message, `[MODE_UPDATE] mode`. */
    modeIn: z.enum(["update", "message"]).default("update"),
  }),
  /** Its own terminal interface; null where it has none. */
  terminal: TerminalInterface.nullable().default(null),
  /** Calls that the agent is known to run unasked; anything else unasked stops the run. */
  silentReads: z.array(SilentRead),
  /** Files with settings of this agent that a repository may bring. They take no effect, and the person is told of them. */
  repositorySettings: z.array(RelativePath).max(40).default([]),
  /** Those of them that its makers let nobody switch off: they are taken out of the worktree, though not out of its commits. */
  hiddenSettings: z.array(RelativePath).max(40).default([]),
  /** Settings of this agent below the home, which an earlier session may have written: removed before every start. */
  clearedSettings: z.array(RelativePath).max(40).default([]),
  /** Files with words for the agent that a repository may hold, copied to where it reads them as its user's. */
  instructions: z
    .array(z.strictObject({ from: RelativePath, to: RelativePath }))
    .max(8)
    .default([]),
});
export type AgentProfile = z.infer<typeof AgentProfile>;

/** What a check found out about a person's own agent, as far as its runs go. */
export interface ProvedGate {
  readonly level: AgentProfile["gate"]["level"];
  /** ACP kinds of calls that it was seen to make unasked and that change nothing. */
  readonly silentKinds: readonly string[];
}

/** The profile of an agent that a person added: it has the gate that its check proved, and no other. */
export function profileOf(own: OwnAgent, proved: ProvedGate): AgentProfile {
  const { sessionMeta, commandIn } = own.gate;
  const gate = { commandIn, level: proved.level, sessionMeta: sessionMeta === null ? null : JSON.parse(sessionMeta) };
  return AgentProfile.parse({ ...own, gate, files: [], silentReads: proved.silentKinds.map((kind) => ({ kind })) });
}
