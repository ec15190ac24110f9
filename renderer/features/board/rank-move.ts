import type { TaskId } from "#shared/contract/ids.ts";
import type { Task } from "#shared/contract/task.ts";
import { rankBetween } from "#shared/domain/board.ts";

export interface RankChange {
  readonly id: TaskId;
  readonly rank: number;
}

/**
 * The ranks to write so that `moved` stands just before `before` (null: last) among the cards of its column.
 * One change as a rule; where two neighbours have no number between them, the whole column is counted anew.
 */
export function rankMove(column: readonly Pick<Task, "id" | "rank">[], moved: TaskId, before: TaskId | null): readonly RankChange[] {
  if (before === moved) return [];
  const others = column.filter((task) => task.id !== moved);
  const place = before === null ? others.length : others.findIndex((task) => task.id === before);
  if (place < 0 || others.length === column.length) return [];
  if (column.findIndex((task) => task.id === moved) === place) return [];
  const rank = rankBetween(others[place - 1]?.rank ?? null, others[place]?.rank ?? null);
  if (rank !== null) return [{ id: moved, rank }];
  const order = [...others.slice(0, place).map((task) => task.id), moved, ...others.slice(place).map((task) => task.id)];
  return order.flatMap((id, index) => (column.find((task) => task.id === id)?.rank === index + 1 ? [] : [{ id, rank: index + 1 }]));
}
