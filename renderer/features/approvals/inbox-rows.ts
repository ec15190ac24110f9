import type { RequestId } from "#shared/contract/ids.ts";
import type { PersonRequest } from "#shared/contract/permission.ts";
import type { InboxGroup } from "./inbox-groups.ts";

/** A line of the list: the heading of a group, or a request. */
export type InboxLine =
  | { readonly kind: "head"; readonly key: string; readonly group: number }
  | { readonly kind: "request"; readonly key: RequestId; readonly group: number; readonly request: PersonRequest; readonly place: number };

/** The groups as one list of lines. `place` counts the requests over all groups, from 1. */
export function inboxRows(groups: readonly InboxGroup[]): readonly InboxLine[] {
  let place = 0;
  return groups.flatMap((each, group): readonly InboxLine[] => [
    { kind: "head", key: `head-${each.id}`, group },
    ...each.requests.map((request): InboxLine => ({ kind: "request", key: request.id, group, request, place: (place += 1) })),
  ]);
}

/** The lines that a group spans, its heading first. */
export interface GroupSpan {
  readonly first: number;
  readonly last: number;
}

export function groupSpans(groups: readonly InboxGroup[]): readonly GroupSpan[] {
  let first = 0;
  return groups.map(({ requests }) => {
    const span = { first, last: first + requests.length };
    first = span.last + 1;
    return span;
  });
}
