import { assertNever } from "#shared/domain/assert-never.ts";
import { passkeyWords } from "../../ui/passkey-words.ts";
import { ErrorNote } from "../../ui/states.tsx";
import { useNewVault } from "./make-vault.ts";

/** What became of the passkey that was wished for with the vault: which of the two kinds it is, or why there is none. */
export function NewPasskeyNote() {
  const passkey = useNewVault((state) => state.passkey);
  switch (passkey.kind) {
    case "none":
      return null;
    case "waiting":
      return (
        <p className="frame p-4" role="status">
          <b>Waiting for the passkey.</b>{" "}
          <span className="soft">
            {passkey.place === "window" ? "Use it in the window that has opened" : "Do what the browser asks"}, or cancel there: the vault
            is made either way, and the recovery key comes next.
          </span>
        </p>
      );
    case "added":
      return (
        <p className="frame p-4" role="status">
          <b>{passkey.passkey.label} is added.</b> <span className="soft">{passkeyWords[passkey.passkey.unlocks]}</span>{" "}
          {passkey.passkey.unlocks === "gate" && (
            <span className="soft">
              {passkey.isKeychainBehind
                ? "That key is set up behind it, so the two open the vault from now on."
                : "It unlocks once the keychain is set up behind a passkey: Settings, Security."}
            </span>
          )}
        </p>
      );
    case "refused":
      return (
        <ErrorNote
          problem={{ ...passkey.problem, remedy: `${passkey.problem.remedy} The vault is made without one; Settings, Security adds it.` }}
        />
      );
    default:
      return assertNever(passkey);
  }
}
