import { useRef, useState } from "react";
import { BranchName } from "#shared/contract/repository.ts";
import type { Task } from "#shared/contract/task.ts";
import { proposedBranch } from "#shared/domain/branch-name.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { putTask } from "../../../rpc/board-store.ts";
import { useChange } from "../../../rpc/queries.ts";
import { Button } from "../../../ui/Button.tsx";
import { Dialog } from "../../../ui/Dialog.tsx";
import { Field } from "../../../ui/Field.tsx";
import { ErrorNote } from "../../../ui/states.tsx";

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
  const field = useRef<HTMLInputElement>(null);
  const [branch, setBranch] = useState(() => proposedBranch(task.title));
  const accept = useChange((client, name: string) => client.tasks.accept({ id: task.id, head, branch: name }), {
    reloads: [["repositories"], ["audit"]],
    onDone: (next) => {
      putTask(next);
      onClose();
    },
  });
  const parsed = BranchName.safeParse(branch);
  const wrong = parsed.success ? undefined : "Letters, digits, dots, dashes and slashes; no spaces, and no dash in front.";
  const submit = () => parsed.success && !accept.isRunning && accept.run(parsed.data);
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="Accept into a branch"
      initialFocus={field}
      foot={
        <>
          <span className="label small">Commit {head.slice(0, 8)}, the one you reviewed</span>
          <Button className="push" onClick={onClose}>
            Cancel
          </Button>
          <Button look="primary" off={accept.isRunning ? "The branch is being made" : (wrong ?? false)} onClick={submit}>
            Accept
          </Button>
        </>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <p className="soft mb-3">
          The branch is made in your repository <b>{escapeControls(task.repositoryName)}</b>. What you have checked out is not touched, and
          nothing is pushed.
        </p>
        <Field
          ref={field}
          label="Branch"
          icon="branch"
          className="accept-branch"
          value={branch}
          onChange={(event) => {
            setBranch(event.target.value);
            accept.forget();
          }}
          error={wrong}
        />
        {accept.problem !== null && <ErrorNote problem={accept.problem} className="mt-3" />}
      </form>
    </Dialog>
  );
}
