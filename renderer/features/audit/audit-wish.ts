import type { AuditFilter, AuditView } from "#shared/contract/audit.ts";
import { anything } from "../../rpc/audit-rows.ts";

/** What the person wants to see: a filter, whose times may be counted back from now. */
export type AuditWish = Omit<AuditView, "name">;

export const everything: AuditWish = { filter: anything, withinMs: null };

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

export const spans = [
  { value: "any", label: "Any time", withinMs: null },
  { value: "hour", label: "Last hour", withinMs: hourMs },
  { value: "day", label: "Last 24 hours", withinMs: dayMs },
  { value: "week", label: "Last 7 days", withinMs: 7 * dayMs },
  { value: "month", label: "Last 30 days", withinMs: 30 * dayMs },
] as const;

export type Span = (typeof spans)[number]["value"] | "between";

export function spanOf({ filter, withinMs }: AuditWish): Span {
  if (withinMs !== null) return spans.find((span) => span.withinMs === withinMs)?.value ?? "between";
  return filter.from === null && filter.to === null ? "any" : "between";
}

/** The filter as it is asked for now. The beginning moves by whole minutes, so that one look is not another a second later. */
export function filterAt({ filter, withinMs }: AuditWish, nowMs: number): AuditFilter {
  if (withinMs === null) return filter;
  return { ...filter, from: Math.floor((nowMs - withinMs) / minuteMs) * minuteMs, to: null };
}

/** How many things are filtered by, besides the text. */
export function narrowings(wish: AuditWish): number {
  const { text: _text, from: _from, to: _to, ...others } = wish.filter;
  return Object.values(others).filter((value) => value !== null).length + (spanOf(wish) === "any" ? 0 : 1);
}

export function isEverything(wish: AuditWish): boolean {
  return narrowings(wish) === 0 && wish.filter.text === null;
}

/** Views that are there from the start. */
export const givenViews: readonly AuditView[] = [
  { name: "Refused by a rule", filter: { ...anything, verb: "tool", outcome: "refused" }, withinMs: null },
  { name: "What people answered", filter: { ...anything, verb: "permission.answer" }, withinMs: null },
  { name: "Changes of rules", filter: { ...anything, verb: "policy" }, withinMs: null },
  { name: "Outcome unknown", filter: { ...anything, outcome: "unknown" }, withinMs: null },
];
