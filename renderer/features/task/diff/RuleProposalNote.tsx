import { useState } from "react";
import type { Task } from "#shared/contract/task.ts";
import { useRead } from "../../../rpc/queries.ts";
import { Button } from "../../../ui/Button.tsx";
import { Dialog } from "../../../ui/Dialog.tsx";
import { Icon } from "../../../ui/Icon.tsx";
import { ProposalView, proposalWords } from "../../../ui/ProposalView.tsx";

const fileName = "gatehouse.rules.jsonc";

/** Says that this branch would change the repository's rules, and shows how; nothing where it leaves them alone. */
export function RuleProposalNote({ task, head }: { readonly task: Task; readonly head: string }) {
  const proposal = useRead(["policy", "proposal", task.id, head], (client, signal) =>
    client.policy.proposal({ taskId: task.id }, { signal }),
  );
  const [isOpen, setOpen] = useState(false);
  const { data } = proposal;
  if (data === undefined || data === null) return null;
  return (
    <div className="base-moved" role="status">
      <Icon name="rules" size={14} />
      <span>
        This branch changes the repository’s rules. {proposalWords(data)} Nothing of it holds until it is merged and you adopt the file.
      </span>
      <Button size="small" className="push" onClick={() => setOpen(true)}>
        Look at it
      </Button>
      {isOpen && (
        <Dialog open onClose={() => setOpen(false)} title={`Proposed change of ${fileName}`}>
          <ProposalView proposal={data} path={fileName} />
        </Dialog>
      )}
    </div>
  );
}
