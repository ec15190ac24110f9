import { useRef, useState } from "react";
import type { PasskeySummary } from "#shared/contract/unlock.ts";
import { addPasskey, type PasskeyPlace } from "../../../rpc/passkeys.ts";
import { Button } from "../../../ui/Button.tsx";
import { Dialog } from "../../../ui/Dialog.tsx";
import { Field } from "../../../ui/Field.tsx";
import { passkeyWords } from "../../../ui/passkey-words.ts";
import { nothingElse, ProofDialog } from "./ProofDialog.tsx";

export function AddPasskeyDialog({
  place,
  hasCodes,
  onClose,
}: {
  readonly place: PasskeyPlace;
  readonly hasCodes: boolean;
  readonly onClose: () => void;
}) {
  const label = useRef<HTMLInputElement>(null);
  const [isMissing, setMissing] = useState(false);
  const [added, setAdded] = useState<PasskeySummary | null>(null);
  if (added !== null)
    return (
      <Dialog
        open
        onClose={onClose}
        title="The passkey is added"
        foot={
          <Button look="primary" className="push" onClick={onClose}>
            Done
          </Button>
        }
      >
        <p>
          <b>{added.label}.</b> <span className="soft">{passkeyWords[added.unlocks]}</span>
        </p>
        {added.unlocks === "gate" && (
          <p className="small soft mt-2">Set up the keychain next, behind a gate, if it is to unlock with this passkey.</p>
        )}
      </Dialog>
    );
  const collect = () => {
    const typed = label.current?.value.trim() ?? "";
    setMissing(typed === "");
    return typed === "" ? null : typed.slice(0, 100);
  };
  return (
    <ProofDialog
      title="Add a passkey"
      action={place === "window" ? "Open its window" : "Ask for the passkey"}
      busyWords="Waiting for the passkey…"
      hasCodes={hasCodes}
      onClose={onClose}
      collect={collect}
      run={async (client, proof, name) => await addPasskey(client, place, { proof, label: name })}
      onDone={setAdded}
    >
      <Field ref={label} label="Its name" placeholder="Security key on my keyring" error={isMissing ? "Give it a name." : null} />
      <p className="small soft">
        Where the authenticator has the PRF extension, the passkey opens the vault by itself; else it is a gate beside the keychain's key.
        Which of the two it is, is said afterwards. It is never the only way in: the passphrase stays.
      </p>
    </ProofDialog>
  );
}

export function RemovePasskeyDialog({
  passkey,
  hasCodes,
  onClose,
}: {
  readonly passkey: PasskeySummary;
  readonly hasCodes: boolean;
  readonly onClose: () => void;
}) {
  return (
    <ProofDialog
      title={`Remove ${passkey.label}?`}
      action="Remove it"
      isGrave
      hasCodes={hasCodes}
      onClose={onClose}
      collect={nothingElse}
      run={async (client, proof) => await client.unlock.removePasskey({ proof, id: passkey.id })}
      onDone={onClose}
    >
      <p className="soft">
        It opens this vault no more. On the authenticator it stays until you delete it there. If it was the keychain's only gate, that way
        goes, too.
      </p>
    </ProofDialog>
  );
}
