import type { TaskId } from "#shared/contract/ids.ts";
import type { ColumnView } from "./board-view.ts";

export type Direction = "up" | "down" | "left" | "right";

/**
 * The card that a key moves to: up and down stay within a column, left and right go to the nearest column
 * that has cards, at about the same height. With nothing selected the first card of the board is it.
 */
export function moveFocus(columns: readonly ColumnView[], selected: TaskId | null, direction: Direction): TaskId | null {
  const cards = columns.map((view) => view.rows.flatMap((row) => (row.kind === "card" ? [row.key] : [])));
  const column = selected === null ? -1 : cards.findIndex((ids) => ids.includes(selected));
  const ids = cards[column];
  if (selected === null || ids === undefined) return cards.find((each) => each.length > 0)?.[0] ?? null;
  const row = ids.indexOf(selected);
  if (direction === "up") return ids[row - 1] ?? selected;
  if (direction === "down") return ids[row + 1] ?? selected;
  const step = direction === "left" ? -1 : 1;
  for (let next = column + step; next >= 0 && next < cards.length; next += step) {
    const other = cards[next];
    if (other !== undefined && other.length > 0) return other[Math.min(row, other.length - 1)] ?? selected;
  }
  return selected;
}
