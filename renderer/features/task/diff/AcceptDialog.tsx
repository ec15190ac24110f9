import type { Task } from "#shared/contract/task.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { putTask } from "../../../rpc/board-store.ts";
import { useChange } from "../../../rpc/queries.ts";
import { BranchDialog } from "../../../ui/BranchDialog.tsx";

/** Puts the reviewed commit on a branch of the person's own repository. */
export function AcceptDialog({
  open,
  task,
  head,
  onClose,
}: {
  readonly open: boolean;
  readonly task: Task;
  readonly head: string;
  readonly onClose: () => void;
}) {
  const accept = useChange((client, name: string) => client.tasks.accept({ id: task.id, head, branch: name }), {
    reloads: [["repositories"], ["audit"]],
    onDone: (next) => {
      putTask(next);
      onClose();
    },
  });
  return (
    <BranchDialog
      open={open}
      title="Accept into a branch"
      note={`Commit ${head.slice(0, 8)}, the one you reviewed`}
      action="Accept"
      taskTitle={task.title}
      accept={accept}
      onClose={onClose}
    >
      The branch is made in your repository <b>{escapeControls(task.repositoryName)}</b>. What you have checked out is not touched, and
      nothing is pushed.
    </BranchDialog>
  );
}
