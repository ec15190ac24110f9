import { useVirtualizer, type Virtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, memo, type RefObject, type UIEvent, useEffect, useEffectEvent, useLayoutEffect, useMemo, useRef } from "react";
import type { TaskId } from "#shared/contract/ids.ts";
import type { PermissionRequest } from "#shared/contract/permission.ts";
import type { TimelineEntry } from "#shared/contract/task.ts";
import { Button } from "../../../ui/Button.tsx";
import { requestText } from "../../../ui/request-words.ts";
import { CallRow, WaitingCall } from "./CallRow.tsx";
import { EntryRow, Row, StagesRow } from "./EntryRow.tsx";
import { timelineRows } from "./timeline-rows.ts";
import { type PlacedRow, placeRequests } from "./waiting-rows.ts";
import "./timeline.css";

/** How near to the end, pixels, still counts as being at it. */
const nearEnd = 48;

export interface TimelineActions {
  readonly onAnswer: (request: PermissionRequest) => void;
  readonly onShowTerminal: (id: string) => void;
}

/** What happened in the task, oldest first. Stays at the end while it is there, and where it was scrolled to otherwise. */
export function Timeline({
  entries,
  pending,
  taskId,
  agentName,
  actions,
}: {
  readonly entries: readonly TimelineEntry[];
  readonly pending: readonly PermissionRequest[];
  readonly taskId: TaskId;
  readonly agentName: string;
  readonly actions: TimelineActions;
}) {
  const frame = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => placeRequests(timelineRows(entries), pending), [entries, pending]);
  // oxlint-disable-next-line react/incompatible-library -- nothing here is memoized by a compiler
  const list = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: (index) => (rows[index]?.row?.kind === "call" ? 24 : 56),
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: 12,
    paddingStart: 12,
    paddingEnd: 16,
  });
  const { note } = useStayAtEnd(frame, list, rows);
  // Enter opens what waits; it never answers it.
  const open = (event: KeyboardEvent) => {
    const [first] = pending;
    if (event.key === "Enter" && event.target === event.currentTarget && first !== undefined) actions.onAnswer(first);
  };
  return (
    <div className="timeline">
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex, jsx-a11y/no-noninteractive-element-interactions -- a scrolling region has to be reachable by keyboard */}
      <div className="timeline-scroll" ref={frame} role="log" aria-label="Timeline" tabIndex={0} onKeyDown={open} onScroll={note}>
        <div className="timeline-rows" style={{ height: list.getTotalSize() }}>
          {list.getVirtualItems().map((item) => {
            const row = rows[item.index];
            return row === undefined ? null : (
              <div
                key={item.key}
                className="timeline-row"
                data-index={item.index}
                ref={list.measureElement}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <OneRow placed={row} taskId={taskId} agentName={agentName} actions={actions} />
              </div>
            );
          })}
        </div>
      </div>
      <ToEnd isShown={!list.isAtEnd(nearEnd)} onClick={() => list.scrollToEnd()} />
    </div>
  );
}

/** Keeps the end in sight while it is: when rows come or grow, and when the frame gets smaller. A person who scrolls away is left there. */
function useStayAtEnd(frame: RefObject<HTMLDivElement | null>, list: Virtualizer<HTMLDivElement, Element>, rows: readonly PlacedRow[]) {
  const isStaying = useRef(true);
  const stay = useEffectEvent(() => {
    if (isStaying.current && rows.length > 0) list.scrollToEnd();
  });
  const total = list.getTotalSize();
  useLayoutEffect(() => {
    if (rows.length > 0 && total > 0) stay();
  }, [rows, total]);
  useEffect(() => {
    if (frame.current === null) return;
    const resized = new ResizeObserver(() => stay());
    resized.observe(frame.current);
    return () => resized.disconnect();
  }, [frame]);
  return {
    // Read from the page: the list itself hears of a scroll only after this.
    note: ({ currentTarget: { scrollHeight, scrollTop, clientHeight } }: UIEvent<HTMLDivElement>) => {
      isStaying.current = scrollHeight - scrollTop - clientHeight <= nearEnd;
    },
  };
}

const OneRow = memo(function OneRow({
  placed,
  taskId,
  agentName,
  actions,
}: {
  readonly placed: PlacedRow;
  readonly taskId: TaskId;
  readonly agentName: string;
  readonly actions: TimelineActions;
}) {
  const { row, request } = placed;
  if (row === null) {
    return request === null ? null : (
      <div className="calls is-last">
        <WaitingCall text={requestText(request.request)} request={request} onAnswer={actions.onAnswer} />
      </div>
    );
  }
  if (row.kind === "entry")
    return <EntryRow entry={row.entry} taskId={taskId} agentName={agentName} onShowTerminal={actions.onShowTerminal} />;
  if (row.kind === "stages") return <StagesRow stages={row.stages} />;
  if (row.kind === "calls")
    return <Row icon={row.type === "edits" ? "edit" : "terminal"} head={row.heading} note={row.note} at={row.at} className="event-calls" />;
  return (
    <CallRow call={row.call} request={request} isLast={row.isLast} onAnswer={actions.onAnswer} onShowTerminal={actions.onShowTerminal} />
  );
});

function ToEnd({ isShown, onClick }: { readonly isShown: boolean; readonly onClick: () => void }) {
  if (!isShown) return null;
  return (
    <Button size="small" icon="down" className="timeline-end" onClick={onClick}>
      To the end
    </Button>
  );
}
