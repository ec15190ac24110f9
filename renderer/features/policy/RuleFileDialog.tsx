import { type ReactNode, useRef, useState } from "react";
import type { Hook } from "#shared/contract/hook.ts";
import type { FileAnswer } from "#shared/contract/policy.ts";
import { hookProgram } from "#shared/domain/hook-program.ts";
import { useChange } from "../../rpc/queries.ts";
import { useProof } from "../../rpc/use-proof.ts";
import { Button } from "../../ui/Button.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { ProofFields } from "../../ui/ProofFields.tsx";
import { ErrorNote } from "../../ui/states.tsx";
import { EffectView } from "./EffectView.tsx";
import type { ExactFile } from "./exact-file.ts";

/** Looks at one rule file: what it would change first, then what it says; adopts or refuses exactly what was looked at. */
export function RuleFileDialog({
  title,
  intro,
  file,
  answer,
  hooks,
  canAdopt,
  note,
  onClose,
  children,
}: {
  readonly title: string;
  readonly intro: ReactNode;
  /** As it is now, which may be another than when the dialog was opened. */
  readonly file: ExactFile;
  readonly answer: FileAnswer;
  readonly hooks: readonly Hook[];
  /** False where there is nothing that could hold. */
  readonly canAdopt: boolean;
  readonly note?: ReactNode;
  readonly onClose: () => void;
  readonly children: ReactNode;
}) {
  const [looked, setLooked] = useState(file.sha256);
  const { isAsked, hasCodes, fields, take } = useProof(answer !== "adopted" && hooks.some((hook) => hookProgram(hook) !== null));
  const { repositoryId, taskId } = file;
  const done = { reloads: [["policy"]], onDone: onClose };
  const adopt = useChange((client, hash: string) => client.policy.adoptFile({ repositoryId, taskId, sha256: hash, proof: take() }), done);
  const refuse = useChange((client, hash: string) => client.policy.refuseFile({ repositoryId, taskId, sha256: hash }), done);
  const later = useRef<HTMLButtonElement>(null);
  const isStale = looked !== file.sha256;
  const off = isStale ? "It has changed since you opened it" : adopt.isRunning || refuse.isRunning ? "It is being done" : (false as const);
  const again = () => {
    setLooked(file.sha256);
    adopt.forget();
    refuse.forget();
  };
  const { sha256 } = file;
  const { problem } = adopt.problem === null ? refuse : adopt;
  return (
    <Dialog
      open
      onClose={onClose}
      title={title}
      className="dialog-wide"
      initialFocus={later}
      foot={
        <>
          {note}
          <Button ref={later} className="push" onClick={onClose}>
            {answer === "none" ? "Decide later" : "Close"}
          </Button>
          {sha256 !== null && answer !== "refused" && (
            <Button look="deny" off={off} onClick={() => refuse.run(sha256)}>
              {answer === "adopted" ? "Take the adoption back" : "Refuse it"}
            </Button>
          )}
          {sha256 !== null && canAdopt && answer !== "adopted" && (
            <Button look="primary" off={off} onClick={() => adopt.run(sha256)}>
              Adopt exactly this file
            </Button>
          )}
        </>
      }
    >
      <div className="grid gap-4 min-w-0">
        {isStale ? (
          <div className="note" role="alert">
            <div>
              <p className="note-what">The rule file has changed since you opened it.</p>
              <p className="note-remedy">Nothing was adopted or refused.</p>
            </div>
            <Button size="small" onClick={again}>
              Look at it again
            </Button>
          </div>
        ) : (
          <>
            <div>{intro}</div>
            {answer !== "adopted" && canAdopt && <EffectView file={file} />}
            {children}
          </>
        )}
        {isAsked && canAdopt && (
          <ProofFields
            ref={fields}
            hasCodes={hasCodes}
            why="Its hooks run programs on this computer as you, outside every sandbox: adopting them asks for it."
          />
        )}
        {problem !== null && <ErrorNote problem={problem} />}
      </div>
    </Dialog>
  );
}
