import { useRef, useState } from "react";
import { Passphrase } from "#shared/contract/unlock.ts";
import { useStrength } from "../../../rpc/use-strength.ts";
import { PassphraseField } from "../../../ui/PassphraseField.tsx";
import { StrengthMeter } from "../../../ui/StrengthMeter.tsx";
import { ProofDialog } from "./ProofDialog.tsx";

/** Another passphrase for the same vault: the vault key is wrapped anew, no secret is touched. */
export function PassphraseDialog({ hasCodes, onClose }: { readonly hasCodes: boolean; readonly onClose: () => void }) {
  const next = useRef<HTMLInputElement>(null);
  const again = useRef<HTMLInputElement>(null);
  const [wrong, setWrong] = useState<{ readonly field: "next" | "again"; readonly words: string } | null>(null);
  const { strength, measure } = useStrength();
  const collect = () => {
    const read = Passphrase.safeParse(next.current?.value ?? "");
    const words = read.success ? null : (read.error.issues[0]?.message ?? "Choose another passphrase.");
    if (words !== null) setWrong({ field: "next", words });
    else if (strength?.score === 0) setWrong({ field: "next", words: "That is guessed at once. Choose another." });
    else if (again.current?.value !== next.current?.value) setWrong({ field: "again", words: "The two are not the same." });
    else {
      setWrong(null);
      return read.success ? read.data : null;
    }
    return null;
  };
  return (
    <ProofDialog
      title="Change the passphrase"
      action="Change it"
      hasCodes={hasCodes}
      onClose={onClose}
      collect={collect}
      run={async (client, proof, typed) => await client.unlock.changePassphrase({ proof, next: typed })}
      onDone={onClose}
    >
      <PassphraseField
        ref={next}
        label="New passphrase"
        autoComplete="new-password"
        error={wrong?.field === "next" ? wrong.words : null}
        onInput={(event) => measure(event.currentTarget.value)}
        hint="Older backups still open with the one before. If somebody knows it, change the vault key, too."
      />
      <StrengthMeter strength={strength} />
      <PassphraseField
        ref={again}
        label="The same again"
        autoComplete="new-password"
        error={wrong?.field === "again" ? wrong.words : null}
      />
    </ProofDialog>
  );
}
