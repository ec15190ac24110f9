import { useState } from "react";
import { RunLimits, type Task } from "#shared/contract/task.ts";
import { putTask } from "../../rpc/board-store.ts";
import { useChange } from "../../rpc/queries.ts";
import { Dialog } from "../../ui/Dialog.tsx";
import { DialogFoot } from "../../ui/DialogFoot.tsx";
import { LimitGrid } from "../../ui/RunLimitFields.tsx";
import { ErrorNote } from "../../ui/states.tsx";

/** What the task may take from its next run on. */
export function LimitsDialog({ task, before, onClose }: { readonly task: Task; readonly before: RunLimits; readonly onClose: () => void }) {
  const [limits, setLimits] = useState(before);
  const save = useChange((client, chosen: RunLimits) => client.tasks.setLimits({ id: task.id, limits: chosen }), {
    reloads: [["tasks", "limits", task.id], ["audit"]],
    onDone: (next) => {
      putTask(next);
      onClose();
    },
  });
  const read = RunLimits.safeParse(limits);
  const [issue] = read.success ? [] : read.error.issues;
  return (
    <Dialog
      open
      onClose={onClose}
      title="Limits of this task"
      foot={
        <DialogFoot
          action="Change limits"
          off={save.isRunning ? "It is being changed" : issue === undefined ? false : "A limit is out of range"}
          onAction={() => read.success && save.run(read.data)}
          onClose={onClose}
        />
      }
    >
      <p className="soft">
        They hold from the next run on{task.state.state === "running" ? "; the one that goes on keeps what it began with" : ""}. A stopped
        task goes on in its own sandbox, with the new limits.
      </p>
      <LimitGrid limits={limits} onChange={setLimits} error={issue === undefined ? undefined : `${issue.message}.`} />
      {save.problem !== null && <ErrorNote problem={save.problem} />}
    </Dialog>
  );
}
