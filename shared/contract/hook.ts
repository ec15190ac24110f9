import * as z from "zod";

const text = (maximum: number) => z.string().max(maximum);
const hookName = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, "a name of small letters, digits, '.', '_' and '-'");
const argv = z
  .array(text(4_096).refine((word) => !word.includes("\0"), "a word without NUL"))
  .min(1)
  .max(64);
const timeoutMs = z.int().min(100).max(60_000).default(5_000);

/**
 * What runs on this computer, without a shell, when a call meets `match` (written as a rule is). `tool_pre`: before the
 * call; it can only deny or ask, and whatever goes wrong with it denies. `tool_post`: after the call; it changes nothing.
 */
export const Hook = z.discriminatedUnion("on", [
  z.object({ on: z.literal("tool_pre"), name: hookName, match: text(8_192), command: argv, timeoutMs }),
  z.object({
    on: z.literal("tool_post"),
    name: hookName,
    match: text(8_192),
    /** A line in the audit log; a notification on this computer; a program with the call and its result on standard input. */
    effect: z.discriminatedUnion("do", [
      z.object({ do: z.literal("log") }),
      z.object({ do: z.literal("notify") }),
      z.object({ do: z.literal("trigger"), command: argv, timeoutMs }),
    ]),
  }),
]);
export type Hook = z.infer<typeof Hook>;

export const maximumHooks = 50;
export const Hooks = z.array(Hook).max(maximumHooks);

/** What one hook made of a call that a person tried it on. Output is the program's own: hostile text. */
export const HookTrial = z.object({
  /** Whether the call meets the hook; where it does not, or there is no program, nothing was run. */
  isMet: z.boolean(),
  /** Null where nothing was run. */
  ran: z
    .object({
      /** What it would mean for the call. `told`: a `tool_post` hook that went well. */
      outcome: z.enum(["passed", "asked", "denied", "failed", "told"]),
      code: z.int().nullable(),
      durationMs: z.int(),
      /** The last 4,000 characters each. */
      stdout: z.string(),
      stderr: z.string(),
    })
    .nullable(),
  words: z.string(),
});
export type HookTrial = z.infer<typeof HookTrial>;
