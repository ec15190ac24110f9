import type { ToolRequest } from "#shared/contract/policy.ts";
import { assertNever } from "#shared/domain/assert-never.ts";

export type TryKind =
  | "shell"
  | "write"
  | "read"
  | "delete"
  | "list"
  | "search"
  | "move"
  | "egress"
  | "secret"
  | "git"
  | "mcp"
  | "websearch"
  | "knowledge"
  | "unknown";

export const kinds: Readonly<Record<TryKind, { readonly name: string; readonly label: string; readonly placeholder: string }>> = {
  shell: { name: "Command", label: "Command", placeholder: "git status && rm -rf build" },
  write: { name: "Write to a file", label: "Path", placeholder: "src/index.ts" },
  read: { name: "Read a file", label: "Path", placeholder: "~/.ssh/id_ed25519" },
  delete: { name: "Delete a file", label: "Path", placeholder: "src/index.ts" },
  list: { name: "List a folder", label: "Path", placeholder: "src" },
  search: { name: "Search in a folder", label: "Path", placeholder: "src" },
  move: { name: "Move a file", label: "Path", placeholder: "src/index.ts" },
  egress: { name: "Connection", label: "Host and port", placeholder: "registry.example.com:443, or GET api.example.com/v1" },
  secret: { name: "Use of a secret", label: "Name of the secret", placeholder: "npm-publish@registry.example.com" },
  git: { name: "Hand-over of a branch", label: "Branch", placeholder: "fix/volume-discount" },
  mcp: { name: "Tool of an MCP server", label: "Server and tool", placeholder: "github.search_issues" },
  websearch: { name: "Web search", label: "Query", placeholder: "node 20 stream backpressure" },
  knowledge: { name: "Look-up in its knowledge", label: "Query", placeholder: "release process" },
  unknown: { name: "Anything else", label: "What the agent calls it", placeholder: "switch_theme" },
};

export function isTryKind(value: string): value is TryKind {
  return Object.hasOwn(kinds, value);
}

/** Where a tried command stands: a place like a task's own folder in a sandbox. */
const cwd = "/workspace/tasks/example";

export type TryRequest = { readonly ok: true; readonly request: ToolRequest | null } | { readonly ok: false; readonly why: string };

/** What was typed as a request; `null` while nothing is. */
export function toRequest(kind: TryKind, typed: string): TryRequest {
  const text = typed.trim();
  if (text === "") return { ok: true, request: null };
  switch (kind) {
    case "shell":
      return { ok: true, request: { tool: "shell", command: typed, cwd } };
    case "write":
    case "read":
    case "delete":
    case "list":
    case "search":
    case "move":
      return { ok: true, request: { tool: "filesystem", action: kind, path: text, cwd } };
    case "mcp":
      return toMcp(text);
    case "websearch":
      return { ok: true, request: { tool: "websearch", query: text } };
    case "knowledge":
      return { ok: true, request: { tool: "knowledge", query: text } };
    case "git":
      return { ok: true, request: { tool: "git", action: "hand-over", branch: text } };
    case "unknown":
      return { ok: true, request: { tool: "unknown", kind: text, title: text } };
    case "secret":
      return toSecret(text);
    case "egress":
      return toConnection(text);
    default:
      return assertNever(kind);
  }
}

function toMcp(text: string): TryRequest {
  const [, server, name] = /^([^.\s]+)\.(\S+)$/.exec(text) ?? [];
  if (server === undefined || name === undefined) return { ok: false, why: "Write server.tool." };
  return { ok: true, request: { tool: "mcp", server, name, input: "{}" } };
}

function toSecret(text: string): TryRequest {
  const [, name = "", host] = /^([^@\s]+)(?:@(\S+))?$/.exec(text) ?? [];
  if (name === "" || name.length > 64) return { ok: false, why: "Write the name of a secret, or name@host." };
  return { ok: true, request: { tool: "secret", name, host: host ?? null } };
}

/** `host`, `host:port`, or with method and path, where the gateway sees them: `GET host:port/path`. */
function toConnection(text: string): TryRequest {
  const [, method, host, digits, path] = /^(?:([A-Za-z]+)\s+)?([^\s/]*?)(?::(\d+))?(\/\S*)?$/.exec(text) ?? [];
  const port = digits === undefined ? 443 : Number(digits);
  if (host === undefined || host === "" || (method === undefined && path !== undefined))
    return { ok: false, why: "Write a host, host:port, or METHOD host/path." };
  if (port < 1 || port > 65_535) return { ok: false, why: "A port is a number from 1 to 65535." };
  const seen = { method: method?.toUpperCase() ?? null, path: method === undefined ? null : (path ?? "/") };
  return { ok: true, request: { tool: "egress", host, port, ...seen } };
}

/** How a request of the past is written in the box. */
export function fromRequest(request: ToolRequest): { readonly kind: TryKind; readonly typed: string } {
  switch (request.tool) {
    case "shell":
      return { kind: "shell", typed: request.command };
    case "filesystem":
      return { kind: request.action, typed: request.path };
    case "egress": {
      const place = `${request.host}:${request.port}`;
      return { kind: "egress", typed: request.method === null ? place : `${request.method} ${place}${request.path ?? "/"}` };
    }
    case "secret":
      return { kind: "secret", typed: request.host === null ? request.name : `${request.name}@${request.host}` };
    case "git":
      return { kind: "git", typed: request.branch };
    case "mcp":
      return { kind: "mcp", typed: `${request.server}.${request.name}` };
    case "websearch":
    case "knowledge":
      return { kind: request.tool, typed: request.query };
    case "unknown":
      return { kind: "unknown", typed: request.kind };
    default:
      return assertNever(request);
  }
}
