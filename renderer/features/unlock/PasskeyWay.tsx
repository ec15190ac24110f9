import { type PasskeyPlace, unlockWithPasskey } from "../../rpc/passkeys.ts";
import { useChange } from "../../rpc/queries.ts";
import { UnlockButton } from "./UnlockButton.tsx";
import { useWait } from "./use-wait.ts";

/** A passkey, in this page or in a window of its own. */
export function PasskeyWay({
  place,
  hasKey,
  hasGate,
}: {
  readonly place: PasskeyPlace;
  readonly hasKey: boolean;
  readonly hasGate: boolean;
}) {
  const waitMs = useWait();
  const unlock = useChange(async (client, _: null) => await unlockWithPasskey(client, place));
  return (
    <form
      className="unlock-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (waitMs === 0 && !unlock.isRunning) unlock.run(null);
      }}
    >
      <p className="soft">
        {hasKey
          ? "Your passkey yields a key that opens the vault. It must verify that it is you: a fingerprint, a face, its PIN."
          : "Your passkey is a gate: it is checked here, and the key comes from this computer's keychain. It must verify that it is you."}
        {hasKey && hasGate && " One of your passkeys yields no key; it works together with this computer's keychain."}
      </p>
      <UnlockButton
        words="Use the passkey"
        busyWords={place === "window" ? "Waiting for its window…" : "Waiting for the passkey…"}
        isRunning={unlock.isRunning}
        waitMs={waitMs}
        problem={unlock.problem}
      />
    </form>
  );
}
