import type { PermissionRequest } from "#shared/contract/permission.ts";
import type { ToolRequest, VerdictPart } from "#shared/contract/policy.ts";

/**
 * "Allow like this": the narrowest rule that names what is asked about and nothing else; null where a
 * rule cannot name it exactly. Whether the rule is enough is for the caller to try (see `RuleBook`).
 */
export function narrowestRule({ request, verdict }: Pick<PermissionRequest, "request" | "verdict">): string | null {
  const body = bodyOf(request, verdict.parts);
  return body === null || !isPlain(body) ? null : `${request.tool}(${body})`;
}

/** The narrowest rule for each of these parts of a request; null where one of them has none. */
export function narrowestRules(request: ToolRequest, parts: readonly VerdictPart[]): readonly string[] | null {
  const bodies = request.tool === "shell" ? parts.map(commandOf) : [bodyOf(request, parts)];
  const rules = bodies.flatMap((body) => (body === null || !isPlain(body) ? [] : [`${request.tool}(${body})`]));
  return rules.length < bodies.length || rules.length === 0 ? null : [...new Set(rules)];
}

function bodyOf(request: ToolRequest, parts: readonly VerdictPart[]): string | null {
  switch (request.tool) {
    case "shell":
      return shellBody(parts);
    case "filesystem":
      // No one rule says to search or to move, and one that says everything would say more.
      if (request.action === "search" || request.action === "move") return null;
      return /^~|^\s*$/.test(request.path) ? null : `${request.action}:${withoutFolder(request.path, request.cwd)}`;
    case "egress":
      return `${request.host.toLowerCase()}:${request.port}`;
    case "websearch":
    case "knowledge":
      return request.query;
    case "secret":
      return request.host === null ? null : `${request.name}@${request.host}`;
    case "git":
      return `${request.action}:${request.branch}`;
    case "mcp":
      return `${request.server}.${request.name}`;
    case "unknown":
      return null;
    default:
      return null;
  }
}

/** The one simple command that is asked about, quoted as the shell reads it; several have no single rule. */
function shellBody(parts: readonly VerdictPart[]): string | null {
  const asked = parts.filter(({ decision }) => decision === "ask");
  const bodies = new Set(asked.map(commandOf));
  const [only] = bodies;
  return bodies.size === 1 ? (only ?? null) : null;
}

/** Null for what is more than its words: computed words, redirections, assignments before it. */
function commandOf({ argv, text }: VerdictPart): string | null {
  if (argv.length === 0 || argv.includes(null)) return null;
  const command = argv.map((word) => quoted(word ?? "")).join(" ");
  return bare(command) === bare(text) ? command : null;
}

function bare(text: string): string {
  return text.replaceAll(/['"\\\s]/g, "");
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A path below the folder of the call as rules write it: from the worktree on. */
function withoutFolder(path: string, folder: string): string {
  const root = folder.replace(/\/+$/, "");
  return path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;
}

/** Nothing in it that a rule would read as a pattern, and nothing that cannot be seen. */
function isPlain(body: string): boolean {
  return body.trim() === body && body !== "" && body.length <= 2_000 && !/[*?[\]{}\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(body);
}
