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
  const names = changed.join(", ");
  return (
    <div className="note m-3" role="status">
      <Icon name="alert" />
      <div>
        <p className="note-what">
          {changed.length === 1 ? `The program of the hook ${names} has` : `The programs of the hooks ${names} have`} changed since you let
          it run.
        </p>
        <p className="note-remedy">Calls that meet it are denied. Look at the file, then let it run as it is now.</p>
      </div>
      <Button size="small" onClick={() => setAsking(true)}>
        Let it run
      </Button>
      {isAsking && <LetRun names={names} repositoryId={repositoryId} onClose={() => setAsking(false)} />}
    </div>
  );
}

function LetRun({
  names,
  repositoryId,
  onClose,
}: {
  readonly names: string;
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
      title={`Let ${names} run as it is now?`}
      foot={
        <DialogFoot
          action="Let it run"
          off={confirm.isRunning ? "It is being confirmed" : false}
          onAction={() => confirm.run(repositoryId)}
          onClose={onClose}
        />
      }
    >
      <div className="grid gap-4">
        <p>Its file holds something else than when you confirmed it. If you did not change or update it yourself, find out who did.</p>
        {isAsked && <ProofFields ref={fields} hasCodes={hasCodes} why="A program runs on this computer as you, outside every sandbox." />}
        {confirm.problem !== null && <ErrorNote problem={confirm.problem} />}
      </div>
    </Dialog>
  );
}
