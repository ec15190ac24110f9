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

const pathKeys = [
  ...["file_path", "filePath", "filepath", "path", "abs_path", "absolute_path", "absolutePath", "notebook_path", "dir_path", "file"],
  ...["filename", "target_file", "old_path", "new_path", "oldPath", "newPath", "source", "destination", "paths", "files", "file_paths"],
];

/** What only a call that changes a file passes: it is judged as a change, whatever it calls itself. */
const changeKeys = [
  ...["content", "contents", "old_string", "new_string", "oldString", "newString", "old_str", "new_str", "oldText", "newText"],
  ...["file_text", "insert_text", "insert_line", "edits", "patch", "diff", "replacement"],
];

/** Names under which a command may be passed. */
const commandKeys = ["command", "cmd", "script", "shell_command", "bash_command"];

/** Tools that look for names of files and show nothing of what is in them. */
const listingTools: ReadonlySet<string> = new Set(["Glob", "LS", "glob", "list", "ls", "list_directory"]);

/**
 * An agent's call in our words: everything that has to be allowed for it, at least one request. What
 * does not say clearly what it would do is `unknown`, which no default rule allows.
 */
export function toolRequests(call: SeenCall, place: CallPlace): readonly ToolRequest[] {
  const input = isRecord(call.rawInput) ? call.rawInput : {};
  const paths = pathsOf(call, input, place.worktree);
  const commands = commandsOf(call, input, place);
  const isPlain = paths.length === 0 && commands.length === 0 && typeof input["url"] !== "string";
  const own = isPlain ? ownToolOf(call, place.ownTools ?? []) : null;
  if (own !== null) {
    const query = typeof input["query"] === "string" ? input["query"] : own;
    return [{ tool: "knowledge", query: query.slice(0, 2_000) }];
  }
  const shell = commands.flatMap((command) =>
    foldersOf(input, place.worktree).map((cwd): ToolRequest => ({ tool: "shell", command, cwd })),
  );
  const tools = mcpToolsOf(call, place.mcp?.naming ?? "name", place.mcp?.servers ?? []);
  if (tools === "unclear") return [unknown(call)];
  if (tools.length > 0)
    return [
      ...tools.map(({ server, tool, input: given }): ToolRequest => ({ tool: "mcp", server, name: tool, input: given })),
      ...besides(call, input, paths, shell, place),
    ];
  if (shell.length > 0 && !(isFileKind(call.kind) && paths.length > 0)) return [...shell, ...writesOf(shownPaths(call, place), place)];
  const asked = fileRequests(call, paths, input, place) ?? netRequests(call, input) ?? [unknown(call)];
  const isVerb = commands.every((command) => editorVerbs.test(command));
  return [...(isVerb ? [] : shell), ...asked, ...unnamedWrites(call, input, paths, place)];
}

/** What a call of a server's tool shows that it does besides: such a tool runs nothing on its own files or commands here. */
function besides(
  call: SeenCall,
  input: Record<string, unknown>,
  paths: readonly string[],
  shell: readonly ToolRequest[],
  place: CallPlace,
): readonly ToolRequest[] {
  const ofKind = call.kind === "edit" || call.kind === "delete" || call.kind === "move" ? fileRequests(call, paths, input, place) : null;
  return [...(call.kind === "execute" ? shell : []), ...(ofKind ?? writesOf(shownPaths(call, place), place))];
}

/** What text editor tools call what they do to a file (docs.claude.com, "Text editor tool"): no command of a shell. */
const editorVerbs = /^(?:view|create|str_replace|insert|undo_edit|read|write|edit|delete|rename|list)$/;

/** Files that a call changes, as it shows or by what it passes, although it calls itself something that changes none. */
function unnamedWrites(call: SeenCall, input: Record<string, unknown>, paths: readonly string[], place: CallPlace): readonly ToolRequest[] {
  const { kind } = call;
  if (kind === "edit" || kind === "move") return [];
  const isChange = isFileKind(kind) && kind !== "delete" && changeKeys.some((key) => input[key] !== undefined);
  const isStored = kind === "fetch" && paths.length > 0;
  return writesOf(isChange || isStored ? paths : shownPaths(call, place), place);
}

