import type { TaskId } from "#shared/contract/ids.ts";

export function NewTaskDialog(_: {
  readonly onClose: () => void;
  readonly onAddRepository: () => void;
  readonly onCreated: (taskId: TaskId, isStarted: boolean) => void;
}) {
  return null;
}
