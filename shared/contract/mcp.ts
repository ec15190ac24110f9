import * as z from "zod";
import { changes, reads } from "./base.ts";
import { McpServerId, RepositoryId, Timestamp } from "./ids.ts";

/** As rules name it: `mcp(tickets.*)`. Without underscores, so that `mcp__server__tool` is read in one way only. */
export const McpServerName = z.string().regex(/^[a-z][a-z0-9-]{0,40}$/, "lower-case letters, digits and dashes");

const word = z
  .string()
  .max(4_000)
  .regex(/^\P{Cc}*$/u, "no control characters");
const Variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, "a variable's name");

/** `{{secret:name}}` in a value becomes what stands for that secret; never write a secret's value here. */
const environment = z.record(Variable, word).refine((all) => Object.keys(all).length <= 50, "at most 50 variables");

const isPlainUrl = (text: string) => {
  const url = URL.parse(text);
  return url !== null && url.protocol === "https:" && url.username === "" && url.password === "" && url.hash === "";
};

/** How an agent gets to speak with a server; in every case over a process in its own sandbox. */
export const McpSource = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("program"),
    /** Program and arguments; no shell is involved. Relative paths belong to the worktree. */
    command: z
      .array(word)
      .min(1, "Name a program.")
      .max(100)
      .refine(([program]) => program !== "", "Name a program."),
    environment,
  }),
  z.object({
    kind: z.literal("http"),
    /** Streamable HTTP (MCP, transports). Reached through the gateway, under the same rules as all that leaves a sandbox. */
    url: word.refine(isPlainUrl, "an https:// address without a name, a password or a #"),
    /** `{{secret:name}}` in a value becomes what stands for that secret: the gateway puts it in where it is bound to that host. */
    headers: z
      .record(z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,99}$/, "a header's name"), word)
      .refine((all) => Object.keys(all).length <= 30, "at most 30 headers"),
  }),
]);
export type McpSource = z.infer<typeof McpSource>;

export const NewMcpServer = z.object({
  name: McpServerName,
  source: McpSource,
  /** Whose agents get it; none: nobody's. */
  repositoryIds: z.array(RepositoryId).max(500),
  isEnabled: z.boolean(),
});
export type NewMcpServer = z.infer<typeof NewMcpServer>;

/** What a server says of one of its tools. Hostile text. */
export const McpTool = z.object({
  name: z.string().regex(/^[A-Za-z0-9_.-]{1,128}$/),
  description: z.string().max(32_768),
  /** All that it says of it, as canonical JSON: input schema, title, annotations and whatever else. */
  definition: z.string().max(262_144),
  /** By its own word. */
  isReadOnly: z.boolean(),
});
export type McpTool = z.infer<typeof McpTool>;

/** What a server offers, named by the SHA-256 of all that it says. */
export const McpToolList = z.object({
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  /** What it would have the model know about itself. Hostile text. */
  instructions: z.string().max(32_768),
  tools: z.array(McpTool).max(200),
  at: Timestamp,
});
export type McpToolList = z.infer<typeof McpToolList>;

export const McpServer = NewMcpServer.extend({
  id: McpServerId,
  /** The tools that a person confirmed; null before anybody did. */
  pin: McpToolList.nullable(),
  /** What it offered since, which differs and which nobody has confirmed; no agent gets it. */
  seen: McpToolList.nullable(),
});
export type McpServer = z.infer<typeof McpServer>;

export const mcpServers = {
  list: reads().input(z.object({})).output(z.array(McpServer)),
  /** CONFLICT where another one has the same name. */
  add: changes("mcp-server.add", { role: "owner" }).input(NewMcpServer).output(McpServer),
  /** Another source forgets which tools were confirmed. */
  update: changes("mcp-server.update", { role: "owner" })
    .input(NewMcpServer.extend({ id: McpServerId }))
    .output(McpServer),
  /** Confirms exactly the tools that were seen last. CONFLICT when they are others by now. */
  confirm: changes("mcp-server.confirm", { role: "owner" })
    .input(z.object({ id: McpServerId, hash: McpToolList.shape.hash }))
    .output(McpServer),
  remove: changes("mcp-server.remove", { role: "owner" })
    .input(z.object({ id: McpServerId }))
    .output(z.object({})),
};
