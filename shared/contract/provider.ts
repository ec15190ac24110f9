import * as z from "zod";
import { changes, reads } from "./base.ts";

/** The wire format of a model endpoint: it says which requests are calls of a model and where their usage stands. */
export const Dialect = z.enum(["anthropic", "openai", "gemini"]);
export type Dialect = z.infer<typeof Dialect>;

export const ProviderId = z.string().regex(/^[a-z][a-z0-9-]{0,40}$/, "lower-case letters, digits and dashes");

/** `https://` and a host, or `http://` to an address on the person's own network; with a path, without query or user. */
const BaseUrl = z
  .string()
  .max(500)
  .regex(/^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/, "an address such as https://api.example.com/v1");

/** The header that carries the key. Null: the endpoint takes none. */
export const KeyPlace = z.object({
  header: z.string().regex(/^[a-z][a-z0-9-]{0,60}$/, "a header's name in lower case"),
  /** Stands before the key in the header, with its space: `Bearer `. */
  prefix: z.string().regex(/^[\x20-\x7e]{0,20}$/),
});
export type KeyPlace = z.infer<typeof KeyPlace>;

export const ModelName = z.string().regex(/^[\x21-\x7e]{1,200}$/, "a model's name without spaces");

/** A model endpoint as a person adds it. */
export const NewProvider = z.object({
  name: z.string().trim().min(1, "Give it a name.").max(80),
  dialect: Dialect,
  baseUrl: BaseUrl,
  key: KeyPlace.nullable(),
  models: z.array(ModelName).max(200),
  /** Its calls cost nothing: a model on one's own machine. */
  isFree: z.boolean(),
  /**
   * Its address is on this machine or a private network. A person who says so lists exactly this host and
   * port; nothing else makes a private address reachable.
   */
  isPrivate: z.boolean(),
  /** Its TLS is opened also for runs to which no key is bound there, so that their usage can be read. No secret goes with it. */
  isOpened: z.boolean().optional(),
});
export type NewProvider = z.infer<typeof NewProvider>;

export const Provider = NewProvider.extend({
  id: ProviderId,
  /** Shipped with Gatehouse, or added by a person. */
  isShipped: z.boolean(),
  /** Canonical host and port that its base URL leads to. */
  host: z.string(),
  port: z.int(),
  /** What an agent in a sandbox is told as its base URL: loopback means the sandbox's own there. */
  sandboxUrl: z.string(),
  /** Where to read about its key, models and prices; null for a person's own. */
  about: z.string().nullable(),
});
export type Provider = z.infer<typeof Provider>;

export const providers = {
  list: reads().input(z.object({})).output(z.array(Provider)),
  /** CONFLICT where another one has the same host, port and path. */
  add: changes("provider.add", { role: "owner" }).input(NewProvider).output(Provider),
  /** Only of those that a person added; NOT_FOUND otherwise. */
  update: changes("provider.update", { role: "owner" })
    .input(NewProvider.extend({ id: ProviderId }))
    .output(Provider),
  remove: changes("provider.remove", { role: "owner" })
    .input(z.object({ id: ProviderId }))
    .output(z.object({})),
};
