import { useState } from "react";
import { useChange } from "../../../rpc/queries.ts";
import { Dialog } from "../../../ui/Dialog.tsx";
import { RecoveryKey } from "../../../ui/RecoveryKey.tsx";
import { nothingElse, ProofDialog } from "./ProofDialog.tsx";

/** A recovery key in the place of the one before, shown once and rehearsed. */
export function RecoveryKeyDialog({
  hasKey,
  hasCodes,
  canSave,
  onClose,
}: {
  readonly hasKey: boolean;
  readonly hasCodes: boolean;
  readonly canSave: boolean;
  readonly onClose: () => void;
}) {
  const [made, setMade] = useState<string | null>(null);
  const rehearse = useChange((client, recoveryKey: string) => client.unlock.rehearseRecoveryKey({ recoveryKey }), { onDone: onClose });
  if (made !== null)
    return (
      <Dialog open onClose={onClose} title="Keep the recovery key">
        <RecoveryKey recoveryKey={made} canSave={canSave} rehearse={rehearse} />
      </Dialog>
    );
  return (
    <ProofDialog
      title={hasKey ? "A new recovery key" : "Make a recovery key"}
      action="Make it"
      hasCodes={hasCodes}
      onClose={onClose}
      collect={nothingElse}
      run={async (client, proof) => await client.unlock.makeRecoveryKey({ proof })}
      onDone={({ recoveryKey }) => setMade(recoveryKey)}
    >
      <p className="soft">
        It opens the vault without the passphrase, also on another machine together with a backup.
        {hasKey && " The one before is void from then on, in this vault; older backups still open with it."}
      </p>
    </ProofDialog>
  );
}
