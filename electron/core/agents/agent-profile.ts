import * as z from "zod";

/** An agent as validated data: how it starts, and the gate that makes it ask for every call. */
export const AgentProfile = z.object({
  id: z.string().regex(/^[a-z][a-z0-9-]{0,40}$/),
  name: z.string().min(1).max(80),
  description: z.string().max(500),
  /** Program and arguments inside the sandbox. `{agent}` is the folder that holds streamed-in agent files. */
  command: z.array(z.string().min(1)).min(1),
  environment: z.record(z.string(), z.string()),
  /** Files of the app that are streamed into `{agent}` before start; names from `resources` of the build. */
  files: z.array(z.object({ name: z.string(), source: z.enum(["practice-agent"]) })),
  /** Mode to pin by `session/set_mode`; a drift from it stops the run. Null where the agent has none. */
  mode: z.string().nullable(),
  gate: z.object({
    level: z.enum(["full", "partial", "none"]),
    /** `_meta` of `session/new` that turns the gate on. */
    sessionMeta: z.record(z.string(), z.json()).nullable(),
  }),
  /** Tool kinds or titles that the agent is known to run unasked; anything else unasked stops the run. */
  silentReads: z.array(z.string()),
  minimumMemoryMiB: z.int().min(64),
});
export type AgentProfile = z.infer<typeof AgentProfile>;
