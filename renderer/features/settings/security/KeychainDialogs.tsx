import { useRef, useState } from "react";
import { Pin } from "#shared/contract/unlock.ts";
import { Labelled } from "../../../ui/Field.tsx";
import { PassphraseField } from "../../../ui/PassphraseField.tsx";
import { Select } from "../../../ui/Select.tsx";
import { nothingElse, ProofDialog } from "./ProofDialog.tsx";

type Factor = "pin" | "gate";

/** The keychain's key together with a PIN, or behind a gate that is set up already. */
export function AddKeychainDialog({
  hasCodes,
  hasPasskey,
  onClose,
}: {
  readonly hasCodes: boolean;
  readonly hasPasskey: boolean;
  readonly onClose: () => void;
}) {
  const [factor, setFactor] = useState<Factor>("pin");
  const [wrong, setWrong] = useState<string | null>(null);
  const pin = useRef<HTMLInputElement>(null);
  const gate = hasCodes ? "one-time code" : "passkey";
  const collect = () => {
    if (factor === "gate") return { pin: null };
    const read = Pin.safeParse(pin.current?.value ?? "");
    setWrong(read.success ? null : (read.error.issues[0]?.message ?? "Choose another PIN."));
    return read.success ? { pin: read.data } : null;
  };
  return (
    <ProofDialog
      title="Unlock with this computer's keychain"
      action="Set it up"
      hasCodes={hasCodes}
      onClose={onClose}
      collect={collect}
      run={async (client, proof, extra) => await client.unlock.addKeychain({ proof, ...extra })}
      onDone={onClose}
    >
      <p className="soft">A random key goes to the system's keychain. Alone it opens nothing: choose what it is combined with.</p>
      {(hasCodes || hasPasskey) && (
        <Labelled label="Together with">
          {(id) => (
            <Select<Factor>
              id={id}
              value={factor}
              options={[
                { value: "pin", label: "A PIN", hint: "part of the key" },
                { value: "gate", label: `A ${gate}`, hint: "a gate" },
              ]}
              onChange={setFactor}
            />
          )}
        </Labelled>
      )}
      {factor === "pin" ? (
        <PassphraseField
          ref={pin}
          label="PIN"
          autoComplete="new-password"
          error={wrong}
          hint="At least 4 characters. Who takes the data folder alone cannot guess it: the other half stays in the keychain."
        />
      ) : (
        <p className="small soft">
          Honestly: a {gate} is checked by Gatehouse and is no part of the encryption. Who can read your keychain and your data folder, as
          malware running as you can, needs no {gate}.
        </p>
      )}
    </ProofDialog>
  );
}

export function RemoveKeychainDialog({ hasCodes, onClose }: { readonly hasCodes: boolean; readonly onClose: () => void }) {
  return (
    <ProofDialog
      title="Stop using the keychain?"
      action="Remove it"
      isGrave
      hasCodes={hasCodes}
      onClose={onClose}
      collect={nothingElse}
      run={async (client, proof) => await client.unlock.removeKeychain({ proof })}
      onDone={onClose}
    >
      <p className="soft">Its key is removed from the keychain and from the vault. The passphrase goes on to work.</p>
    </ProofDialog>
  );
}
