import { type RefObject, useRef, useState } from "react";
import { kindOfValue, problemOfValue, type SecretDetails, SecretKind, SecretName, type SecretSummary } from "#shared/contract/vault.ts";
import { useChange } from "../../rpc/queries.ts";
import { Button } from "../../ui/Button.tsx";
import { useCommands } from "../../ui/commands.ts";
import { Dialog } from "../../ui/Dialog.tsx";
import { Field, Labelled } from "../../ui/Field.tsx";
import { Select } from "../../ui/Select.tsx";
import { ErrorNote } from "../../ui/states.tsx";
import { DetailsFields } from "./DetailsFields.tsx";
import type { ScopeNames } from "./scope-words.ts";
import { kindWords } from "./SecretTable.tsx";
import { useDetails } from "./use-details.ts";
import { hasLines, ValueField } from "./ValueField.tsx";

type ValueElement = HTMLInputElement & HTMLTextAreaElement;

/** Reads the value once and empties its field, so that the page holds it no longer than the call. */
function takeValue(field: RefObject<ValueElement | null>): string {
  const value = field.current?.value ?? "";
  if (field.current !== null) field.current.value = "";
  return value;
}

/** What is wrong with a value, before it is sent; the field keeps it then. */
function problemOf(kind: SecretKind, value: string): string | null {
  return value === "" ? "Paste the value." : problemOfValue(kind, value);
}

interface NewSecret extends SecretDetails {
  readonly name: string;
  readonly note: string;
  readonly value: string;
}

export function StoreSecretDialog({ names, onClose }: { readonly names: ScopeNames; readonly onClose: () => void }) {
  const [name, setName] = useState("");
  const [nameError, setNameError] = useState<string | null>(null);
  const [valueError, setValueError] = useState<string | null>(null);
  const [isKindChosen, setKindChosen] = useState(false);
  const value = useRef<ValueElement>(null);
  const details = useDetails(null);
  const { kind } = details.draft;
  const store = useChange((client, secret: NewSecret) => client.vault.store(secret), { reloads: [["vault"]], onDone: onClose });
  const submit = () => {
    if (store.isRunning) return;
    const read = SecretName.safeParse(name);
    const wrong = problemOf(kind, value.current?.value ?? "");
    const rest = details.read();
    setNameError(read.success ? null : (read.error.issues[0]?.message ?? "Choose another name."));
    setValueError(wrong);
    if (!read.success || wrong !== null || rest === null) return;
    store.run({ name, note: rest.note, value: takeValue(value), ...rest.details });
  };
  useSubmitKey(submit);
  return (
    <Dialog
      open
      onClose={onClose}
      title="Store a secret"
      className="dialog-wide"
      foot={<Foot label="Store" isRunning={store.isRunning} onSubmit={submit} />}
    >
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <div className="grid grid-cols-[minmax(0,1fr)_200px] gap-4">
          <Field
            label="Name"
            placeholder="npm-publish"
            value={name}
            error={nameError}
            hint="What agents and rules say; it shows in logs."
            onChange={(event) => setName(event.target.value)}
          />
          <Labelled label="Kind">
            {(id) => (
              <Select<SecretKind>
                id={id}
                value={kind}
                options={SecretKind.options.map((one) => ({ value: one, label: kindWords[one] }))}
                onChange={(next) => {
                  setKindChosen(true);
                  details.setKind(next);
                }}
              />
            )}
          </Labelled>
        </div>
        <ValueField
          ref={value}
          key={String(hasLines(kind))}
          kind={kind}
          label="Value"
          error={valueError}
          hint="Sealed at once. It can be replaced or deleted, never read."
          onInput={(typed) => {
            const likely = kindOfValue(typed);
            if (!isKindChosen && !hasLines(likely) && likely !== kind) details.setKind(likely);
          }}
        />
        <DetailsFields details={details} names={names} />
        <button type="submit" hidden aria-hidden="true" tabIndex={-1} />
        {store.problem !== null && <ErrorNote problem={store.problem} />}
      </form>
    </Dialog>
  );
}

export function EditSecretDialog({
  secret,
  names,
  onClose,
}: {
  readonly secret: SecretSummary;
  readonly names: ScopeNames;
  readonly onClose: () => void;
}) {
  const details = useDetails(secret);
  const describe = useChange(
    (client, next: { readonly note: string; readonly details: SecretDetails }) =>
      client.vault.describe({ id: secret.id, note: next.note, ...next.details }),
    { reloads: [["vault"]], onDone: onClose },
  );
  const submit = () => {
    const next = details.read();
    if (next !== null && !describe.isRunning) describe.run(next);
  };
  useSubmitKey(submit);
  return (
    <Dialog
      open
      onClose={onClose}
      title={`${secret.name}: who, where and until when`}
      className="dialog-wide"
      foot={<Foot label="Save" isRunning={describe.isRunning} onSubmit={submit} />}
    >
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <p className="soft">
          {kindWords[secret.kind]}. Agents name it <code>{`{{secret:${secret.name}}}`}</code>. Its value stays as it is.
        </p>
        <DetailsFields details={details} names={names} />
        <button type="submit" hidden aria-hidden="true" tabIndex={-1} />
        {describe.problem !== null && <ErrorNote problem={describe.problem} />}
      </form>
    </Dialog>
  );
}

export function ReplaceSecretDialog({ secret, onClose }: { readonly secret: SecretSummary; readonly onClose: () => void }) {
  const [error, setError] = useState<string | null>(null);
  const value = useRef<ValueElement>(null);
  const replace = useChange((client, next: string) => client.vault.replace({ id: secret.id, value: next }), {
    reloads: [["vault"]],
    onDone: onClose,
  });
  const submit = () => {
    if (replace.isRunning) return;
    const wrong = problemOf(secret.kind, value.current?.value ?? "");
    setError(wrong);
    if (wrong === null) replace.run(takeValue(value));
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
        <ValueField
          ref={value}
          kind={secret.kind}
          label="New value"
          error={error}
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
