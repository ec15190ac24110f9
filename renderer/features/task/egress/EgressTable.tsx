import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useEffect, useEffectEvent, useRef } from "react";
import type { EgressRow } from "#shared/contract/egress.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { writeBytes, writeClock } from "../../../ui/format.ts";
import { Icon } from "../../../ui/Icon.tsx";
import { bareRule, statusWords, tookWords, whereWords } from "./egress-words.ts";

/** Rows left below the screen when more are asked for. */
const near = 40;
const headHeight = 26;

/** Connections as a virtual list, newest first. */
export function EgressTable({
  rows,
  selected,
  onSelect,
  onNearEnd,
}: {
  readonly rows: readonly EgressRow[];
  readonly selected: string | null;
  /** Null: none any more. */
  readonly onSelect: (id: string | null) => void;
  readonly onNearEnd: () => void;
}) {
  const frame = useRef<HTMLDivElement>(null);
  // oxlint-disable-next-line react/incompatible-library -- nothing here is memoized by a compiler
  const list = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => 28,
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: 16,
    scrollPaddingStart: headHeight,
    scrollMargin: headHeight,
  });
  const items = list.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;
  const reach = useEffectEvent(onNearEnd);
  useEffect(() => {
    if (last >= rows.length - near) reach();
  }, [last, rows.length]);
  const place = rows.findIndex(({ id }) => id === selected);
  const press = (event: KeyboardEvent) => {
    if (event.key === "Escape" && selected !== null) {
      event.stopPropagation();
      return onSelect(null);
    }
    const step = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1, PageDown: 20, PageUp: -20 }[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = Math.min(rows.length - 1, Math.max(0, place + step));
    const row = rows[next];
    if (row === undefined) return;
    event.preventDefault();
    onSelect(row.id);
    list.scrollToIndex(next, { align: "auto" });
  };
  return (
    <div
      className="egress-scroll"
      ref={frame}
      role="listbox"
      aria-label="Connections, newest first"
      tabIndex={0}
      onKeyDown={press}
      {...(selected === null ? {} : { "aria-activedescendant": `egress-${selected}` })}
    >
      <div className="egress-row egress-head" aria-hidden="true">
        <span>Time</span>
        <span>State</span>
        <span>Where</span>
        <span>Program</span>
        <span>Decided by</span>
        <span className="egress-number">Out</span>
        <span className="egress-number">In</span>
        <span className="egress-number">Took</span>
      </div>
      <div style={{ height: list.getTotalSize(), position: "relative" }}>
        {items.map((item) => {
          const row = rows[item.index];
          return row === undefined ? null : (
            <div key={item.key} className="egress-place" style={{ transform: `translateY(${item.start - headHeight}px)` }}>
              <Line row={row} isSelected={row.id === selected} onSelect={onSelect} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Line({
  row,
  isSelected,
  onSelect,
}: {
  readonly row: EgressRow;
  readonly isSelected: boolean;
  readonly onSelect: (id: string) => void;
}) {
  const { words, icon, look } = statusWords(row);
  const hasMoved = row.status !== "refused" && row.status !== "waiting";
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the list box itself takes the keys
    <div
      id={`egress-${row.id}`}
      role="option"
      aria-selected={isSelected}
      tabIndex={-1}
      className={`egress-row ${row.status === "refused" || row.status === "cut-off" ? "is-bad" : ""}`}
      onClick={() => onSelect(row.id)}
    >
      <span className="num label">{writeClock(row.at, true)}</span>
      <span className={`verdict-word clip ${look === "is-deny" || look === "is-ask" ? look : ""}`}>
        <Icon name={icon} size={14} className={look} />
        <span className="clip">{words}</span>
      </span>
      <span className="egress-where">
        <code className="clip">{whereWords(row)}</code>
        {row.secret !== null && (
          <span className="egress-secret" title={`The secret ${row.secret} was added`}>
            <Icon name="key" size={12} />
            <span className="clip">{row.secret}</span>
          </span>
        )}
      </span>
      <span className="soft clip">{row.program === null ? "" : escapeControls(row.program)}</span>
      <span className="soft clip" title={row.decidedBy}>
        {bareRule(row.decidedBy)}
      </span>
      <span className="num soft egress-number">{hasMoved ? writeBytes(row.bytesUp) : ""}</span>
      <span className="num soft egress-number">{hasMoved ? writeBytes(row.bytesDown) : ""}</span>
      <span className="num soft egress-number">{hasMoved ? tookWords(row) : ""}</span>
    </div>
  );
}
