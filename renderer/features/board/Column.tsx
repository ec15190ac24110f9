import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useEffect, useRef } from "react";
import type { TaskId } from "#shared/contract/ids.ts";
import type { PersonRequest } from "#shared/contract/permission.ts";
import { type BoardColumn, columnNames } from "#shared/domain/board.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { IconButton } from "../../ui/Button.tsx";
import { runCommand } from "../../ui/commands.ts";
import { writeNumber } from "../../ui/format.ts";
import { Icon, type IconName } from "../../ui/Icon.tsx";
import type { ColumnView } from "./board-view.ts";
import { Card, type CardProps } from "./Card.tsx";
import { useColumnDrop } from "./use-card-drag.ts";

const marks: Readonly<Record<BoardColumn, { readonly icon: IconName; readonly look: string }>> = {
  backlog: { icon: "dash", look: "label" },
  queued: { icon: "clock", look: "label" },
  running: { icon: "half", look: "is-running" },
  "needs-you": { icon: "question", look: "is-ask" },
  review: { icon: "eye", look: "is-review" },
  done: { icon: "check", look: "label" },
};

/** First guess of a card's height, pixels; measured once it is drawn. */
const heights: Readonly<Record<BoardColumn, number>> = { backlog: 68, queued: 108, running: 124, "needs-you": 176, review: 124, done: 108 };

const emptyWords: Readonly<Record<BoardColumn, string>> = {
  backlog: "Nothing planned.",
  queued: "Nothing waits for a slot.",
  running: "Nothing runs.",
  "needs-you": "Nothing needs you.",
  review: "Nothing to review.",
  done: "Nothing decided yet.",
};

export interface ColumnProps extends Pick<CardProps, "onSelect" | "onOpen" | "onAnswer" | "onRetry" | "onMenu"> {
  readonly view: ColumnView;
  /** The selected card, where it is in this column. */
  readonly selected: TaskId | null;
  /** Grows each time a key moved the selection. */
  readonly focusTick: number;
  readonly requests: ReadonlyMap<TaskId, PersonRequest>;
  /** Agent and interface, for those where nothing makes the agent ask. */
  readonly ungatedAgents: ReadonlySet<string>;
}

export const Column = memo(function Column({ view, selected, focusTick, requests, ungatedAgents, ...card }: ColumnProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const column = useRef<HTMLElement>(null);
  const meaning = useColumnDrop(column, view.column);
  const { rows } = view;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (rows[index]?.kind === "group" ? 24 : heights[view.column]),
    getItemKey: (index) => rows[index]?.key ?? index,
    gap: 6,
    overscan: 5,
    paddingStart: 2,
    paddingEnd: 8,
  });
  const selectedIndex = selected === null ? -1 : rows.findIndex((row) => row.key === selected);
  useEffect(() => {
    if (selectedIndex >= 0 && focusTick > 0) virtual.scrollToIndex(selectedIndex, { align: "auto" });
    // oxlint-disable-next-line react/exhaustive-deps -- only when a key moved the selection, not when cards come and go
  }, [focusTick]);
  const mark = marks[view.column];
  return (
    <section ref={column} className={`column ${meaning === "start" ? "is-target" : ""}`} aria-label={columnNames[view.column]}>
      <h2 className="column-head">
        <Icon name={mark.icon} size={14} className={mark.look} />
        {meaning === "start" ? (
          <span className="clip text-accent-text">Let go to start</span>
        ) : (
          <>
            {columnNames[view.column]} <span className="label">{writeNumber(view.count)}</span>
          </>
        )}
        {view.column === "backlog" && meaning === null && (
          <IconButton icon="plus" name="New task" keys="mod+n" className="push" onClick={() => runCommand("task.new")} />
        )}
      </h2>
      <div ref={scroller} className="column-body">
        {rows.length === 0 && <p className="column-empty">{view.hidden > 0 ? "None match the filter." : emptyWords[view.column]}</p>}
        <ul style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const row = rows[item.index];
            if (row === undefined) return null;
            return (
              <li key={item.key} ref={virtual.measureElement} data-index={item.index} style={{ transform: `translateY(${item.start}px)` }}>
                {row.kind === "group" ? (
                  <h3 className="column-group">
                    <span className="clip">{escapeControls(row.name)}</span> <span className="label">{row.count}</span>
                  </h3>
                ) : (
                  <Card
                    task={row.task}
                    column={view.column}
                    isSelected={row.key === selected}
                    takesFocus={row.key === selected && focusTick > 0}
                    request={requests.get(row.task.id)}
                    isUngated={ungatedAgents.has(`${row.task.agentId} ${row.task.interface}`)}
                    {...card}
                  />
                )}
              </li>
            );
          })}
        </ul>
      </div>
      {view.hidden > 0 && <p className="column-more">{writeNumber(view.hidden)} hidden by the filter</p>}
    </section>
  );
});

/** The first request that waits, for each task. */
export function firstRequests(pending: readonly PersonRequest[]): ReadonlyMap<TaskId, PersonRequest> {
  const first = new Map<TaskId, PersonRequest>();
  for (const request of pending) if (!first.has(request.taskId)) first.set(request.taskId, request);
  return first;
}
