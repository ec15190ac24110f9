import { SecretKind } from "#shared/contract/vault.ts";
import * as z from "zod";

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
    /** Only calls that failed: what an agent finds wrong with a call before it asks. Names nothing by itself. */
    status: z.literal("failed").optional(),
  })
  .refine(
    ({ kind, name, command, programs, isNameless }) => [kind, name, command, programs, isNameless].some((one) => one !== undefined),
    "names nothing",
  );
export type SilentRead = z.infer<typeof SilentRead>;

const relativePath = z.string().regex(/^(?!\/)(?!.*(^|\/)\.\.?(\/|$))[^\0]{1,300}$/);
const variableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/);
const hostName = z.string().regex(/^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/);

/** An npm package at one exact version; `{arch}` stands for the sandbox's processor, as npm names it. */
export const NpmPackage = z
  .string()
  .max(300)
  .regex(
    /^(@[a-z0-9~][a-z0-9._~-]*\/)?[a-z0-9~](?:[a-z0-9._~-]|\{arch\})*@\d+\.\d+\.\d+[0-9A-Za-z.+-]*$/,
    "not a package at one exact version",
  );

/** A file, made anew from data. In its content the places of {@link AgentProfile.command} are replaced. */
const ProfileFile = z.strictObject({ path: relativePath, content: z.string().max(65_536) });

/** A key that the agent works with. The value stays in the vault; the agent sees the placeholder, the gateway puts the value in. */
export const AgentCredential = z.strictObject({
  /** What kind of secret of the vault it is; the secret's own bindings say where it goes, and in which header. */
  secretKind: SecretKind,
  label: z.string().min(1).max(80),
  /** Variable in which the agent looks for it. */
  variable: variableName,
  /** What stands in the variable instead; in the form that the agent insists on. */
  placeholder: z.string().min(8).max(200),
});
export type AgentCredential = z.infer<typeof AgentCredential>;

/** An agent as validated data: how it starts, and the gate that makes it ask for every call. */
export const AgentProfile = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]{0,40}$/),
  name: z.string().min(1).max(80),
  description: z.string().max(500),
  /** Of the agent itself, as its makers count it; null where it has none. */
  version: z.string().max(60).nullable().default(null),
  /**
   * Program and arguments inside the sandbox. Places that are replaced: `{agent}` the folder that holds streamed-in
   * agent files, `{packages}` that of its npm packages, `{home}`, `{worktree}`, `{arch}` (`x64`, `arm64`).
   */
  command: z.array(z.string().min(1).max(1_000)).min(1).max(40),
  /** Added to the sandbox's fixed environment, with the same places. Never a secret. */
  environment: z.record(variableName, z.string().max(4_000)),
  /** What it runs from: npm packages, each at one exact version. */
  npmPackages: z.array(NpmPackage).max(20),
  /** Lock file in `resources/agents/locks` that pins what they depend on by version and hash; null for none. */
  lock: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,40}\.json$/)
    .nullable()
    .default(null),
  /** Files beside its packages, which nothing in the sandbox can write: settings that its makers let nobody override. */
  packageFiles: z.array(ProfileFile).max(20).default([]),
  /** Its settings, written below the sandbox's home before every start, over whatever stands there. */
  homeFiles: z.array(ProfileFile).max(20),
  /** Files of the app that are streamed into `{agent}` before start. */
  files: z.array(
    z.strictObject({ name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,80}$/), source: z.enum(["practice-agent", "gate-post"]) }),
  ),
  /**
   * Mode to pin at start, by `session/set_mode` or the config option of category `mode`. Null where the
   * agent has none; the mode it starts in is pinned then. A drift from the pinned mode stops the run.
   */
  mode: z.string().min(1).nullable(),
  gate: z.strictObject({
    level: z.enum(["full", "partial", "none"]),
    /** `_meta` of `session/new` that turns the gate on. */
    sessionMeta: z.record(z.string(), z.json()).nullable(),
    /**
     * Whose words a hook of the agent speaks that asks core before each call, over the gate post; null where the
     * agent asks by itself. The profile's settings name `{agent}/gate-post.mjs ask` as the hook.
     */
    hook: z.enum(["codex"]).nullable().default(null),
    /** Names of tools that only look something up in the agent itself: judged as `knowledge`. */
    ownTools: z.array(z.string().min(1).max(200)).max(20).default([]),
    /** Where a permission request of this agent carries the shell command. */
    commandIn: z.enum(["raw-input", "title"]).default("raw-input"),
  }),
  /**
   * Its own terminal interface; null where it has none. In the command, with the same places, `{prompt}`
   * is what it is told first. `gate`: what makes it ask there; `none` leaves the sandbox alone to hold it.
   */
  terminal: z
    .strictObject({ command: z.array(z.string().min(1).max(1_000)).min(1).max(40), gate: z.enum(["hooks", "none"]) })
    .nullable()
    .default(null),
  /** Calls that the agent is known to run unasked; anything else unasked stops the run. */
  silentReads: z.array(SilentRead),
  /** Files with settings of this agent that a repository may bring. They take no effect, and the person is told of them. */
  repositorySettings: z.array(relativePath).max(40).default([]),
  /** Those of them that its makers let nobody switch off: they are taken out of the worktree, though not out of its commits. */
  hiddenSettings: z.array(relativePath).max(40).default([]),
  /** Files with words for the agent that a repository may hold, copied to where it reads them as its user's. */
  instructions: z
    .array(z.strictObject({ from: relativePath, to: relativePath }))
    .max(8)
    .default([]),
  /** Whether it may read and write files through Gatehouse (ACP, `fs/*`); some get into trouble where a file is missing. */
  clientFiles: z.boolean().default(true),
  /** How a session goes on after a restart. `quietMs`: how long after its making it cannot be loaded. */
  resume: z
    .strictObject({ by: z.enum(["load", "resume"]), quietMs: z.int().min(0).max(600_000).default(0) })
    .nullable()
    .default(null),
  /** How the answer to a prompt counts tokens: the whole turn, its last request only, or not at all. */
  usage: z.enum(["turn", "last-request", "none"]).default("none"),
  /** Where its model is. `hosts` it has to reach; other hosts that it tries are refused without a question. */
  provider: z
    .strictObject({ hosts: z.array(hostName).max(20), refused: z.array(hostName).max(40), credentials: z.array(AgentCredential).max(8) })
    .default({ hosts: [], refused: [], credentials: [] }),
  minimumMemoryMiB: z.int().min(64),
});
export type AgentProfile = z.infer<typeof AgentProfile>;
