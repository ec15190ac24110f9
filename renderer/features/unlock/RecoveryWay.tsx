import { useRef, useState } from "react";
import { Passphrase } from "#shared/contract/unlock.ts";
import { useChange } from "../../rpc/queries.ts";
import { useStrength } from "../../rpc/use-strength.ts";
import { Field } from "../../ui/Field.tsx";
import { PassphraseField } from "../../ui/PassphraseField.tsx";
import { StrengthMeter } from "../../ui/StrengthMeter.tsx";
import { useFocus } from "../../ui/use-focus.ts";
import { UnlockButton } from "./UnlockButton.tsx";
import { useWait } from "./use-wait.ts";

interface Try {
  readonly recoveryKey: string;
  readonly next: string;
  readonly acceptOlder: boolean;
}

/** The recovery key opens the vault, and another passphrase takes the place of the one that is lost. */
export function RecoveryWay() {
  const key = useRef<HTMLInputElement>(null);
  const next = useRef<HTMLInputElement>(null);
  const [wrongNext, setWrongNext] = useState<string | null>(null);
  const { strength, measure } = useStrength();
  const waitMs = useWait();
  useFocus(key);
  const recover = useChange((client, given: Try) => client.unlock.withRecoveryKey(given), { onFail: () => key.current?.focus() });
  const wrongKey = recover.problem?.code === "WRONG_RECOVERY_KEY" ? recover.problem : null;
  const submit = (acceptOlder: boolean) => {
    const recoveryKey = key.current?.value.trim() ?? "";
    const read = Passphrase.safeParse(next.current?.value ?? "");
    setWrongNext(read.success ? null : (read.error.issues[0]?.message ?? "Choose another passphrase."));
    if (recoveryKey === "" || !read.success || waitMs > 0 || recover.isRunning) return;
    recover.run({ recoveryKey, next: read.data, acceptOlder });
  };
  return (
    <form
      className="unlock-form"
      onSubmit={(event) => {
        event.preventDefault();
        submit(false);
      }}
    >
      <Field
        ref={key}
        label="Recovery key"
        size="large"
        autoCapitalize="characters"
        placeholder="ABCD-EFGH-JKMN-…"
        hint="36 letters and digits, from paper or your password manager. Case and dashes do not matter."
        error={
          wrongKey === null ? null : (
            <>
              {wrongKey.message}
              <span className="soft block">{wrongKey.remedy}</span>
            </>
          )
        }
      />
      <PassphraseField
        ref={next}
        label="New passphrase"
        autoComplete="new-password"
        error={wrongNext}
        onInput={(event) => measure(event.currentTarget.value)}
        hint="It takes the place of the one before. One-time codes are turned off, in case that device is lost, too."
      />
      <StrengthMeter strength={strength} />
      <UnlockButton
        words="Open and set the passphrase"
        busyWords="Opening…"
        isRunning={recover.isRunning}
        waitMs={waitMs}
        problem={wrongKey === null ? recover.problem : null}
        onOlder={() => submit(true)}
      />
    </form>
  );
}
