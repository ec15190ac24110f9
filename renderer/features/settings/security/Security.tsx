import { useState } from "react";
import type { PasskeySummary, UnlockMethods } from "#shared/contract/unlock.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import { useAppStatus } from "../../../rpc/app-status.ts";
import { passkeyPlace } from "../../../rpc/passkeys.ts";
import { useRead } from "../../../rpc/queries.ts";
import { Button } from "../../../ui/Button.tsx";
import { writeDay } from "../../../ui/format.ts";
import { Icon, type IconName } from "../../../ui/Icon.tsx";
import { passkeyWords } from "../../../ui/passkey-words.ts";
import { ErrorNote, Loading } from "../../../ui/states.tsx";
import { Tag } from "../../../ui/Tag.tsx";
import { useNow } from "../../../ui/use-now.ts";
import { Group } from "../rows.tsx";
import { RenewCodesDialog, TurnOffCodesDialog, TurnOnCodesDialog } from "./CodesDialogs.tsx";
import { AddKeychainDialog, RemoveKeychainDialog } from "./KeychainDialogs.tsx";
import { AddPasskeyDialog, RemovePasskeyDialog } from "./PasskeyDialogs.tsx";
import { PassphraseDialog } from "./PassphraseDialog.tsx";
import { RecoveryKeyDialog } from "./RecoveryKeyDialog.tsx";
import { VaultKeyDialog } from "./VaultKeyDialog.tsx";

type Open =
  | { readonly kind: "passphrase" | "add-keychain" | "remove-keychain" | "add-passkey" | "codes-on" | "codes-off" | "codes-new" }
  | { readonly kind: "recovery-key" | "vault-key" }
  | { readonly kind: "remove-passkey"; readonly passkey: PasskeySummary };

/** How the vault is opened, and what each way is worth. */
export function Security() {
  const methods = useRead(["unlock", "methods"], (client, signal) => client.unlock.methods({}, { signal }));
  const [open, setOpen] = useState<Open | null>(null);
  return (
    <Group title="Security">
      {methods.problem !== null && (
        <ErrorNote problem={methods.problem} className="m-3" action={{ label: "Try again", run: methods.reload }} />
      )}
      {methods.isLoading && <Loading what="the ways to unlock" rows={5} />}
      {methods.data !== undefined && <Methods methods={methods.data} onOpen={setOpen} />}
      {methods.data !== undefined && open !== null && <OpenDialog open={open} methods={methods.data} onClose={() => setOpen(null)} />}
    </Group>
  );
}

function Methods({ methods, onOpen }: { readonly methods: UnlockMethods; readonly onOpen: (open: Open) => void }) {
  const now = useNow();
  const place = passkeyPlace(useAppStatus((app) => app.status?.passkeys ?? "none"));
  const left = methods.recoveryCodesLeft;
  const button = (label: string, open: Open, name = label) => (
    <Button size="small" aria-label={name} onClick={() => onOpen(open)}>
      {label}
    </Button>
  );
  return (
    <ul aria-label="Ways to unlock">
      <Method icon="lock" name="Passphrase" words="Argon2id, 64 MiB. It always opens the vault; the other ways stand beside it.">
        {button("Change…", { kind: "passphrase" }, "Change the passphrase")}
      </Method>
      <Keychain methods={methods} onOpen={onOpen} />
      {methods.passkeys.map((passkey) => (
        <Method
          key={passkey.id}
          icon="finger"
          name={passkey.label}
          words={`${passkeyWords[passkey.unlocks]} Added ${writeDay(passkey.createdAt, now)}.`}
        >
          {passkey.unlocks === "gate" && <Tag meaning="outline">gate</Tag>}
          {button("Remove…", { kind: "remove-passkey", passkey }, `Remove the passkey ${passkey.label}`)}
        </Method>
      ))}
      <Method
        icon="finger"
        name={methods.passkeys.length === 0 ? "Passkeys" : "Another passkey"}
        words={
          place === "none"
            ? "They work where Gatehouse is open at http://localhost (not at 127.0.0.1), or in the desktop app."
            : "A security key, this computer or a phone, which must verify that it is you."
        }
      >
        {place !== "none" && button("Add…", { kind: "add-passkey" }, "Add a passkey")}
      </Method>
      <Method
        icon="clock"
        name="One-time codes"
        words={
          methods.totp
            ? `Asked for besides the passphrase. A gate, not a part of the encryption. ${left === null ? "How many recovery codes are left is known after the next code." : `${left} of 10 recovery codes left.`}`
            : "Codes of an authenticator app, asked for besides the passphrase. A gate, not a part of the encryption."
        }
      >
        {methods.totp && <Tag meaning="outline">gate</Tag>}
        {methods.totp && left !== null && left <= 3 && (
          <Tag meaning="ask" icon="alert">
            {left === 0 ? "No recovery codes" : `${left} left`}
          </Tag>
        )}
        {methods.totp && button("New recovery codes…", { kind: "codes-new" })}
        {methods.totp
          ? button("Turn off…", { kind: "codes-off" }, "Turn off one-time codes")
          : button("Turn on…", { kind: "codes-on" }, "Turn on one-time codes")}
      </Method>
      <Method
        icon="key"
        name="Recovery key"
        words={
          methods.recoveryKey
            ? "On paper or in your password manager. It opens the vault without the passphrase."
            : "There is none: if the passphrase is lost, everything in the vault is lost."
        }
      >
        {!methods.recoveryKey && (
          <Tag meaning="ask" icon="alert">
            none
          </Tag>
        )}
        {button(
          methods.recoveryKey ? "Make anew…" : "Make it…",
          { kind: "recovery-key" },
          methods.recoveryKey ? "Make anew: the recovery key" : "Make it: a recovery key",
        )}
      </Method>
      <Method
        icon="refresh"
        name="Vault key"
        words="Wraps the key of every secret. A new one takes its place without touching the secrets."
      >
        {button("Change…", { kind: "vault-key" }, "Change the vault key")}
      </Method>
      <Method
        icon={methods.rollBackGuard ? "shield" : "shieldoff"}
        name="Guard against older files"
        words={
          methods.rollBackGuard
            ? "This computer's keychain remembers how new the vault is: older files put in its place are noticed."
            : "Not working: without a keychain nothing outside the data folder remembers how new the vault is."
        }
      />
    </ul>
  );
}

