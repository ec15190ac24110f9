import { type KeyboardEvent, memo, useEffect, useEffectEvent, useRef } from "react";
import type { AuditEntry } from "#shared/contract/audit.ts";
import { writeNumber } from "../format.ts";
import { Icon } from "../Icon.tsx";
import { useFixedRows } from "../use-fixed-rows.ts";
import { aboutWords, actorWords, eventWords } from "./audit-words.ts";
import "./audit.css";

const rowHeight = 28;
const headHeight = 26;

/** What a verification found: all entries below `upTo` are as written, or `firstBad` is not. */
export interface Proof {
  readonly upTo: number;
  readonly firstBad: number | null;
}

/** The entries of a list by their place, newest first; only those on screen are asked for. */
export interface AuditPlaces {
  readonly count: number;
  readonly entryAt: (place: number) => AuditEntry | undefined;
  readonly placeOf: (sequence: number) => number | undefined;
  readonly isUnknown: (sequence: number) => boolean;
  readonly look: (first: number, end: number, isAtTop: boolean) => void;
}

const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1, PageDown: 20, PageUp: -20 };

/** The log as a virtual list. `isNarrow` leaves out the day, task and hash, for a side pane. */
export function AuditTable({
  places,
  selected,
  proof,
  isNarrow = false,
  onSelect,
}: {
  readonly places: AuditPlaces;
  readonly selected: number | null;
  readonly proof: Proof | null;
  readonly isNarrow?: boolean;
  readonly onSelect: (sequence: number) => void;
}) {
  const { count, entryAt, placeOf, isUnknown } = places;
  const frame = useRef<HTMLDivElement>(null);
  const { rows, isAtTop, show } = useFixedRows(frame, { count, rowHeight, headHeight });
  const look = useEffectEvent(places.look);
  useEffect(() => look(rows.first, rows.end, isAtTop), [rows.first, rows.end, isAtTop]);
  const press = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const next = placeAfter(event.key, selected === null ? 0 : (placeOf(selected) ?? 0), count);
    const entry = next === null ? undefined : entryAt(next);
    if (next === null) return;
    event.preventDefault();
    show(next);
    if (entry !== undefined) onSelect(entry.sequence);
  };
  const drawn = Array.from({ length: Math.max(0, rows.end - rows.first) }, (_, index) => rows.first + index);
  const isShown = selected !== null && placeOf(selected) !== undefined;
  return (
    <div className={`audit-table ${isNarrow ? "is-narrow" : ""}`}>
      <div
        className="audit-scroll"
        ref={frame}
        role="listbox"
        aria-label="Audit entries, newest first"
        tabIndex={0}
        onKeyDown={press}
        {...(isShown ? { "aria-activedescendant": `entry-${selected}` } : {})}
      >
        <div className="audit-row audit-head" aria-hidden="true">
          <span>Entry</span>
          <span>{isNarrow ? "Time" : "Time (UTC)"}</span>
          <span>Event</span>
          <span>What</span>
          <span>By</span>
          {!isNarrow && <span>Task</span>}
          {!isNarrow && <span>Hash</span>}
          <span />
        </div>
        <div style={{ height: rows.height, position: "relative" }}>
          {drawn.map((place) => {
            const entry = entryAt(place);
            return (
              <div
                key={entry?.sequence ?? `place ${place}`}
                className="audit-place"
                style={{ transform: `translateY(${rows.topOf(place)}px)` }}
              >
                {entry === undefined ? (
                  <div className="audit-row audit-unread" aria-hidden="true">
                    <i />
                    <i />
                    <i />
                    <i />
                  </div>
                ) : (
                  <EntryLine
                    entry={entry}
                    intent={intentOf(entry, places)}
                    isUnknown={isUnknown(entry.sequence)}
                    place={place}
                    count={count}
                    isSelected={entry.sequence === selected}
                    isNarrow={isNarrow}
                    proof={proof}
                    onSelect={onSelect}
                  />
                )}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

function placeAfter(key: string, place: number, count: number): number | null {
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  const step = steps[key];
  return step === undefined ? null : Math.min(count - 1, Math.max(0, place + step));
}

/** The intent that an outcome ends, where it is at hand. */
export function intentOf(entry: AuditEntry, { entryAt, placeOf }: AuditPlaces): AuditEntry | undefined {
  const place = entry.intent === null ? undefined : placeOf(entry.intent);
  return place === undefined ? undefined : entryAt(place);
}

const EntryLine = memo(function EntryLine({
  entry,
  intent,
  isUnknown,
  place,
  count,
  isSelected,
  isNarrow,
  proof,
  onSelect,
}: {
  readonly entry: AuditEntry;
  readonly intent: AuditEntry | undefined;
  readonly isUnknown: boolean;
  readonly place: number;
  readonly count: number;
  readonly isSelected: boolean;
  readonly isNarrow: boolean;
  readonly proof: Proof | null;
  readonly onSelect: (sequence: number) => void;
}) {
  const { words, icon, look } = eventWords(entry, isUnknown);
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the list box itself takes the keys
    <div
      id={`entry-${entry.sequence}`}
      role="option"
      aria-selected={isSelected}
      aria-posinset={place + 1}
      aria-setsize={count}
      tabIndex={-1}
      className={`audit-row ${isBad(entry, proof) ? "is-bad" : ""}`}
      onClick={() => onSelect(entry.sequence)}
    >
      <span className="num label">{writeNumber(entry.sequence)}</span>
      <span className="num clip">{isNarrow ? utc(entry.at).slice(6) : utc(entry.at)}</span>
      <span className={`verdict-word clip ${look === "is-deny" || look === "is-ask" ? look : ""}`}>
        <Icon name={icon} size={14} className={look} />
        <span className="clip">{words}</span>
      </span>
      <code className="clip">{aboutWords(entry, intent)}</code>
      <span className="soft clip">{actorWords(entry)}</span>
      {!isNarrow && <span className="soft clip">{entry.taskId ?? ""}</span>}
      {!isNarrow && <code className="soft">{entry.hash.slice(0, 8)}</code>}
      <Proven entry={entry} proof={proof} />
    </div>
  );
});

function Proven({ entry, proof }: { readonly entry: AuditEntry; readonly proof: Proof | null }) {
  if (isBad(entry, proof)) {
    return (
      <span className="is-deny" title="Not as it was written">
        <Icon name="alert" size={14} />
        <span className="visually-hidden">not as it was written</span>
      </span>
    );
  }
  if (proof === null || entry.sequence >= proof.upTo) return <span />;
  return (
    <span className="is-allow" title="Verified">
      <Icon name="check" size={14} />
      <span className="visually-hidden">verified</span>
    </span>
  );
}

/** From the first bad entry on nothing is proved. */
export function isBad(entry: AuditEntry, proof: Proof | null): boolean {
  return proof !== null && proof.firstBad !== null && entry.sequence >= proof.firstBad;
}

/** `11-26 14:13:58` in UTC, as the log counts. */
export function utc(at: number): string {
  return new Date(at).toISOString().slice(5, 19).replace("T", " ");
}
