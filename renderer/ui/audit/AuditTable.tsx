import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useEffect, useEffectEvent, useMemo, useRef } from "react";
import type { AuditEntry } from "#shared/contract/audit.ts";
import { writeNumber } from "../format.ts";
import { Icon } from "../Icon.tsx";
import { aboutWords, actorWords, eventWords } from "./audit-words.ts";
import "./audit.css";

/** Rows left below the screen when more are asked for. */
const near = 40;

const headHeight = 26;

/** What a verification found: all entries below `upTo` are as written, or `firstBad` is not. */
export interface Proof {
  readonly upTo: number;
  readonly firstBad: number | null;
}

/** The log as a virtual list, newest first. `isNarrow` leaves out task and hash, for a side pane. */
export function AuditTable({
  entries,
  selected,
  proof,
  isNarrow = false,
  onSelect,
  onNearEnd,
}: {
  readonly entries: readonly AuditEntry[];
  readonly selected: number | null;
  readonly proof: Proof | null;
  readonly isNarrow?: boolean;
  readonly onSelect: (sequence: number) => void;
  readonly onNearEnd: () => void;
}) {
  const frame = useRef<HTMLDivElement>(null);
  // oxlint-disable-next-line react/incompatible-library -- nothing here is memoized by a compiler
  const list = useVirtualizer({
    count: entries.length,
    getScrollElement: () => frame.current,
    estimateSize: () => 28,
    getItemKey: (index) => entries[index]?.sequence ?? index,
    overscan: 16,
    scrollPaddingStart: headHeight,
    scrollMargin: headHeight,
  });
  const bySequence = useMemo(() => new Map(entries.map((entry) => [entry.sequence, entry])), [entries]);
  const items = list.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;
  const reach = useEffectEvent(onNearEnd);
  useEffect(() => {
    if (last >= entries.length - near) reach();
  }, [last, entries.length]);
  const place = entries.findIndex((entry) => entry.sequence === selected);
  const press = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1, PageDown: 20, PageUp: -20 }[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = Math.min(entries.length - 1, Math.max(0, place + step));
    const entry = entries[next];
    if (entry === undefined) return;
    event.preventDefault();
    onSelect(entry.sequence);
    list.scrollToIndex(next, { align: "auto" });
  };
  return (
    <div className={`audit-table ${isNarrow ? "is-narrow" : ""}`}>
      <div
        className="audit-scroll"
        ref={frame}
        role="listbox"
        aria-label="Audit entries, newest first"
        tabIndex={0}
        onKeyDown={press}
        {...(selected === null ? {} : { "aria-activedescendant": `entry-${selected}` })}
      >
        <div className="audit-row audit-head" aria-hidden="true">
          <span>Entry</span>
          <span>Time</span>
          <span>Event</span>
          <span>What</span>
          <span>By</span>
          {!isNarrow && <span>Task</span>}
          {!isNarrow && <span>Hash</span>}
          <span />
        </div>
        <div style={{ height: list.getTotalSize(), position: "relative" }}>
          {items.map((item) => {
            const entry = entries[item.index];
            return entry === undefined ? null : (
              <div key={item.key} className="audit-place" style={{ transform: `translateY(${item.start - headHeight}px)` }}>
                <EntryLine
                  entry={entry}
                  intent={entry.intent === null ? undefined : bySequence.get(entry.intent)}
                  isSelected={entry.sequence === selected}
                  isNarrow={isNarrow}
                  proof={proof}
                  onSelect={onSelect}
                />
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

function EntryLine({
  entry,
  intent,
  isSelected,
  isNarrow,
  proof,
  onSelect,
}: {
  readonly entry: AuditEntry;
  readonly intent: AuditEntry | undefined;
  readonly isSelected: boolean;
  readonly isNarrow: boolean;
  readonly proof: Proof | null;
  readonly onSelect: (sequence: number) => void;
}) {
  const { words, icon, look } = eventWords(entry);
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the list box itself takes the keys
    <div
      id={`entry-${entry.sequence}`}
      role="option"
      aria-selected={isSelected}
      tabIndex={-1}
      className={`audit-row ${isBad(entry, proof) ? "is-bad" : ""}`}
      onClick={() => onSelect(entry.sequence)}
    >
      <span className="num label">{writeNumber(entry.sequence)}</span>
      <span className="num">{utc(entry.at)}</span>
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
}

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

/** `14:13:58` in UTC, as the log counts. */
export function utc(at: number): string {
  return new Date(at).toISOString().slice(11, 19);
}
