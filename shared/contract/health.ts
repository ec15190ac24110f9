import * as z from "zod";
import { reads } from "./base.ts";
import { Timestamp } from "./ids.ts";

/** `unknown`: it could not be looked at, which is not the same as being well. */
export const HealthCheck = z.object({
  name: z.enum([
    "data-folder",
    "database",
    "audit",
    "keychain",
    "engines",
    "disk",
    "clock",
    "queues",
    "event-loop",
    "memory",
    "agents",
    "backups",
  ]),
  state: z.enum(["ok", "warning", "failed", "unknown"]),
  /** What was found, in words. */
  text: z.string(),
  /** What to do; null when nothing is. */
  remedy: z.string().nullable(),
  /** The same as numbers, by name with its unit. */
  figures: z.record(z.string(), z.number()),
});
export type HealthCheck = z.infer<typeof HealthCheck>;

export const HealthReport = z.object({
  at: Timestamp,
  /** `failed` when any check failed; else `unknown` when one that matters could not be made. */
  state: z.enum(["ok", "failed", "unknown"]),
  checks: z.array(HealthCheck),
});
export type HealthReport = z.infer<typeof HealthReport>;

export const health = {
  /** Looks at everything now. */
  report: reads().input(z.object({})).output(HealthReport),
};
