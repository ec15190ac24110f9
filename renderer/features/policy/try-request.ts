import type { ToolRequest } from "#shared/contract/policy.ts";
import { assertNever } from "#shared/domain/assert-never.ts";

export type TryKind = "shell" | "filesystem" | "egress" | "secret";

export const kinds: Readonly<Record<TryKind, { readonly name: string; readonly label: string; readonly placeholder: string }>> = {
  shell: { name: "Command", label: "Command", placeholder: "git status && rm -rf build" },
  filesystem: { name: "Write to a file", label: "Path", placeholder: "src/index.ts" },
  egress: { name: "Connection", label: "Host and port", placeholder: "registry.npmjs.org:443" },
  secret: { name: "Use of a secret", label: "Name of the secret", placeholder: "npm-publish" },
};

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
    case "filesystem":
      return { ok: true, request: { tool: "filesystem", action: "write", path: text, cwd } };
    case "secret":
      return { ok: true, request: { tool: "secret", name: text, host: null } };
    case "egress":
      return toConnection(text);
    default:
      return assertNever(kind);
  }
}

function toConnection(text: string): TryRequest {
  const [, host, digits] = /^(.*?)(?::(\d+))?$/.exec(text) ?? [];
  const port = digits === undefined ? 443 : Number(digits);
  if (host === undefined || host === "" || /[\s/]/.test(host)) return { ok: false, why: "Write a host, or host:port." };
  if (port < 1 || port > 65_535) return { ok: false, why: "A port is a number from 1 to 65535." };
  return { ok: true, request: { tool: "egress", host, port, method: null, path: null } };
}
