import { posix } from "node:path";
import type { ToolRequest } from "#shared/contract/policy.ts";
import { type KnownTools, type McpNaming, mcpToolsOf } from "./mcp-calls.ts";
import { quoteWord } from "./shell-words.ts";
import type { SeenCall } from "./seen-call.ts";

/** Where a call is judged: relative paths and commands without a folder belong to the worktree. */
export interface CallPlace {
  readonly worktree: string;
  readonly commandIn: "raw-input" | "title";
  /** Tools that only look something up, or keep it, in the agent itself. */
  readonly ownTools?: readonly string[];
  /** How it names tools of MCP servers, and which it was handed; left out: by the call's name. */
  readonly mcp?: { readonly naming: McpNaming; readonly servers: readonly KnownTools[] };
}

const pathKeys = ["file_path", "filePath", "filepath", "path", "abs_path", "absolute_path", "notebook_path", "dir_path"];

/**
 * An agent's call in our words: everything that has to be allowed for it, at least one request. What
 * does not say clearly what it would do is `unknown`, which no default rule allows.
 */
export function toolRequests(call: SeenCall, place: CallPlace): readonly ToolRequest[] {
  const input = isRecord(call.rawInput) ? call.rawInput : {};
  const own = ownToolOf(call, place.ownTools ?? []);
  if (own !== null) {
    const query = typeof input["query"] === "string" ? input["query"] : own;
    return [{ tool: "knowledge", query: query.slice(0, 2_000) }];
  }
  const tools = mcpToolsOf(call, place.mcp?.naming ?? "name", place.mcp?.servers ?? []);
  if (tools === "unclear") return [unknown(call)];
  if (tools.length > 0) return tools.map(({ server, tool, input: given }) => ({ tool: "mcp", server, name: tool, input: given }));
  const paths = pathsOf(call, input, place.worktree);
  const command = commandOf(call, input, place);
  const shell: readonly ToolRequest[] = command === null ? [] : [{ tool: "shell", command, cwd: folderOf(input, place.worktree) }];
  if (command !== null && !(isFileKind(call.kind) && paths.length > 0)) return shell;
  const asked = fileRequests(call, paths, input, place) ?? netRequests(call, input) ?? [unknown(call)];
  const isVerb = command === null || editorVerbs.test(command);
  return [...(isVerb ? [] : shell), ...asked, ...unnamedWrites(call, place)];
}

/** What text editor tools call what they do to a file (docs.claude.com, "Text editor tool"): no command of a shell. */
const editorVerbs = /^(?:view|create|str_replace|insert|undo_edit|read|write|edit|delete|rename|list)$/;

/** Files that a call shows changes of although it calls itself something that changes none. */
function unnamedWrites({ kind, edits }: SeenCall, { worktree }: CallPlace): readonly ToolRequest[] {
  if (kind !== "read" && kind !== "search" && kind !== "fetch") return [];
  const paths = new Set(edits.map(({ path }) => absolutePath(path, worktree)));
  return [...paths].map((path) => ({ tool: "filesystem", action: "write", path, cwd: worktree }));
}

/** Some agents name their tools nowhere but in the title of a call that is of no kind. */
function ownToolOf({ name, kind, title }: SeenCall, ownTools: readonly string[]): string | null {
  const named = name ?? (kind === "other" ? title : null);
  return named !== null && ownTools.includes(named) ? named : null;
}

/** Absolute and without `.` or `..` segments, as far as text alone can say. */
export function absolutePath(path: string, worktree: string): string {
  return posix.resolve(worktree, path);
}

function fileRequests(
  call: SeenCall,
  paths: readonly string[],
  input: Record<string, unknown>,
  place: CallPlace,
): readonly ToolRequest[] | null {
  const cwd = place.worktree;
  const each = (action: "read" | "write" | "delete" | "list") =>
    paths.length === 0 ? null : paths.map((path): ToolRequest => ({ tool: "filesystem", action, path, cwd }));
  switch (call.kind) {
    case "read":
      return each("read");
    case "edit":
      return each("write");
    case "delete":
      return each("delete");
    case "move":
      return paths.length === 0
        ? null
        : paths.flatMap((path): ToolRequest[] => [
            { tool: "filesystem", action: "delete", path, cwd },
            { tool: "filesystem", action: "write", path, cwd },
          ]);
    case "search":
      if (paths.length > 0) return each("list");
      return typeof input["pattern"] === "string" ? [{ tool: "filesystem", action: "list", path: cwd, cwd }] : null;
    default:
      return null;
  }
}

function netRequests(call: SeenCall, input: Record<string, unknown>): readonly ToolRequest[] | null {
  if (call.kind !== "fetch") return null;
  const url = typeof input["url"] === "string" ? URL.parse(input["url"]) : null;
  if (url !== null && (url.protocol === "https:" || url.protocol === "http:")) {
    const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
    return [{ tool: "egress", host: url.hostname, port, method: null, path: url.pathname + url.search }];
  }
  return typeof input["query"] === "string" ? [{ tool: "websearch", query: input["query"] }] : null;
}

function unknown(call: SeenCall): ToolRequest {
  return { tool: "unknown", kind: (call.kind ?? "none").slice(0, 200), title: (call.title ?? "").slice(0, 10_000) };
}

function commandOf(call: SeenCall, input: Record<string, unknown>, place: CallPlace): string | null {
  const command = input["command"];
  if (typeof command === "string" && command !== "") return command;
  if (Array.isArray(command) && command.length > 0 && command.every((word) => typeof word === "string")) {
    return command.map(quoteWord).join(" ");
  }
  if (place.commandIn === "title" && call.kind === "execute" && call.title !== null && call.title !== "") return call.title;
  return null;
}

function folderOf(input: Record<string, unknown>, worktree: string): string {
  for (const key of ["cwd", "workdir", "working_directory", "directory"]) {
    const folder = input[key];
    if (typeof folder === "string" && folder !== "") return absolutePath(folder, worktree);
  }
  return worktree;
}

/** Every path that the call names anywhere: what it shows and what it passes must all be allowed. */
function pathsOf(call: SeenCall, input: Record<string, unknown>, worktree: string): readonly string[] {
  const named = pathKeys.flatMap((key) => (typeof input[key] === "string" ? [input[key]] : []));
  const all = [...call.edits.map((edit) => edit.path), ...call.locations, ...named].filter((path) => path !== "");
  return [...new Set(all.map((path) => absolutePath(path, worktree)))];
}

function isFileKind(kind: string | null): boolean {
  return kind === "read" || kind === "edit" || kind === "delete" || kind === "move" || kind === "search";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
