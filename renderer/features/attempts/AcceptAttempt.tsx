import { useRef, useState } from "react";
import type { Attempt } from "#shared/contract/attempt.ts";
import { BranchName } from "#shared/contract/repository.ts";
import { proposedBranch } from "#shared/domain/branch-name.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { putTask } from "../../rpc/board-store.ts";
import { useChange } from "../../rpc/queries.ts";
import { Button } from "../../ui/Button.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { Field } from "../../ui/Field.tsx";
import { writeCount } from "../../ui/format.ts";
import { ErrorNote } from "../../ui/states.tsx";

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
  const field = useRef<HTMLInputElement>(null);
  const [branch, setBranch] = useState(() => proposedBranch(task.title));
  const accept = useChange((client, name: string) => client.attempts.accept({ id: task.id, head, branch: name }), {
    reloads: [["repositories"], ["audit"]],
    onDone: (next) => {
      putTask(next);
      onAccepted();
      onClose();
    },
  });
  const parsed = BranchName.safeParse(branch);
  const wrong = parsed.success ? undefined : "Letters, digits, dots, dashes and slashes; no spaces, and no dash in front.";
  const submit = () => parsed.success && !accept.isRunning && accept.run(parsed.data);
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Accept the attempt of ${escapeControls(task.agentName)}`}
      initialFocus={field}
      foot={
        <>
          <span className="label small">Commit {head.slice(0, 8)}</span>
          <Button className="push" onClick={onClose}>
            Cancel
          </Button>
          <Button look="primary" off={accept.isRunning ? "The branch is being made" : (wrong ?? false)} onClick={submit}>
            Accept, discard the rest
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
          The branch is made in your repository. The {others === 1 ? "other attempt" : `other ${writeCount(others, "attempt")}`} then ends
          and is discarded, with its sandbox and its commits.
        </p>
        <Field ref={field} label="Branch" icon="branch" value={branch} error={wrong} onChange={(event) => setBranch(event.target.value)} />
        {accept.problem !== null && <ErrorNote problem={accept.problem} className="mt-3" />}
      </form>
    </Dialog>
  );
}
