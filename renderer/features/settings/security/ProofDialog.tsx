import { type ReactNode, useRef, useState } from "react";
import type { Client } from "../../../rpc/client.ts";
import { useChange } from "../../../rpc/queries.ts";
import { Button } from "../../../ui/Button.tsx";
import { Dialog } from "../../../ui/Dialog.tsx";
import { Field } from "../../../ui/Field.tsx";
import { PassphraseField } from "../../../ui/PassphraseField.tsx";
import { ErrorNote } from "../../../ui/states.tsx";

/** What every change of the unlock methods is allowed by. */
export interface Proof {
  readonly passphrase: string;
  readonly code: string | null;
}

interface ProofDialogProps<Extra, Result> {
  readonly title: string;
  readonly action: string;
  readonly busyWords?: string;
  /** Takes something away. */
  readonly isGrave?: boolean;
  readonly hasCodes: boolean;
  readonly onClose: () => void;
  /** Above the proof: what it does, and what else it asks for. */
  readonly children?: ReactNode;
  /** Reads what else was typed; null when something of it is wrong and was said. */
  readonly collect: () => Extra | null;
  readonly run: (client: Client, proof: Proof, extra: Extra) => Promise<Result>;
  readonly onDone: (result: Result) => void;
}

/** Asks for the passphrase, and a code where codes are on, before it changes how the vault is opened. */
export function ProofDialog<Extra, Result>(props: ProofDialogProps<Extra, Result>) {
  const { title, action, hasCodes, onClose } = props;
  const passphrase = useRef<HTMLInputElement>(null);
  const code = useRef<HTMLInputElement>(null);
  const [missing, setMissing] = useState<"passphrase" | "code" | null>(null);
  const change = useChange(
    async (client, { proof, extra }: { readonly proof: Proof; readonly extra: Extra }) => await props.run(client, proof, extra),
    {
      reloads: [["unlock"]],
      onDone: props.onDone,
      onFail: ({ code: what }) => (what === "WRONG_CODE" ? code : passphrase).current?.focus(),
    },
  );
  const submit = () => {
    if (change.isRunning) return;
    const extra = props.collect();
    const typed = passphrase.current?.value ?? "";
    const typedCode = code.current?.value.trim() ?? "";
    const isMissing = typed === "" ? "passphrase" : hasCodes && typedCode === "" ? "code" : null;
    setMissing(isMissing);
    if (isMissing !== null || extra === null) return;
    if (code.current !== null) code.current.value = "";
    change.run({ proof: { passphrase: typed, code: hasCodes ? typedCode : null }, extra });
  };
  const said = (what: string) => (change.problem?.code === what ? change.problem.message : null);
  const isBeside = said("WRONG_PASSPHRASE") !== null || said("WRONG_CODE") !== null;
  return (
    <Dialog
      open
      onClose={onClose}
      title={title}
      foot={
        <Button
          look={props.isGrave === true ? "deny" : "primary"}
          className="push"
          onClick={submit}
          off={change.isRunning ? "It is being done" : false}
        >
          {change.isRunning ? (props.busyWords ?? "Working…") : action}
        </Button>
      }
    >
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        {props.children}
        <PassphraseField
          ref={passphrase}
          label="Your passphrase"
          autoComplete="current-password"
          error={missing === "passphrase" ? "It is asked for." : said("WRONG_PASSPHRASE")}
          hint="Every change of how the vault is opened asks for it."
        />
        {hasCodes && (
          <Field
            ref={code}
            label="One-time code"
            className="num"
            autoComplete="one-time-code"
            inputMode="numeric"
            error={missing === "code" ? "It is asked for, too." : said("WRONG_CODE")}
            hint="A new one: each code is taken once. A recovery code does as well."
          />
        )}
        {change.problem !== null && !isBeside && <ErrorNote problem={change.problem} />}
        <button type="submit" hidden aria-hidden="true" tabIndex={-1} />
      </form>
    </Dialog>
  );
}

/** For changes that ask for nothing else. */
export function nothingElse(): Readonly<Record<string, never>> {
  return {};
}
