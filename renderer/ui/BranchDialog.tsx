import { type ComponentProps, type ReactNode, useRef, useState } from "react";
import { BranchName } from "#shared/contract/repository.ts";
import { proposedBranch } from "#shared/domain/branch-name.ts";
import { Dialog } from "./Dialog.tsx";
import { DialogFoot } from "./DialogFoot.tsx";
import { Field } from "./Field.tsx";
import { ErrorNote } from "./states.tsx";

/** What is done with the branch's name. */
interface Accept {
  readonly run: (branch: string) => void;
  readonly isRunning: boolean;
  readonly problem: ComponentProps<typeof ErrorNote>["problem"] | null;
  readonly forget: () => void;
}

/** Asks for the branch that reviewed work goes into. `children` say what becomes of it. */
export function BranchDialog({
  open,
  title,
  note,
  action,
  taskTitle,
  accept,
  onClose,
  children,
}: {
  readonly open: boolean;
  readonly title: string;
  readonly note: string;
  readonly action: string;
  readonly taskTitle: string;
  readonly accept: Accept;
  readonly onClose: () => void;
  readonly children: ReactNode;
}) {
  const field = useRef<HTMLInputElement>(null);
  const [branch, setBranch] = useState(() => proposedBranch(taskTitle));
  const parsed = BranchName.safeParse(branch);
  const wrong = parsed.success ? undefined : "Letters, digits, dots, dashes and slashes; no spaces, and no dash in front.";
  const submit = () => void (parsed.success && !accept.isRunning && accept.run(parsed.data));
  const off = accept.isRunning ? "The branch is being made" : (wrong ?? false);
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={title}
      initialFocus={field}
      foot={<DialogFoot note={<span className="label small">{note}</span>} {...{ action, off, onClose }} onAction={submit} />}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <p className="soft mb-3">{children}</p>
        <Field
          ref={field}
          label="Branch"
          icon="branch"
          className="mono-input"
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
