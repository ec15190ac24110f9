import { useState } from "react";
import type { RepositoryId } from "#shared/contract/ids.ts";
import { useChange, useRead } from "../../rpc/queries.ts";
import { useProof } from "../../rpc/use-proof.ts";
import { Button } from "../../ui/Button.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { DialogFoot } from "../../ui/DialogFoot.tsx";
import { Icon } from "../../ui/Icon.tsx";
import { ProofFields } from "../../ui/ProofFields.tsx";
import { ErrorNote } from "../../ui/states.tsx";

/** Hooks in force whose programs are not what the person let run: said where they stand, and confirmed anew. */
export function ChangedPrograms({ repositoryId }: { readonly repositoryId: RepositoryId | null }) {
  const programs = useRead(["policy", "programs", repositoryId ?? "none"], (client, signal) =>
    client.policy.programs({ repositoryId }, { signal }),
  );
  const [isAsking, setAsking] = useState(false);
  const changed = programs.data?.changed ?? [];
  if (changed.length === 0) return null;
  const isOne = changed.length === 1;
  const names = new Intl.ListFormat("en").format(changed);
  return (
    <div className="note m-3" role="status">
      <Icon name="alert" />
      <div>
        <p className="note-what">
          {isOne
            ? `The program of the hook ${names} has changed since you let it run.`
            : `The programs of ${names} have changed since you let them run.`}
        </p>
        <p className="note-remedy">
          {isOne
            ? "Calls that meet it are denied. Look at its file, then let it run as it is now."
            : "Calls that meet them are denied. Look at their files, then let them run as they are now."}
        </p>
      </div>
      <Button size="small" onClick={() => setAsking(true)}>
        {isOne ? "Let it run" : "Let them run"}
      </Button>
      {isAsking && <LetRun names={names} isOne={isOne} repositoryId={repositoryId} onClose={() => setAsking(false)} />}
    </div>
  );
}

function LetRun({
  names,
  isOne,
  repositoryId,
  onClose,
}: {
  readonly names: string;
  readonly isOne: boolean;
  readonly repositoryId: RepositoryId | null;
  readonly onClose: () => void;
}) {
  const { isAsked, hasCodes, fields, take } = useProof(true);
  const confirm = useChange((client, id: RepositoryId | null) => client.policy.confirmPrograms({ repositoryId: id, proof: take() }), {
    reloads: [["policy"]],
    onDone: onClose,
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Let ${names} run as ${isOne ? "it is" : "they are"} now?`}
      foot={
        <DialogFoot
          action={isOne ? "Let it run" : "Let them run"}
          off={confirm.isRunning ? "It is being confirmed" : false}
          onAction={() => confirm.run(repositoryId)}
          onClose={onClose}
        />
      }
    >
      <div className="grid gap-4">
        <p>
          {isOne ? "Its file holds" : "Their files hold"} something else than when you confirmed {isOne ? "it" : "them"}. If you did not
          change or update {isOne ? "it" : "them"} yourself, find out who did.
        </p>
        {isAsked && <ProofFields ref={fields} hasCodes={hasCodes} why="A program runs on this computer as you, outside every sandbox." />}
        {confirm.problem !== null && <ErrorNote problem={confirm.problem} />}
      </div>
    </Dialog>
  );
}
