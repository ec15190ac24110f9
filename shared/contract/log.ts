import { eventIterator } from "@orpc/contract";
import * as z from "zod";
import { reads } from "./base.ts";
import { Timestamp } from "./ids.ts";

/** One line of the app's own log, after redaction. */
export const LogLine = z.object({
  /** Counts up from the start of this Gatehouse. */
  number: z.int().nonnegative(),
  at: Timestamp,
  level: z.enum(["debug", "info", "warning", "error"]),
  message: z.string(),
  /** The id that all lines and audit entries of one call share. */
  call: z.string().nullable(),
  /** What else the line says, as JSON; empty where nothing. */
  fields: z.string(),
});
export type LogLine = z.infer<typeof LogLine>;

export const LogEvent = z.discriminatedUnion("kind", [
  /** Oldest first; the newest few thousand. */
  z.object({ kind: z.literal("snapshot"), lines: z.array(LogLine) }),
  z.object({ kind: z.literal("added"), line: LogLine }),
]);
export type LogEvent = z.infer<typeof LogEvent>;

export const logs = {
  watch: reads({ role: "operator" }).input(z.object({})).output(eventIterator(LogEvent)),
  /** What to send along with a report of a fault: versions, health, the newest lines. Holds no secret, no code and no prompt. */
  report: reads({ role: "operator" })
    .input(z.object({}))
    .output(z.object({ text: z.string() })),
};
