import { useState } from "react";
import type { PermissionRequest } from "#shared/contract/permission.ts";
import { Button } from "../../ui/Button.tsx";
import { useCommands } from "../../ui/commands.ts";
import { Confirm } from "../../ui/Dialog.tsx";
import { writeCount } from "../../ui/format.ts";
import { ErrorNote } from "../../ui/states.tsx";
import { runsOf } from "./marks.ts";
import { useBatchDeny } from "./use-batch-deny.ts";
import { denyMarked } from "./use-prompt.ts";

/** Under the list while requests are marked: denies all of them. There is no allowing by the dozen. */
export function BatchBar({
  marked,
  rest,
  onMarkAll,
  onClear,
}: {
  readonly marked: readonly PermissionRequest[];
  /** How many more could be marked. */
  readonly rest: number;
  readonly onMarkAll: () => void;
  readonly onClear: () => void;
}) {
  const [isAsking, setAsking] = useState(false);
  const batch = useBatchDeny(() => {
    setAsking(false);
    onClear();
  });
  const runs = runsOf(marked);
  useCommands([
    {
      id: denyMarked,
      label: "Deny all marked",
      group: "Approvals",
      keys: ["shift+d"],
      icon: "deny",
      run: () => setAsking(true),
    },
    { id: "approvals.unmark", label: "Take all marks back", group: "Approvals", keys: ["escape"], run: onClear },
  ]);
  return (
    <div className="batch-bar" role="region" aria-label="Marked requests">
      <span className="num">{marked.length} marked</span>
      <Button size="small" look="quiet" onClick={onClear}>
        Clear
      </Button>
      {rest > 0 && (
        <Button size="small" look="quiet" onClick={onMarkAll}>
          All {marked.length + rest}
        </Button>
      )}
      <Button size="small" look="deny" keys="shift+d" className="push" onClick={() => setAsking(true)}>
        Deny all
      </Button>
      <Confirm
        open={isAsking}
        onClose={() => {
          setAsking(false);
          batch.forget();
        }}
        title={`Deny ${writeCount(marked.length, "request")}?`}
        action={`Deny and stop ${writeCount(runs.length, "run")}`}
        onConfirm={() => batch.deny(marked)}
        isRunning={batch.isRunning}
      >
        <p>These runs stop at once. You can write to each agent afterwards and go on.</p>
        <ul className="batch-runs">
          {runs.map((run, index) => (
            // oxlint-disable-next-line react/no-array-index-key -- two runs may carry the same title
            <li key={index}>
              <span className="strong wrap-anywhere">{run.taskTitle}</span>
              {run.count > 1 && <span className="num"> · {run.count} requests</span>}
            </li>
          ))}
        </ul>
        {batch.problem !== null && <ErrorNote problem={batch.problem} />}
      </Confirm>
    </div>
  );
}
