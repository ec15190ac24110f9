import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type MouseEvent, useMemo, useRef } from "react";
import { RequestId } from "#shared/contract/ids.ts";
import { Button } from "../../ui/Button.tsx";
import { Kbd } from "../../ui/Kbd.tsx";
import { type KeyPress, moveOfKey } from "./answer-guard.ts";
import { type InboxGroup, moved, type Step } from "./inbox-groups.ts";
import { groupSpans, inboxRows } from "./inbox-rows.ts";
import { InboxRow } from "./InboxRow.tsx";
import type { Marks } from "./marks.ts";
import { useNewAbove } from "./use-new-above.ts";
import { pressOf } from "./use-prompt.ts";
import { useStayInPlace } from "./use-stay-in-place.ts";
import "./inbox.css";

/** Lines that are drawn above and below those in sight. */
const overscan = 6;
/** Heights before a line has been measured, pixels; that of a heading is fixed by the style. */
const headHeight = 28;
const rowHeight = 64;

/** Which way a key goes; a page is as many rows as are in sight, less one to go by. */
function stepOfKey(press: KeyPress, page: number): Step | null {
  if (press.ctrlKey || press.altKey || press.metaKey) return null;
  switch (press.key) {
    case "ArrowDown":
      return 1;
    case "ArrowUp":
      return -1;
    case "PageDown":
      return page;
    case "PageUp":
      return -page;
    case "Home":
      return "first";
    case "End":
      return "last";
    default:
      return moveOfKey(press);
  }
}

/**
 * All that waits, and what was settled just now, as one list to move through. Only the lines in sight are drawn. The focus is
 * the list's, never a row's: a row that goes away takes it nowhere.
 */
export function Inbox({
  groups,
  selected,
  marks,
  onSelect,
  onOpen,
  onMark,
}: {
  readonly groups: readonly InboxGroup[];
  readonly selected: RequestId | null;
  readonly marks: Marks;
  readonly onSelect: (id: RequestId) => void;
  /** Enter: on to the prompt of the chosen one. It never answers. */
  readonly onOpen: () => void;
  readonly onMark: (id: RequestId) => void;
}) {
  const frame = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => inboxRows(groups), [groups]);
  const spans = useMemo(() => groupSpans(groups), [groups]);
  const at = rows.findIndex(({ key }) => key === selected);
  // oxlint-disable-next-line react/incompatible-library -- nothing here is memoized by a compiler
  const list = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: (index) => (rows[index]?.kind === "head" ? headHeight : rowHeight),
    getItemKey: (index) => rows[index]?.key ?? index,
    // The chosen one is always there: `aria-activedescendant` names it.
    rangeExtractor: (range) => withRow(defaultRangeExtractor(range), at),
    scrollPaddingStart: headHeight,
    scrollPaddingEnd: 8,
    overscan,
  });
  const move = (event: KeyboardEvent) => {
    if (event.key === "Enter" && at >= 0) {
      event.preventDefault();
      onOpen();
      return;
    }
    const inSight = Math.floor(((frame.current?.clientHeight ?? 0) - headHeight) / rowHeight);
    const step = stepOfKey(pressOf(event.nativeEvent), Math.max(1, inSight - 1));
    const next = step === null ? null : moved(groups, selected, step);
    if (next === null) return;
    event.preventDefault();
    onSelect(next);
  };
  const press = (event: MouseEvent) => {
    const row = event.target instanceof Element ? event.target.closest("[data-request]") : null;
    const id = RequestId.safeParse(row?.getAttribute("data-request"));
    if (!id.success) return;
    const isGone = row?.classList.contains("is-gone") === true;
    if (!isGone && (event.metaKey || event.ctrlKey)) onMark(id.data);
    else onSelect(id.data);
  };
  // Of rows above that turn out higher than was guessed the hook takes care as well.
  list.shouldAdjustScrollPositionOnItemSizeChange = leaveInPlace;
  useStayInPlace(
    frame,
    list,
    rows,
    groups.map(({ id }) => id),
    selected,
  );
  const newAbove = useNewAbove(rows, list.range?.startIndex ?? 0);
  const toTop = () => {
    list.scrollToIndex(0);
    // The button goes with what it told of.
    frame.current?.focus({ preventScroll: true });
  };
  const total = rows.length - groups.length;
  const drawn = list.getVirtualItems();
  return (
    <>
      {newAbove > 0 && (
        <Button size="small" className="new-above" icon="up" onClick={toTop}>
          {newAbove} new above
        </Button>
      )}
      <div
        className="inbox"
        data-in-page=""
        role="listbox"
        aria-label="Requests"
        tabIndex={0}
        ref={frame}
        onKeyDown={move}
        onClick={press}
        {...(at < 0 ? {} : { "aria-activedescendant": `row-${selected}` })}
      >
        <div role="presentation" className="inbox-rows" style={{ height: list.getTotalSize() }}>
          {groups.map((group, index) => {
            const items = drawn.filter((item) => rows[item.index]?.group === index);
            const span = spans[index];
            if (items.length === 0 || span === undefined) return null;
            const start = list.measurementsCache[span.first]?.start ?? 0;
            const end = list.measurementsCache[span.last]?.end ?? start;
            return (
              <div key={group.id} role="group" aria-label={group.label} className="inbox-group" style={{ height: end - start, top: start }}>
                <div role="presentation" className="group-head">
                  {group.label} <span className="label num">{group.requests.length}</span>
                  {index === 0 && (
                    <span className="label push move-hint">
                      <Kbd keys="j" bare /> <Kbd keys="k" bare /> to move, <Kbd keys="x" bare /> to mark
                    </span>
                  )}
                </div>
                {items.map((item) => {
                  const row = rows[item.index];
                  return row?.kind !== "request" ? null : (
                    <div
                      key={item.key}
                      role="presentation"
                      data-index={item.index}
                      ref={list.measureElement}
                      className="inbox-row"
                      style={{ transform: `translateY(${item.start - start}px)` }}
                    >
                      <InboxRow
                        request={row.request}
                        place={row.place}
                        total={total}
                        isGrave={group.isGrave}
                        isSelected={row.key === selected}
                        isMarked={marks.has(row.key)}
                      />
                    </div>
                  );
                })}
              </div>
            );
          })}
        </div>
      </div>
    </>
  );
}

const leaveInPlace = () => false;

function withRow(indexes: number[], row: number): number[] {
  return row < 0 || indexes.includes(row) ? indexes : [...indexes, row].toSorted((one, other) => one - other);
}
