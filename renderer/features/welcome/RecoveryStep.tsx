import { useAppStatus } from "../../rpc/app-status.ts";
import { useChange } from "../../rpc/queries.ts";
import { Button } from "../../ui/Button.tsx";
import { ErrorNote, Loading } from "../../ui/states.tsx";
import { RecoveryKey } from "../../ui/RecoveryKey.tsx";
import { forgetRecoveryKey, useNewVault } from "./make-vault.ts";
import { NewPasskeyNote } from "./NewPasskeyNote.tsx";

/** The second half of the first step: the recovery key, shown once and rehearsed. */
export function RecoveryStep({ onNext }: { readonly onNext: () => void }) {
  const { recoveryKey, isMaking, problem, passkey } = useNewVault();
  const host = useAppStatus((app) => app.status?.host);
  const kept = () => {
    forgetRecoveryKey();
    onNext();
  };
  const rehearse = useChange((client, key: string) => client.unlock.rehearseRecoveryKey({ recoveryKey: key }), { onDone: kept });
  return (
    <div className="grid gap-4">
      <header>
        <h1>Keep the recovery key</h1>
        <p className="soft">
          The vault is made. If every other way in is ever lost, this key still opens it: there is no account, and nobody can reset it. It
          is shown now and never again.
        </p>
      </header>
      <NewPasskeyNote />
      {problem !== null && <ErrorNote problem={{ ...problem, remedy: `${problem.remedy} Settings, Security does it later.` }} />}
      {isMaking && passkey.kind !== "waiting" && <Loading what="the recovery key" rows={2} />}
      {recoveryKey !== null && !isMaking && <RecoveryKey recoveryKey={recoveryKey} canSave={host !== "electron"} rehearse={rehearse} />}
      <p>
        <Button look="quiet" onClick={kept} off={isMaking ? "The vault is still being set up" : false}>
          {recoveryKey === null ? "Go on" : "Go on without keeping it"}
        </Button>
      </p>
    </div>
  );
}
