import type { ToolRequest } from "#shared/contract/policy.ts";
import { assertNever } from "#shared/domain/assert-never.ts";

export type TryKind = "shell" | "write" | "read" | "delete" | "egress" | "secret" | "mcp" | "websearch";

export const kinds: Readonly<Record<TryKind, { readonly name: string; readonly label: string; readonly placeholder: string }>> = {
  shell: { name: "Command", label: "Command", placeholder: "git status && rm -rf build" },
  write: { name: "Write to a file", label: "Path", placeholder: "src/index.ts" },
  read: { name: "Read a file", label: "Path", placeholder: "~/.ssh/id_ed25519" },
  delete: { name: "Delete a file", label: "Path", placeholder: "src/index.ts" },
  egress: { name: "Connection", label: "Host and port", placeholder: "registry.example.com:443" },
  secret: { name: "Use of a secret", label: "Name of the secret", placeholder: "npm-publish" },
  mcp: { name: "Tool of an MCP server", label: "Server and tool", placeholder: "github.search_issues" },
  websearch: { name: "Web search", label: "Query", placeholder: "node 20 stream backpressure" },
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
      return { ok: true, request: { tool: "filesystem", action: kind, path: text, cwd } };
    case "mcp":
      return toMcp(text);
    case "websearch":
      return { ok: true, request: { tool: "websearch", query: text } };
    case "secret":
      return { ok: true, request: { tool: "secret", name: text, host: null } };
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

function toConnection(text: string): TryRequest {
  const [, host, digits] = /^(.*?)(?::(\d+))?$/.exec(text) ?? [];
  const port = digits === undefined ? 443 : Number(digits);
  if (host === undefined || host === "" || /[\s/]/.test(host)) return { ok: false, why: "Write a host, or host:port." };
  if (port < 1 || port > 65_535) return { ok: false, why: "A port is a number from 1 to 65535." };
  return { ok: true, request: { tool: "egress", host, port, method: null, path: null } };
}