function Keychain({ methods, onOpen }: { readonly methods: UnlockMethods; readonly onOpen: (open: Open) => void }) {
  const { keychain } = methods;
  const name = "This computer's keychain";
  switch (keychain.state) {
    case "unavailable":
      return <Method icon="laptop" name={name} words={`${keychain.why} ${keychain.remedy}`} />;
    case "available":
      return (
        <Method
          icon="laptop"
          name={name}
          words="A random key in the system's keychain, combined with a PIN, or behind a code or a passkey."
        >
          <Button size="small" aria-label="Set up the keychain" onClick={() => onOpen({ kind: "add-keychain" })}>
            Set up…
          </Button>
        </Method>
      );
    case "set-up":
      return (
        <Method icon="laptop" name={name} words={keychainWords[keychain.factor]}>
          {keychain.factor !== "pin" && <Tag meaning="outline">gate</Tag>}
          <Button size="small" aria-label="Remove the keychain" onClick={() => onOpen({ kind: "remove-keychain" })}>
            Remove…
          </Button>
        </Method>
      );
    default:
      return assertNever(keychain);
  }
}

const keychainWords = {
  pin: "Its key and your PIN together open the vault; neither does alone.",
  totp: "Its key opens the vault once a one-time code is right. The code is a gate, not a part of the encryption.",
  passkey: "Its key opens the vault once your passkey is checked. The passkey is a gate, not a part of the encryption.",
} as const;

function Method({
  icon,
  name,
  words,
  children,
}: {
  readonly icon: IconName;
  readonly name: string;
  readonly words: string;
  readonly children?: React.ReactNode;
}) {
  return (
    <li className="method">
      <Icon name={icon} className="label" />
      <div className="min-w-0">
        <p className="font-medium clip">{name}</p>
        <p className="small label">{words}</p>
      </div>
      <div className="method-actions">{children}</div>
    </li>
  );
}

function OpenDialog({ open, methods, onClose }: { readonly open: Open; readonly methods: UnlockMethods; readonly onClose: () => void }) {
  const host = useAppStatus((app) => app.status?.host);
  const place = passkeyPlace(useAppStatus((app) => app.status?.passkeys ?? "none"));
  const canSave = host !== "electron";
  // As it was when the dialog opened: turning codes on must not ask for one half-way.
  const [hasCodes] = useState(methods.totp);
  const shared = { hasCodes, onClose };
  switch (open.kind) {
    case "passphrase":
      return <PassphraseDialog {...shared} />;
    case "add-keychain":
      return <AddKeychainDialog {...shared} hasPasskey={methods.passkeys.length > 0} />;
    case "remove-keychain":
      return <RemoveKeychainDialog {...shared} />;
    case "add-passkey":
      return <AddPasskeyDialog {...shared} place={place} />;
    case "remove-passkey":
      return <RemovePasskeyDialog {...shared} passkey={open.passkey} />;
    case "codes-on":
      return <TurnOnCodesDialog {...shared} canSave={canSave} />;
    case "codes-off":
      return <TurnOffCodesDialog onClose={onClose} />;
    case "codes-new":
      return <RenewCodesDialog canSave={canSave} onClose={onClose} />;
    case "recovery-key":
      return <RecoveryKeyDialog {...shared} hasKey={methods.recoveryKey} canSave={canSave} />;
    case "vault-key":
      return <VaultKeyDialog {...shared} />;
    default:
      return assertNever(open);
  }
}
