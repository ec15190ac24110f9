import { type RefObject, useRef, useState } from "react";
import { SecretName, type SecretSummary } from "#shared/contract/vault.ts";
import { useChange } from "../../rpc/queries.ts";
import { Button } from "../../ui/Button.tsx";
import { useCommands } from "../../ui/commands.ts";
import { Dialog } from "../../ui/Dialog.tsx";
import { Field } from "../../ui/Field.tsx";
import { PassphraseField } from "../../ui/PassphraseField.tsx";
import { ErrorNote } from "../../ui/states.tsx";

/** Reads the value once and empties its field, so that the page holds it no longer than the call. */
function takeValue(field: RefObject<HTMLInputElement | null>): string {
  const value = field.current?.value ?? "";
  if (field.current !== null) field.current.value = "";
  return value;
}

export function StoreSecretDialog({ onClose }: { readonly onClose: () => void }) {
  const [name, setName] = useState("");
  const [note, setNote] = useState("");
  const [nameError, setNameError] = useState<string | null>(null);
  const [isMissing, setMissing] = useState(false);
  const value = useRef<HTMLInputElement>(null);
  const store = useChange(
    (client, secret: { readonly name: string; readonly note: string; readonly value: string }) => client.vault.store(secret),
    {
      reloads: [["vault"]],
      onDone: onClose,
    },
  );
  const submit = () => {
    if (store.isRunning) return;
    const read = SecretName.safeParse(name);
    setNameError(read.success ? null : (read.error.issues[0]?.message ?? "Choose another name."));
    setMissing(value.current?.value === "");
    if (!read.success || value.current?.value === "") return;
    store.run({ name, note, value: takeValue(value) });
  };
  useSubmitKey(submit);
  return (
    <Dialog open onClose={onClose} title="Store a secret" foot={<Foot label="Store" isRunning={store.isRunning} onSubmit={submit} />}>
      <form
        className="grid gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Field
          label="Name"
          placeholder="npm-publish"
          value={name}
          error={nameError}
          hint="Lower-case letters, digits, - and _. It is what agents and rules say, and it shows in logs."
          onChange={(event) => setName(event.target.value)}
        />
        <PassphraseField
          ref={value}
          label="Value"
          autoComplete="new-password"
          error={isMissing ? "Paste the value." : null}
          hint="Sealed at once. It can be replaced or deleted, never read."
        />
        <Field
          label="Note"
          value={note}
          hint="Where it comes from, when it ends. Not secret."
          onChange={(event) => setNote(event.target.value)}
          maxLength={500}
        />
        <button type="submit" hidden aria-hidden="true" tabIndex={-1} />
        {store.problem !== null && <ErrorNote problem={store.problem} />}
      </form>
    </Dialog>
  );
}

export function ReplaceSecretDialog({ secret, onClose }: { readonly secret: SecretSummary; readonly onClose: () => void }) {
  const [isMissing, setMissing] = useState(false);
  const value = useRef<HTMLInputElement>(null);
  const replace = useChange((client, next: string) => client.vault.replace({ id: secret.id, value: next }), {
    reloads: [["vault"]],
    onDone: onClose,
  });
  const submit = () => {
    if (replace.isRunning) return;
    const next = takeValue(value);
    setMissing(next === "");
    if (next !== "") replace.run(next);
  };
  useSubmitKey(submit);
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Replace ${secret.name}`}
      foot={<Foot label="Replace" isRunning={replace.isRunning} onSubmit={submit} />}
    >
      <form
        className="grid gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <PassphraseField
          ref={value}
          label="New value"
          autoComplete="new-password"
          error={isMissing ? "Paste the value." : null}
          hint="The name and everything that uses it stay; the old value is destroyed."
        />
        {replace.problem !== null && <ErrorNote problem={replace.problem} />}
      </form>
    </Dialog>
  );
}

function Foot({ label, isRunning, onSubmit }: { readonly label: string; readonly isRunning: boolean; readonly onSubmit: () => void }) {
  return (
    <Button look="primary" className="push" keys="mod+enter" onClick={onSubmit} off={isRunning ? "It is being stored" : false}>
      {label}
    </Button>
  );
}

function useSubmitKey(submit: () => void): void {
  useCommands([
    { id: "vault.submit", label: "Store", group: "Vault", keys: ["mod+enter"], inPalette: false, inOverlay: true, run: submit },
  ]);
}
