import { useEffect, useRef, useState } from "react";
import type { Client } from "../../../rpc/client.ts";
import { useChange } from "../../../rpc/queries.ts";
import { Button } from "../../../ui/Button.tsx";
import { CopyButton } from "../../../ui/CopyButton.tsx";
import { Dialog } from "../../../ui/Dialog.tsx";
import { Field } from "../../../ui/Field.tsx";
import { ErrorNote, Loading } from "../../../ui/states.tsx";
import { WrittenKey } from "../../../ui/WrittenKey.tsx";
import { nothingElse, ProofDialog } from "./ProofDialog.tsx";

const codesWords =
  "Each works once in the place of a one-time code, if the device with the app is lost. Gatehouse keeps only their hashes.";

/** A QR code and the same key for typing, then the first code as proof that the app has it, then the recovery codes. */
export function TurnOnCodesDialog({
  hasCodes,
  canSave,
  onClose,
}: {
  readonly hasCodes: boolean;
  readonly canSave: boolean;
  readonly onClose: () => void;
}) {
  const code = useRef<HTMLInputElement>(null);
  const [isMissing, setMissing] = useState(false);
  const [recoveryCodes, setRecoveryCodes] = useState<readonly string[] | null>(null);
  const begun = useBegun();
  if (recoveryCodes !== null) return <RecoveryCodes codes={recoveryCodes} canSave={canSave} onClose={onClose} />;
  const collect = () => {
    const typed = code.current?.value.trim() ?? "";
    setMissing(typed.length < 6);
    return typed.length < 6 || begun.data === null ? null : typed;
  };
  return (
    <ProofDialog
      title={hasCodes ? "One-time codes on another device" : "Turn on one-time codes"}
      action="Turn on"
      hasCodes={hasCodes}
      onClose={onClose}
      collect={collect}
      run={async (client, proof, newCode) => await client.unlock.confirmTotp({ proof, newCode })}
      onDone={({ recoveryCodes: codes }) => setRecoveryCodes(codes)}
    >
      <p className="soft">
        From then on unlocking asks for a code besides the passphrase. Honestly: a code is a gate that Gatehouse checks, not a part of the
        encryption. It stops who knows your passphrase and sits at this computer, not who copies the data folder.
      </p>
      {begun.problem !== null && <ErrorNote problem={begun.problem} />}
      {begun.isLoading && <Loading what="the new key" rows={3} />}
      {begun.data !== null && (
        <div className="flex gap-5">
          <svg
            className="qr flex-none"
            viewBox={`0 0 ${begun.data.qr.size} ${begun.data.qr.size}`}
            role="img"
            aria-label="QR code for an authenticator app"
            shapeRendering="crispEdges"
          >
            <path d={begun.data.qr.path} />
          </svg>
          <div className="grid content-start gap-3">
            <p className="small soft">Scan it with an authenticator app, or type the key into one: time-based, 6 digits, 30 seconds.</p>
            <p className="flex items-start gap-1">
              <code data-testid="manual-key" className="break-words">
                {begun.data.manualKey}
              </code>
              <CopyButton text={begun.data.manualKey.replaceAll(" ", "")} name="Copy the key" />
            </p>
            <Field
              ref={code}
              label="The code that the app shows"
              className="num"
              inputMode="numeric"
              autoComplete="off"
              error={isMissing ? "Six digits." : null}
            />
          </div>
        </div>
      )}
    </ProofDialog>
  );
}

/** The enrolment is begun once, when the dialog opens. */
function useBegun() {
  const [data, setData] = useState<Enrolment | null>(null);
  const begin = useChange((client, _: null) => client.unlock.beginTotp({}), { onDone: setData });
  const run = useRef(begin.run);
  useEffect(() => run.current(null), []);
  return { data, problem: begin.problem, isLoading: begin.isRunning };
}

type Enrolment = Awaited<ReturnType<Client["unlock"]["beginTotp"]>>;

export function TurnOffCodesDialog({ onClose }: { readonly onClose: () => void }) {
  return (
    <ProofDialog
      title="Turn off one-time codes?"
      action="Turn off"
      isGrave
      hasCodes
      onClose={onClose}
      collect={nothingElse}
      run={async (client, proof) => await client.unlock.removeTotp({ proof })}
      onDone={onClose}
    >
      <p className="soft">
        Unlocking asks for the passphrase alone. The recovery codes are void. If a code was the keychain's only gate, that way goes, too.
      </p>
    </ProofDialog>
  );
}

export function RenewCodesDialog({ canSave, onClose }: { readonly canSave: boolean; readonly onClose: () => void }) {
  const [recoveryCodes, setRecoveryCodes] = useState<readonly string[] | null>(null);
  if (recoveryCodes !== null) return <RecoveryCodes codes={recoveryCodes} canSave={canSave} onClose={onClose} />;
  return (
    <ProofDialog
      title="Ten new recovery codes"
      action="Make them"
      hasCodes
      onClose={onClose}
      collect={nothingElse}
      run={async (client, proof) => await client.unlock.renewRecoveryCodes({ proof })}
      onDone={({ recoveryCodes: codes }) => setRecoveryCodes(codes)}
    >
      <p className="soft">Those that are left are void from then on.</p>
    </ProofDialog>
  );
}

function RecoveryCodes({
  codes,
  canSave,
  onClose,
}: {
  readonly codes: readonly string[];
  readonly canSave: boolean;
  readonly onClose: () => void;
}) {
  return (
    <Dialog
      open
      onClose={onClose}
      title="Keep these recovery codes"
      foot={
        <Button look="primary" className="push" onClick={onClose}>
          I have kept them
        </Button>
      }
    >
      <p className="soft mb-3">They are shown now and never again.</p>
      <WrittenKey title="Recovery codes" parts={codes} words={codesWords} file="gatehouse-recovery-codes.txt" canSave={canSave} />
    </Dialog>
  );
}
