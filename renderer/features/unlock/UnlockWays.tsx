import { useState } from "react";
import type { UnlockMethods } from "#shared/contract/unlock.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import { useAppStatus } from "../../rpc/app-status.ts";
import { type PasskeyPlace, passkeyPlace } from "../../rpc/passkeys.ts";
import { useRead } from "../../rpc/queries.ts";
import { useCommands } from "../../ui/commands.ts";
import { Icon, type IconName } from "../../ui/Icon.tsx";
import { Kbd } from "../../ui/Kbd.tsx";
import { KeychainWay } from "./KeychainWay.tsx";
import { PasskeyWay } from "./PasskeyWay.tsx";
import { PassphraseWay } from "./PassphraseWay.tsx";
import { RecoveryWay } from "./RecoveryWay.tsx";

type Way = "passphrase" | "keychain" | "passkey" | "recovery";

const ways: Readonly<Record<Way, { readonly label: string; readonly icon: IconName; readonly keys: string }>> = {
  passphrase: { label: "Enter the passphrase", icon: "lock", keys: "mod+shift+1" },
  passkey: { label: "Use a passkey", icon: "finger", keys: "mod+shift+2" },
  keychain: { label: "Use this computer's keychain", icon: "laptop", keys: "mod+shift+3" },
  recovery: { label: "Enter the recovery key", icon: "key", keys: "mod+shift+4" },
};

/** One way in at a time, and the others that are set up below it. */
export function UnlockWays() {
  const status = useAppStatus((app) => app.status?.passkeys ?? "none");
  const methods = useRead(["unlock", "methods"], (client, signal) => client.unlock.methods({}, { signal })).data;
  const [chosen, setChosen] = useState<Way | null>(null);
  const place = passkeyPlace(status);
  const open = waysOf(methods, place);
  const way = chosen !== null && open.includes(chosen) ? chosen : (open[0] ?? "passphrase");
  const others = (["passphrase", "passkey", "keychain", "recovery"] as const).filter((one) => one !== way && open.includes(one));
  useCommands(
    others.map((one) => ({
      ...{ id: `unlock.${one}`, label: ways[one].label, group: "Unlock", keys: [ways[one].keys], inPalette: false },
      run: () => setChosen(one),
    })),
  );
  return (
    <>
      <WayForm way={way} methods={methods} place={place} />
      {others.length > 0 && (
        <ul className="unlock-others" aria-label="Other ways">
          {others.map((one) => (
            <li key={one}>
              <button type="button" className="unlock-other" onClick={() => setChosen(one)}>
                <Icon name={ways[one].icon} />
                {ways[one].label}
                <Kbd keys={ways[one].keys} bare />
              </button>
            </li>
          ))}
        </ul>
      )}
      {methods !== undefined && lostWords(methods, place)}
    </>
  );
}

function WayForm({
  way,
  methods,
  place,
}: {
  readonly way: Way;
  readonly methods: UnlockMethods | undefined;
  readonly place: PasskeyPlace;
}) {
  switch (way) {
    case "passphrase":
      return <PassphraseWay hasCodes={methods?.totp ?? false} />;
    case "keychain":
      return <KeychainWay factor={methods?.keychain.state === "set-up" && methods.keychain.factor === "pin" ? "pin" : "totp"} />;
    case "passkey": {
      const passkeys = methods?.passkeys ?? [];
      return (
        <PasskeyWay
          place={place}
          hasKey={passkeys.some(({ unlocks }) => unlocks === "key")}
          hasGate={passkeys.some(({ unlocks }) => unlocks === "gate")}
        />
      );
    }
    case "recovery":
      return <RecoveryWay />;
    default:
      return assertNever(way);
  }
}

/** The ways that are set up and can be used here; the quickest first. A gate alone opens nothing, so it needs the keychain's key. */
function waysOf(methods: UnlockMethods | undefined, place: PasskeyPlace): readonly Way[] {
  if (methods === undefined) return ["passphrase"];
  const { keychain, passkeys } = methods;
  const hasKeychain = keychain.state === "set-up";
  const canPass = place !== "none" && passkeys.some(({ unlocks }) => unlocks === "key" || (hasKeychain && keychain.factor !== "pin"));
  const found: Way[] = [];
  if (hasKeychain && keychain.factor !== "passkey") found.push("keychain");
  if (canPass) found.push("passkey");
  found.push("passphrase");
  if (methods.recoveryKey) found.push("recovery");
  return found;
}

/** What is set up and cannot be used at this moment, with the reason. */
function lostWords({ keychain, passkeys }: UnlockMethods, place: PasskeyPlace) {
  const words: string[] = [];
  if (passkeys.length > 0 && place === "none") words.push("Passkeys work where Gatehouse is open at http://localhost (not at 127.0.0.1).");
  if (keychain.state === "unavailable" && keychain.isMissed) words.push(`${keychain.why} The passphrase works without it.`);
  return words.length === 0 ? null : <p className="small label">{words.join(" ")}</p>;
}
