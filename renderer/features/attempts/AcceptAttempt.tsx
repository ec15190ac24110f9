import type { Attempt } from "#shared/contract/attempt.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { putTask } from "../../rpc/board-store.ts";
import { useChange } from "../../rpc/queries.ts";
import { BranchDialog } from "../../ui/BranchDialog.tsx";
import { writeCount } from "../../ui/format.ts";

/** Accepts one attempt into a branch; says first what becomes of the others. */
export function AcceptAttempt({
  attempt,
  others,
  onClose,
  onAccepted,
}: {
  readonly attempt: Attempt;
  readonly others: number;
  readonly onClose: () => void;
  readonly onAccepted: () => void;
}) {
  const { task } = attempt;
  const head = task.state.state === "review" ? task.state.head : "";
  const accept = useChange((client, name: string) => client.attempts.accept({ id: task.id, head, branch: name }), {
    reloads: [["repositories"], ["audit"]],
    onDone: (next) => {
      putTask(next);
      onAccepted();
      onClose();
    },
  });
  return (
    <BranchDialog
      open
      title={`Accept the attempt of ${escapeControls(task.agentName)}`}
      note={`Commit ${head.slice(0, 8)}`}
      action="Accept, discard the rest"
      taskTitle={task.title}
      accept={accept}
      onClose={onClose}
    >
      The branch is made in your repository. The {others === 1 ? "other attempt" : `other ${writeCount(others, "attempt")}`} then ends and
      is discarded, with its sandbox and its commits.
    </BranchDialog>
  );
}