function shownPaths({ edits }: SeenCall, { worktree }: CallPlace): readonly string[] {
  return [...new Set(edits.map(({ path }) => absolutePath(path, worktree)))];
}

function writesOf(paths: readonly string[], { worktree: cwd }: CallPlace): readonly ToolRequest[] {
  return paths.map((path) => ({ tool: "filesystem", action: "write", path, cwd }));
}

/** Some agents name their tools nowhere but in the title of a call that is of no kind. */
function ownToolOf({ name, kind, title }: SeenCall, ownTools: readonly string[]): string | null {
  const named = name ?? (kind === "other" ? title : null);
  return named !== null && ownTools.includes(named) ? named : null;
}

/**
 * Absolute. `..` stays where it stands: programs that go up from where a link leads and programs that tidy the text first mean
 * different files, and both are judged. So does a `~` in front, which some agents read as the home folder.
 */
export function absolutePath(path: string, worktree: string): string {
  if (path.startsWith("~")) return path;
  if (!`/${path}/`.includes("/../")) return posix.resolve(worktree, path);
  const full = path.startsWith("/") ? path : `${worktree}/${path}`;
  return `/${full
    .split("/")
    .filter((segment) => segment !== "" && segment !== ".")
    .join("/")}`;
}

function fileRequests(
  call: SeenCall,
  paths: readonly string[],
  input: Record<string, unknown>,
  place: CallPlace,
): readonly ToolRequest[] | null {
  const cwd = place.worktree;
  const each = (action: "read" | "write" | "delete" | "list" | "search" | "move") =>
    paths.length === 0 ? null : paths.map((path): ToolRequest => ({ tool: "filesystem", action, path, cwd }));
  switch (call.kind) {
    case "read":
      return each("read");
    case "edit":
      return each("write");
    case "delete":
      return each("delete");
    case "move":
      return each("move");
    case "search":
      if (paths.length > 0) return each(showsContent(call, input) ? "search" : "list");
      return typeof input["pattern"] === "string"
        ? [{ tool: "filesystem", action: showsContent(call, input) ? "search" : "list", path: cwd, cwd }]
        : null;
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

/** A search by pattern shows lines of the files that it is pointed at. */
function showsContent({ name }: SeenCall, input: Record<string, unknown>): boolean {
  return typeof input["pattern"] === "string" && (name === null || !listingTools.has(name));
}

/** Every command that the call names anywhere. */
function commandsOf(call: SeenCall, input: Record<string, unknown>, place: CallPlace): readonly string[] {
  const named = commandKeys.flatMap((key) => {
    const command = input[key];
    if (typeof command === "string") return [command];
    return Array.isArray(command) && command.every((word) => typeof word === "string") ? [command.map(quoteWord).join(" ")] : [];
  });
  if (place.commandIn === "title" && call.kind === "execute" && call.title !== null) named.push(call.title);
  return [...new Set(named.filter((command) => command !== ""))];
}

function foldersOf(input: Record<string, unknown>, worktree: string): readonly string[] {
  const named = ["cwd", "workdir", "working_directory", "directory"].flatMap((key) => {
    const folder = input[key];
    return typeof folder === "string" && folder !== "" ? [posix.resolve(worktree, folder)] : [];
  });
  return named.length === 0 ? [worktree] : [...new Set(named)];
}

/** Every path that the call names anywhere: what it shows and what it passes must all be allowed. */
function pathsOf(call: SeenCall, input: Record<string, unknown>, worktree: string): readonly string[] {
  const named = pathKeys.flatMap((key) => {
    const value = input[key];
    return (Array.isArray(value) ? value : [value]).filter((path) => typeof path === "string");
  });
  const all = [...call.edits.map((edit) => edit.path), ...call.locations, ...named].filter((path) => path !== "");
  return [...new Set(all.map((path) => absolutePath(path, worktree)))];
}

function isFileKind(kind: string | null): boolean {
  return kind === "read" || kind === "edit" || kind === "delete" || kind === "move" || kind === "search";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
