import type { RequestId } from "#shared/contract/ids.ts";
import type { PersonRequest } from "#shared/contract/permission.ts";
import { riskGroup, riskGroups } from "../../ui/request-words.ts";

export interface InboxGroup {
  readonly id: string;
  readonly label: string;
  /** Its risk words are drawn in the colour of what cannot be undone. */
  readonly isGrave: boolean;
  readonly requests: readonly PersonRequest[];
}

/** How many settled requests stand below the waiting ones. */
const justNow = 4;

/** Waiting requests under their headings, riskiest first as core ordered them; then what was settled just now. */
export function waitingGroups(pending: readonly PersonRequest[], settled: readonly PersonRequest[]): readonly InboxGroup[] {
  const groups = riskGroups.map(({ id, label }) => ({
    id,
    label,
    isGrave: id === "cannot-be-undone",
    requests: pending.filter((request) => request.kind === "permission" && riskGroup(request.request, request.verdict) === id),
  }));
  const questions = { id: "questions", label: "Asks you something", isGrave: false, requests: pending.filter(isQuestion) };
  const recent = { id: "just-now", label: "Just now", isGrave: false, requests: settled.slice(0, justNow) };
  return [...groups, questions, recent].filter((group) => group.requests.length > 0);
}

function isQuestion({ kind }: PersonRequest): boolean {
  return kind === "question";
}

export function settledGroups(settled: readonly PersonRequest[]): readonly InboxGroup[] {
  return settled.length === 0 ? [] : [{ id: "settled", label: "Settled, newest first", isGrave: false, requests: settled }];
}

/** How far a move goes: by so many rows, or to one end. */
export type Step = number | "first" | "last";

/** The request that a move by `step` lands on; the first one when nothing is selected. */
export function moved(groups: readonly InboxGroup[], selected: RequestId | null, step: Step): RequestId | null {
  const all = groups.flatMap((group) => group.requests);
  if (step === "first") return all[0]?.id ?? null;
  if (step === "last") return all.at(-1)?.id ?? null;
  const at = all.findIndex((request) => request.id === selected);
  if (at < 0) return all[0]?.id ?? null;
  return all[Math.min(all.length - 1, Math.max(0, at + step))]?.id ?? null;
}

/**
 * What to show after `answered` left the waiting ones: the one that now stands in its place, so that
 * a person goes down the list; the one above it at the end; null when nothing waits.
 */
export function afterAnswer(groups: readonly InboxGroup[], answered: RequestId): RequestId | null {
  const waiting = groups
    .flatMap((group) => group.requests)
    .filter((request) => request.status.status === "pending" || request.id === answered);
  const at = waiting.findIndex((request) => request.id === answered);
  const rest = waiting.filter((request) => request.id !== answered);
  return (rest[at] ?? rest.at(-1))?.id ?? null;
}
