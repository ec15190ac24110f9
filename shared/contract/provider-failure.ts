import * as z from "zod";
import { Timestamp } from "./ids.ts";

/** What a model's provider answers in place of an answer, and what to do about it. */
export const ProviderFailure = z.object({
  kind: z.enum(["key", "rights", "quota", "model", "rate", "overloaded", "failed", "silent", "network"]),
  /** What happened, in words of ours. */
  message: z.string(),
  remedy: z.string(),
  /** When the provider wants to be asked again; null where it does not say. */
  retryAt: Timestamp.nullable(),
  /** Name of the secret that went with the call; null where none did. */
  secret: z.string().nullable(),
});
export type ProviderFailure = z.infer<typeof ProviderFailure>;
