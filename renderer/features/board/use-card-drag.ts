import { combine } from "@atlaskit/pragmatic-drag-and-drop/combine";
import { draggable, dropTargetForElements, monitorForElements } from "@atlaskit/pragmatic-drag-and-drop/element/adapter";
import { attachClosestEdge, extractClosestEdge } from "@atlaskit/pragmatic-drag-and-drop-hitbox/closest-edge";
import { type RefObject, useEffect, useRef, useState } from "react";
import type { TaskId } from "#shared/contract/ids.ts";
import { type BoardColumn, boardColumns, dropMeaning } from "#shared/domain/board.ts";
import { useBoard } from "../../rpc/board-store.ts";

export type Edge = "top" | "bottom";

/** Makes a card draggable, and a place to let another card of its column go above or below. */
export function useCardDrag(
  element: RefObject<HTMLElement | null>,
  id: TaskId,
  column: BoardColumn,
): { readonly isDragged: boolean; readonly edge: Edge | null } {
  const [isDragged, setDragged] = useState(false);
  const [edge, setEdge] = useState<Edge | null>(null);
  useEffect(() => {
    const card = element.current;
    if (card === null) return;
    return combine(
      draggable({
        element: card,
        getInitialData: () => ({ cardId: id }),
        onDragStart: () => setDragged(true),
        onDrop: () => setDragged(false),
      }),
      dropTargetForElements({
        element: card,
        canDrop: ({ source }) => source.data["cardId"] !== id && meaningOf(source.data, column) === "rank",
        getData: ({ input, element }) => attachClosestEdge({ overId: id }, { input, element, allowedEdges: ["top", "bottom"] }),
        onDrag: ({ self }) => setEdge(toEdge(extractClosestEdge(self.data))),
        onDragLeave: () => setEdge(null),
        onDrop: () => setEdge(null),
      }),
    );
  }, [element, id, column]);
  return { isDragged, edge };
}

/** Makes a column a place to let a card go; says what that would mean while one is over it. */
export function useColumnDrop(element: RefObject<HTMLElement | null>, column: BoardColumn): "start" | "rank" | null {
  const [meaning, setMeaning] = useState<"start" | "rank" | null>(null);
  useEffect(() => {
    const target = element.current;
    if (target === null) return;
    return dropTargetForElements({
      element: target,
      canDrop: ({ source }) => meaningOf(source.data, column) !== null,
      getData: () => ({ column }),
      onDragEnter: ({ source }) => setMeaning(meaningOf(source.data, column)),
      onDragLeave: () => setMeaning(null),
      onDrop: () => setMeaning(null),
    });
  }, [element, column]);
  return meaning;
}

export interface Drop {
  readonly id: TaskId;
  readonly column: BoardColumn;
  /** The card it was let go over, and on which side; null for the empty part of the column. */
  readonly over: { readonly id: TaskId; readonly edge: Edge } | null;
}

/** Hears every drop on the board. */
export function useDrops(onDrop: (drop: Drop) => void): void {
  const latest = useRef(onDrop);
  useEffect(() => {
    latest.current = onDrop;
  });
  useEffect(
    () =>
      monitorForElements({
        onDrop: ({ source, location }) => {
          const targets = location.current.dropTargets.map((target) => target.data);
          const id = taskIn(source.data, "cardId");
          const column = boardColumns.find((name) => targets.some((data) => data["column"] === name));
          if (id === null || column === undefined) return;
          const card = targets.find((data) => "overId" in data);
          const overId = card === undefined ? null : taskIn(card, "overId");
          const edge = card === undefined ? null : toEdge(extractClosestEdge(card));
          latest.current({ id, column, over: overId === null || edge === null ? null : { id: overId, edge } });
        },
      }),
    [],
  );
}

function meaningOf(source: Record<string | symbol, unknown>, column: BoardColumn): "start" | "rank" | null {
  const id = taskIn(source, "cardId");
  const task = id === null ? undefined : useBoard.getState().tasks.get(id);
  return task === undefined ? null : dropMeaning(task, column);
}

/** The task that drag data names, as the board knows it. */
function taskIn(data: Record<string | symbol, unknown>, key: string): TaskId | null {
  const text = data[key];
  for (const id of useBoard.getState().tasks.keys()) if (id === text) return id;
  return null;
}

function toEdge(edge: ReturnType<typeof extractClosestEdge>): Edge | null {
  return edge === "top" || edge === "bottom" ? edge : null;
}
