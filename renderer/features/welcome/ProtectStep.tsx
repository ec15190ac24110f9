import { type ReactNode, useId, useRef, useState } from "react";
import { Passphrase, Pin } from "#shared/contract/unlock.ts";
import { useAppStatus } from "../../rpc/app-status.ts";
import { passkeyPlace } from "../../rpc/passkeys.ts";
import { useChange, useRead } from "../../rpc/queries.ts";
import { useStrength } from "../../rpc/use-strength.ts";
import { Button } from "../../ui/Button.tsx";
import { Field } from "../../ui/Field.tsx";
import { Icon } from "../../ui/Icon.tsx";
import { PassphraseField } from "../../ui/PassphraseField.tsx";
import { StrengthMeter } from "../../ui/StrengthMeter.tsx";
import { ErrorNote } from "../../ui/states.tsx";
import { useFocus } from "../../ui/use-focus.ts";
import { makeVault, type VaultWish } from "./make-vault.ts";

type FieldName = "first" | "second" | "pin" | "label";

/** Makes the vault. The passphrase lives in its two fields until it is sent, and nowhere else. */
export function ProtectStep({ onVaultMade }: { readonly onVaultMade: (() => void) | undefined }) {
  const first = useRef<HTMLInputElement>(null);
  const second = useRef<HTMLInputElement>(null);
  const pin = useRef<HTMLInputElement>(null);
  const label = useRef<HTMLInputElement>(null);
  const [withKeychain, setWithKeychain] = useState(false);
  const [withPasskey, setWithPasskey] = useState(false);
  const [wrong, setWrong] = useState<{ readonly field: FieldName; readonly words: string } | null>(null);
  const { strength, measure } = useStrength();
  const keychain = useRead(["unlock", "methods"], (client, signal) => client.unlock.methods({}, { signal })).data?.keychain;
  const place = passkeyPlace(useAppStatus((app) => app.status?.passkeys ?? "none"));
  const create = useChange(async (client, wish: VaultWish) => await makeVault(client, wish));
  useFocus(first);
  useFocus(pin, withKeychain);
  useFocus(label, withPasskey);
  const refuse = (field: FieldName, words: string) => {
    setWrong({ field, words });
    ({ first, second, pin, label })[field].current?.focus();
  };
  const submit = () => {
    const typed = first.current?.value ?? "";
    const typedPin = withKeychain ? (pin.current?.value ?? "") : null;
    const name = withPasskey ? (label.current?.value.trim() ?? "") : null;
    const read = Passphrase.safeParse(typed);
    if (!read.success) return refuse("first", read.error.issues[0]?.message ?? "Choose another passphrase.");
    if (strength?.score === 0) return refuse("first", "That is guessed at once. Choose another.");
    if (second.current?.value !== typed) return refuse("second", "The two are not the same.");
    if (typedPin !== null && !Pin.safeParse(typedPin).success) return refuse("pin", "Use at least 4 characters.");
    if (name === "") return refuse("label", "Give it a name.");
    setWrong(null);
    onVaultMade?.();
    for (const { current } of [first, second, pin]) if (current !== null) current.value = "";
    create.run({ passphrase: typed, pin: typedPin, passkey: name === null ? null : { label: name, place } });
  };
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (!create.isRunning) submit();
      }}
    >
      <header>
        <h1>Protect the vault</h1>
        <p className="soft">
          Tasks, keys and the log are encrypted on this computer under a passphrase. There is no account, and nobody can reset it.
        </p>
      </header>
      <PassphraseField
        ref={first}
        label="Passphrase"
        autoComplete="new-password"
        error={wrong?.field === "first" ? wrong.words : null}
        hint="At least 8 characters. Four or five unrelated words are good and easy to keep."
        onInput={(event) => measure(event.currentTarget.value)}
      />
      <StrengthMeter strength={strength} />
      <PassphraseField
        ref={second}
        label="The same again"
        autoComplete="new-password"
        error={wrong?.field === "second" ? wrong.words : null}
      />
      <fieldset className="grid gap-2">
        <legend className="field-label">Quicker ways, besides the passphrase</legend>
        <Choice
          name="This computer's keychain and a PIN"
          isOn={withKeychain}
          isOff={keychain?.state !== "available"}
          onChange={setWithKeychain}
        >
          {keychain?.state === "unavailable"
            ? `${keychain.why} ${keychain.remedy}`
            : "A random key stays in the system's keychain; with your PIN it opens the vault. Neither does alone."}
        </Choice>
        {withKeychain && (
          <PassphraseField
            ref={pin}
            label="PIN"
            autoComplete="new-password"
            error={wrong?.field === "pin" ? wrong.words : null}
            hint="At least 4 characters. Guessing it takes this computer."
          />
        )}
        <Choice name="A passkey" isOn={withPasskey} isOff={place === "none"} onChange={setWithPasskey}>
          {place === "none"
            ? "Passkeys work where Gatehouse is open at http://localhost (not at 127.0.0.1), or in the desktop app."
            : "A security key, this computer or a phone. If it yields a key (PRF) it opens the vault by itself, else together with the keychain: which of the two is said next."}
        </Choice>
        {withPasskey && (
          <Field
            ref={label}
            label="Name of the passkey"
            maxLength={100}
            defaultValue="My passkey"
            error={wrong?.field === "label" ? wrong.words : null}
            hint={
              place === "window"
                ? "A window of its own asks for it as soon as the vault is made."
                : "The browser asks for it as soon as the vault is made."
            }
          />
        )}
        <p className="small label flex items-start gap-2">
          <Icon name="clock" size={14} className="mt-0.5" />
          <span>One-time codes can be added later, under Settings, Security.</span>
        </p>
      </fieldset>
      {create.problem !== null && <ErrorNote problem={create.problem} />}
      <p>
        <Button type="submit" look="primary" size="large" keys="enter" off={create.isRunning ? "It is being made" : false}>
          {create.isRunning ? "Making the vault…" : "Make the vault"}
        </Button>
      </p>
    </form>
  );
}

/** A way that can be had besides the passphrase, or why it cannot. */
function Choice({
  name,
  isOn,
  isOff,
  onChange,
  children,
}: {
  readonly name: string;
  readonly isOn: boolean;
  /** Cannot be had here. */
  readonly isOff: boolean;
  readonly onChange: (isOn: boolean) => void;
  readonly children: ReactNode;
}) {
  const noteId = useId();
  return (
    <label className="choice" aria-disabled={isOff}>
      <input
        type="checkbox"
        aria-label={name}
        aria-describedby={noteId}
        checked={isOn}
        disabled={isOff}
        onChange={(event) => onChange(event.target.checked)}
      />
      <span>
        {name}
        <span id={noteId} className="small label block">
          {children}
        </span>
      </span>
    </label>
  );
}
