import { useMemo } from "react";
import { useBoard } from "../../rpc/board-store.ts";
import type { Option } from "../../ui/Select.tsx";

/** Tasks to filter by: the newest first, no more than fit a menu. */
const mostTasks = 100;

export function useTaskChoices(): readonly Option<string>[] {
  const tasks = useBoard((board) => board.tasks);
  return useMemo(() => {
    const newest = [...tasks.values()].sort((a, b) => b.createdAt - a.createdAt).slice(0, mostTasks);
    return [
      { value: "any", label: "Any task" },
      ...newest.map((task) => ({ value: task.id, label: task.title, hint: task.repositoryName })),
    ];
  }, [tasks]);
}
