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
  })
  .refine((read) => read.kind !== undefined || read.name !== undefined || read.command !== undefined, "names nothing");
export type SilentRead = z.infer<typeof SilentRead>;

/** An agent as validated data: how it starts, and the gate that makes it ask for every call. */
export const AgentProfile = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]{0,40}$/),
  name: z.string().min(1).max(80),
  description: z.string().max(500),
  /** Program and arguments inside the sandbox. `{agent}` is the folder that holds streamed-in agent files. */
  command: z.array(z.string().min(1)).min(1),
  /** Added to the sandbox's fixed environment. `{agent}` and `{home}` are replaced. Never a secret. */
  environment: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string()),
  /** What the sandbox image must hold for it: npm packages, each at one exact version. */
  npmPackages: z.array(z.string().regex(/^(@[a-z0-9~][a-z0-9._~-]*\/)?[a-z0-9~][a-z0-9._~-]*@\d+\.\d+\.\d+[0-9A-Za-z.+-]*$/)),
  /** Its settings, written below the sandbox's home before every start, over whatever stands there. */
  homeFiles: z.array(
    z.strictObject({ path: z.string().regex(/^(?!\/)(?!.*(^|\/)\.\.?(\/|$))[^\0]{1,300}$/), content: z.string().max(65_536) }),
  ),
  /** Files of the app that are streamed into `{agent}` before start. */
  files: z.array(z.strictObject({ name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,80}$/), source: z.enum(["practice-agent"]) })),
  /**
   * Mode to pin at start, by `session/set_mode` or the config option of category `mode`. Null where the
   * agent has none; the mode it starts in is pinned then. A drift from the pinned mode stops the run.
   */
  mode: z.string().min(1).nullable(),
  gate: z.strictObject({
    level: z.enum(["full", "partial", "none"]),
    /** `_meta` of `session/new` that turns the gate on. */
    sessionMeta: z.record(z.string(), z.json()).nullable(),
    /** Where a permission request of this agent carries the shell command. */
    commandIn: z.enum(["raw-input", "title"]).default("raw-input"),
  }),
  /** Calls that the agent is known to run unasked; anything else unasked stops the run. */
  silentReads: z.array(SilentRead),
  minimumMemoryMiB: z.int().min(64),
});
export type AgentProfile = z.infer<typeof AgentProfile>;
