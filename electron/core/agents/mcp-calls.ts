import * as z from "zod";
import type { SeenCall } from "./seen-call.ts";

/**
 * How an agent says which tool of which MCP server a call is of. `name`: by the call's name, `mcp__server__tool` (Claude Code; Codex,
 * which replaces what no name in JavaScript may hold).
 * `title`: by its title alone, `tool (server MCP Server)` (Gemini CLI). `joined-title`: by its title alone, `server_tool` (OpenCode).
 */
export const McpNaming = z.enum(["name", "title", "joined-title"]);
export type McpNaming = z.infer<typeof McpNaming>;

/** The servers that an agent was handed, with the tools that a person confirmed. */
export interface KnownTools {
  readonly name: string;
  readonly tools: readonly string[];
}

export interface NamedTool {
  readonly server: string;
  readonly tool: string;
  /** As the agent shows it; JSON unless it cut it short. */
  readonly input: string;
}

/** What OpenCode asks about under names of its own that look like those of a server's tool (its permissions). */
const ownOfOpenCode = new Set(["doom_loop", "external_directory", "plan_enter", "plan_exit", "workflow_tool_approval", "apply_patch"]);

/** Tools of a server that it knows, and tells as searches. */
const searchesOfOpenCode = new Set(["context7_resolve_library_id", "context7_get_library_docs"]);

/**
 * Which tools of MCP servers a call is of; none for any other call. More than one where the agent's spelling fits several: all of them
 * have to be allowed. `unclear`: it looks like one and may be something else, so that nothing in it says what it would do.
 */
export function mcpToolsOf(call: SeenCall, naming: McpNaming, servers: readonly KnownTools[]): readonly NamedTool[] | "unclear" {
  if (naming === "name") return byName(call, servers);
  if (call.title === null || !isKindOfTools(call.kind, call.title)) return [];
  const spelled = naming === "title" ? asTitle : asJoined;
  const named = servers.flatMap(({ name, tools }) =>
    tools.flatMap((tool) => (spelled(name, tool) === call.title ? [{ server: name, tool }] : [])),
  );
  if (named.length === 0) return [];
  const input = naming === "title" ? inputInWords(call.words) : inputBeside(call.title, call.rawInput);
  return input === null ? "unclear" : named.map((one) => ({ ...one, input }));
}

function isKindOfTools(kind: string | null, title: string): boolean {
  return kind === "other" || (kind === "search" && searchesOfOpenCode.has(title));
}

/** As it was handed over, whatever letters the agent replaced; a name that fits nothing of that is taken as it is. */
function byName({ name, rawInput }: SeenCall, servers: readonly KnownTools[]): readonly NamedTool[] {
  const [, server, tool] = /^mcp__(.+?)__(.+)$/u.exec(name ?? "") ?? [];
  if (name === null || server === undefined || tool === undefined) return [];
  const input = JSON.stringify(rawInput ?? null);
  const spelled = asIdentifier(name);
  const known = servers.flatMap((one) =>
    one.tools.flatMap((each) => (asIdentifier(`mcp__${one.name}__${each}`) === spelled ? [{ server: one.name, tool: each, input }] : [])),
  );
  return known.length > 0 ? known : [{ server, tool, input }];
}

function asIdentifier(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9_]/gu, "_");
}

function asTitle(server: string, tool: string): string {
  return `${tool} (${server} MCP Server)`;
}

/** With what is no letter, digit, dash or underscore replaced. */
function asJoined(server: string, tool: string): string {
  const name = [server, tool].map((part) => part.replaceAll(/[^a-zA-Z0-9_-]/gu, "_")).join("_");
  return ownOfOpenCode.has(name) ? "" : name;
}

/**
 * Gemini CLI shows the parameters of a server's tool, and of no other tool of this kind, beside it: as JSON, or by their names where
 * they are long. One of them that is called `command` becomes the title, so that a model could have any title: null then.
 */
function inputInWords(words: string | null): string | null {
  if (words === null) return null;
  const names = /^\[Payload omitted due to length(?: with parameters: (.*))?\]$/su.exec(words);
  if (names !== null) {
    const shown = (names[1] ?? "").split(", ");
    return shown.includes("command") || shown.at(-1) === "..." ? null : words;
  }
  const read = z.record(z.string(), z.unknown()).safeParse(parse(words));
  return read.success && typeof read.data["command"] !== "string" ? words : null;
}

/** A title that stands in the input too may be the model's own (OpenCode: what a search looks for): null then. */
function inputBeside(title: string, input: unknown): string | null {
  const values = z.record(z.string(), z.unknown()).safeParse(input ?? {});
  return !values.success || Object.values(values.data).includes(title) ? null : JSON.stringify(input ?? {});
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
