import type { TaskId } from "#shared/contract/ids.ts";
import type { Task } from "#shared/contract/task.ts";
import { type BoardColumn, boardColumns, columnOf, compareInColumn } from "#shared/domain/board.ts";

export type GroupBy = "none" | "repository" | "agent";

export interface BoardFilter {
  readonly words: string;
  readonly repositoryId: string | null;
  readonly agentId: string | null;
  readonly isWeakerOnly: boolean;
  readonly groupBy: GroupBy;
}

export const noFilter: BoardFilter = { words: "", repositoryId: null, agentId: null, isWeakerOnly: false, groupBy: "none" };

/** One line of a column: a heading of a group, or a card. */
export type Row =
  | { readonly kind: "group"; readonly key: string; readonly name: string; readonly count: number }
  | { readonly kind: "card"; readonly key: TaskId; readonly task: Task };

export interface ColumnView {
  readonly column: BoardColumn;
  readonly rows: readonly Row[];
  /** Cards shown. */
  readonly count: number;
  /** Cards that the filter hides. */
  readonly hidden: number;
}

/** The columns as they are drawn. What has not changed since `before` keeps its identity, so that it is not drawn again. */
export function viewBoard(tasks: Iterable<Task>, filter: BoardFilter, before: readonly ColumnView[] = []): readonly ColumnView[] {
  const shown: Record<BoardColumn, Task[]> = { backlog: [], queued: [], running: [], "needs-you": [], review: [], done: [] };
  const hidden: Record<BoardColumn, number> = { backlog: 0, queued: 0, running: 0, "needs-you": 0, review: 0, done: 0 };
  const matches = matcher(filter);
  for (const task of tasks) {
    const column = columnOf(task);
    if (matches(task)) shown[column].push(task);
    else hidden[column] += 1;
  }
  return boardColumns.map((column, index) => {
    const sorted = shown[column].sort((one, other) => compareInColumn(column, one, other));
    const rows = toRows(sorted, filter.groupBy);
    const old = before[index];
    if (old !== undefined && old.column === column && old.hidden === hidden[column] && sameRows(old.rows, rows)) return old;
    return { column, rows, count: sorted.length, hidden: hidden[column] };
  });
}

/** Whether anything of the task is weaker than the default. */
export function isWeaker(task: Task): boolean {
  return task.posture !== null && task.posture.weaker.length > 0;
}

function matcher(filter: BoardFilter): (task: Task) => boolean {
  const words = filter.words.toLowerCase().split(/\s+/).filter(Boolean);
  return (task) => {
    if (filter.repositoryId !== null && task.repositoryId !== filter.repositoryId) return false;
    if (filter.agentId !== null && task.agentId !== filter.agentId) return false;
    if (filter.isWeakerOnly && !isWeaker(task)) return false;
    if (words.length === 0) return true;
    const branch = task.state.state === "accepted" ? task.state.branch : "";
    const text =
      `${task.title}\n${task.repositoryName}\n${task.baseBranch}\n${branch}\n${task.agentName}\n${task.activity ?? ""}`.toLowerCase();
    return words.every((word) => text.includes(word));
  };
}

function toRows(tasks: readonly Task[], groupBy: GroupBy): readonly Row[] {
  const card = (task: Task): Row => ({ kind: "card", key: task.id, task });
  if (groupBy === "none") return tasks.map(card);
  const nameOf = (task: Task) => (groupBy === "repository" ? task.repositoryName : task.agentName);
  const groups = new Map<string, Task[]>();
  for (const task of tasks) {
    const members = groups.get(nameOf(task));
    if (members === undefined) groups.set(nameOf(task), [task]);
    else members.push(task);
  }
  return [...groups]
    .sort(([one], [other]) => one.localeCompare(other))
    .flatMap(([name, members]): Row[] => [{ kind: "group", key: `group:${name}`, name, count: members.length }, ...members.map(card)]);
}

function sameRows(one: readonly Row[], other: readonly Row[]): boolean {
  return (
    one.length === other.length &&
    one.every((row, index) => {
      const twin = other[index];
      if (twin === undefined || row.key !== twin.key) return false;
      if (row.kind === "card") return twin.kind === "card" && row.task === twin.task;
      return twin.kind === "group" && row.count === twin.count;
    })
  );
}
