import { useState } from "react";
import type { RotationProgress } from "#shared/contract/vault.ts";
import { Button } from "../../../ui/Button.tsx";
import { Dialog } from "../../../ui/Dialog.tsx";
import { nothingElse, ProofDialog } from "./ProofDialog.tsx";

/** A new vault key in the place of the old one, which is destroyed. */
export function VaultKeyDialog({ hasCodes, onClose }: { readonly hasCodes: boolean; readonly onClose: () => void }) {
  const [progress, setProgress] = useState<RotationProgress | null>(null);
  const [isDone, setDone] = useState(false);
  if (isDone)
    return (
      <Dialog
        open
        onClose={onClose}
        title="The vault has a new key"
        foot={
          <Button look="primary" className="push" onClick={onClose}>
            Done
          </Button>
        }
      >
        <p className="soft">
          {progress === null || progress.total === 0
            ? "There was no secret to wrap."
            : `${progress.total.toLocaleString("en")} secrets are wrapped by it.`}{" "}
          The old key is destroyed. Older backups hold it still, under the passphrase of their day.
        </p>
      </Dialog>
    );
  return (
    <ProofDialog
      title="Change the vault key"
      action="Change it"
      busyWords={progress === null ? "Making the key…" : `${progress.done.toLocaleString("en")} of ${progress.total.toLocaleString("en")}`}
      hasCodes={hasCodes}
      onClose={onClose}
      collect={nothingElse}
      run={async (client, proof) => {
        for await (const step of await client.vault.rotateKey({ proof })) setProgress(step);
      }}
      onDone={() => setDone(true)}
    >
      <p className="soft">
        Every secret's key is wrapped anew; names, values and users stay. If it is cut off, it goes on by itself at the next unlock. Worth
        doing when somebody may have had both your data folder and a way in.
      </p>
      {progress !== null && (
        <progress className="w-full" value={progress.done} max={Math.max(1, progress.total)} aria-label="Secrets wrapped anew" />
      )}
    </ProofDialog>
  );
}
