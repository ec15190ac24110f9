import { posix } from "node:path";
import type { ToolRequest } from "#shared/contract/policy.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import { oneLine } from "./hostile-text.ts";

const maximum = 120;

/** What a call does, as the card shows it: "Running npm test", "Reading src/till.js". */
export function activityOf(request: ToolRequest, worktree: string): string {
  switch (request.tool) {
    case "shell":
      return `Running ${oneLine(request.command, maximum)}`;
    case "filesystem":
      return `${{ read: "Reading", write: "Editing", delete: "Deleting", list: "Searching", search: "Searching", move: "Moving" }[request.action]} ${shortPath(request.path, worktree)}`;
    case "egress":
      return `Connecting to ${oneLine(request.host, maximum)}`;
    case "websearch":
    case "knowledge":
      return `Searching for ${oneLine(request.query, maximum)}`;
    case "mcp":
      return `Calling ${oneLine(request.name, maximum)} of ${oneLine(request.server, maximum)}`;
    case "secret":
      return `Using ${oneLine(request.name, maximum)}`;
    case "git":
      return "Handing work over";
    case "unknown":
      return oneLine(request.title === "" ? "Working" : request.title, maximum);
    default:
      return assertNever(request);
  }
}

/** A call's heading in the timeline. */
export function titleOf(request: ToolRequest, worktree: string): string {
  switch (request.tool) {
    case "shell":
      return oneLine(request.command, 300);
    case "filesystem":
      return `${{ read: "Read", write: "Write", delete: "Delete", list: "Search", search: "Search", move: "Move" }[request.action]} ${shortPath(request.path, worktree)}`;
    default:
      return activityOf(request, worktree);
  }
}

function shortPath(path: string, worktree: string): string {
  const relative = posix.relative(worktree, path);
  return oneLine(relative === "" ? "." : relative.startsWith("../") || relative === ".." ? path : relative, maximum);
}
