import type { TimelineEntry, TimelineEvent } from "#shared/contract/task.ts";

export interface TimelineState {
  readonly entries: readonly TimelineEntry[];
  /** Where each entry stands, by id. */
  readonly places: ReadonlyMap<string, number>;
}

/** An entry whose id was seen before replaces that one in its place; a new one comes last. */
export function foldTimeline(state: TimelineState | null, event: TimelineEvent): TimelineState {
  if (event.kind === "snapshot" || state === null) {
    const entries = event.kind === "snapshot" ? event.entries : [event.entry];
    return { entries, places: new Map(entries.map((entry, index) => [entry.id, index])) };
  }
  const { entry } = event;
  const place = state.places.get(entry.id);
  if (place !== undefined) return { entries: state.entries.with(place, entry), places: state.places };
  return { entries: [...state.entries, entry], places: new Map(state.places).set(entry.id, state.entries.length) };
}
