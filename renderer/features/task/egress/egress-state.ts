import type * as z from "zod";
import type { EgressEvent, EgressRow, EgressTotals, EgressWay } from "#shared/contract/egress.ts";

/** Rows that stay live; older ones are read page by page. */
export const liveRows = 400;

export interface EgressState {
  /** Newest first. */
  readonly rows: readonly EgressRow[];
  readonly totals: EgressTotals;
  readonly way: EgressWay;
  readonly runId: string | null;
}

/** A row whose id was seen before replaces that one in its place; a new one comes first. */
export function foldEgress(state: EgressState | null, event: z.infer<typeof EgressEvent>): EgressState {
  if (event.kind === "snapshot") return { rows: event.rows, totals: event.totals, way: event.way, runId: event.runId };
  const { row, totals } = event;
  if (state === null) return { rows: [row], totals, way: "none", runId: null };
  const place = state.rows.findIndex(({ id }) => id === row.id);
  const rows = place === -1 ? [row, ...state.rows].slice(0, liveRows) : state.rows.with(place, row);
  return { ...state, rows, totals };
}

/** Live rows, then those that were read below them, each once. */
export function joinRows(live: readonly EgressRow[], older: readonly EgressRow[]): readonly EgressRow[] {
  const seen = new Set(live.map(({ id }) => id));
  return [...live, ...older.filter(({ id }) => !seen.has(id))];
}

/** Whether a row is one that a filter asks for; the text is part of host, path, program or rule. */
export function matchesFilter(row: EgressRow, text: string, status: EgressRow["status"] | "all"): boolean {
  if (status !== "all" && row.status !== status) return false;
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return true;
  return [row.host, row.path, row.program, row.rule, row.secret].some((part) => part?.toLowerCase().includes(wanted) === true);
}
