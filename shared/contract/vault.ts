import * as z from "zod";
import { changes, reads } from "./base.ts";
import { SecretId, Timestamp } from "./ids.ts";

/** As it is written in `{{secret:name}}`. */
export const SecretName = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,63}$/, "Begin with a letter; then lower-case letters, digits, - or _ (64 at most).");

/** All that is ever shown of a stored secret. There is no procedure that returns a value. */
export const SecretSummary = z.object({
  id: SecretId,
  name: SecretName,
  note: z.string(),
  createdAt: Timestamp,
  replacedAt: Timestamp.nullable(),
});
export type SecretSummary = z.infer<typeof SecretSummary>;

const value = z.string().min(1, "The value is empty.").max(65_536, "At most 64 KiB.");
const note = z.string().max(500);

export const vault = {
  list: reads().input(z.object({})).output(z.array(SecretSummary)),
  store: changes("vault.store")
    .input(z.object({ name: SecretName, note, value }))
    .output(SecretSummary),
  replace: changes("vault.replace")
    .input(z.object({ id: SecretId, value }))
    .output(SecretSummary),
  remove: changes("vault.remove")
    .input(z.object({ id: SecretId }))
    .output(z.object({})),
};
