import { useRef } from "react";
import { assertNever } from "#shared/domain/assert-never.ts";
import { useChange } from "../../rpc/queries.ts";
import { PassphraseField } from "../../ui/PassphraseField.tsx";
import { CodeField } from "./CodeField.tsx";
import { useFocus } from "../../ui/use-focus.ts";
import { UnlockButton } from "./UnlockButton.tsx";
import { useWait } from "./use-wait.ts";

export type KeychainFactor = "pin" | "totp";

/** The key in this computer's keychain, together with a PIN or behind a code. */
export function KeychainWay({ factor }: { readonly factor: KeychainFactor }) {
  const field = useRef<HTMLInputElement>(null);
  const waitMs = useWait();
  useFocus(field);
  const unlock = useChange((client, typed: string) => client.unlock.withKeychain(factor === "pin" ? { pin: typed } : { code: typed }), {
    onFail: () => field.current?.focus(),
  });
  const wrong = unlock.problem?.code === "WRONG_PASSPHRASE" || unlock.problem?.code === "WRONG_CODE" ? unlock.problem.message : null;
  return (
    <form
      className="unlock-form"
      onSubmit={(event) => {
        event.preventDefault();
        const typed = field.current?.value.trim() ?? "";
        if (typed === "" || waitMs > 0 || unlock.isRunning) return;
        if (field.current !== null) field.current.value = "";
        unlock.run(typed);
      }}
    >
      {factorField(factor, field, wrong)}
      <UnlockButton
        words="Unlock with the keychain"
        busyWords="Asking the keychain…"
        isRunning={unlock.isRunning}
        waitMs={waitMs}
        problem={wrong === null ? unlock.problem : null}
      />
    </form>
  );
}

function factorField(factor: KeychainFactor, ref: React.RefObject<HTMLInputElement | null>, wrong: string | null) {
  switch (factor) {
    case "pin":
      return (
        <PassphraseField
          ref={ref}
          label="PIN"
          autoComplete="current-password"
          error={wrong}
          hint="The PIN and the key in this computer's keychain together open the vault; neither does alone."
        />
      );
    case "totp":
      return <CodeField ref={ref} error={wrong} />;
    default:
      return assertNever(factor);
  }
}
