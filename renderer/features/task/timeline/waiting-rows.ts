import type { PermissionRequest } from "#shared/contract/permission.ts";
import type { ToolRequest } from "#shared/contract/policy.ts";
import type { TimelineRow } from "./timeline-rows.ts";

/** A timeline row, with the request that waits for an answer there, if one does. */
export interface PlacedRow {
  readonly key: string;
  readonly row: TimelineRow | null;
  readonly request: PermissionRequest | null;
}

/**
 * Puts each waiting request on the call it belongs to; those without a call of their own (a
 * connection, a file access outside a call) stand at the end, so that none is ever out of sight.
 */
export function placeRequests(rows: readonly TimelineRow[], pending: readonly PermissionRequest[]): readonly PlacedRow[] {
  const waiting = [...pending];
  const placed = rows.map((row): PlacedRow => {
    if (row.kind !== "call" || row.call.decision !== "waiting") return { key: row.key, row, request: null };
    const { request: wanted } = row.call;
    const at = waiting.findIndex((request) => isSame(wanted, request.request));
    const [request] = at < 0 ? [] : waiting.splice(at, 1);
    return { key: row.key, row, request: request ?? null };
  });
  return [...placed, ...waiting.map((request): PlacedRow => ({ key: `request:${request.id}`, row: null, request }))];
}

/** The timeline keeps the beginning of a very long command; the request keeps it whole. */
function isSame(kept: ToolRequest, whole: ToolRequest): boolean {
  if (kept.tool === "shell" && whole.tool === "shell" && kept.cwd === whole.cwd) {
    const cut = /^([^]*)… \([\d,]+ characters in all\)$/.exec(kept.command)?.[1];
    if (cut !== undefined && whole.command.startsWith(cut)) return true;
  }
  return JSON.stringify(kept) === JSON.stringify(whole);
}
