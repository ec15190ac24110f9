import { type ReactNode, type RefObject, useEffect, useState } from "react";
import { Button } from "../../ui/Button.tsx";
import { Field } from "../../ui/Field.tsx";

/** A one-time code, or one of the recovery codes in its place. */
export function CodeField({ ref, error }: { readonly ref: RefObject<HTMLInputElement | null>; readonly error: ReactNode }) {
  const [chosen, setChosen] = useState<"app" | "recovery" | null>(null);
  const isRecovery = chosen === "recovery";
  // The field is another one then.
  useEffect(() => {
    if (chosen !== null) ref.current?.focus();
  }, [chosen, ref]);
  return (
    <div>
      <Field
        ref={ref}
        key={String(isRecovery)}
        label={isRecovery ? "Recovery code" : "One-time code"}
        size="large"
        className="num"
        autoComplete="one-time-code"
        inputMode={isRecovery ? "text" : "numeric"}
        placeholder={isRecovery ? "ABCDE-FGHJK" : "123456"}
        error={error}
        hint={
          isRecovery
            ? "Each recovery code works once."
            : "Six digits from your authenticator app. The code guards this screen; it is not part of the encryption."
        }
      />
      <Button size="small" look="quiet" className="mt-1" onClick={() => setChosen(isRecovery ? "app" : "recovery")}>
        {isRecovery ? "Use the authenticator app" : "Use a recovery code"}
      </Button>
    </div>
  );
}
