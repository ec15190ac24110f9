import { type ReactNode, type Ref, useState } from "react";
import { Button } from "../../ui/Button.tsx";
import { Field } from "../../ui/Field.tsx";

/** A one-time code, or one of the recovery codes in its place. */
export function CodeField({
  ref,
  error,
  autoFocus,
}: {
  readonly ref: Ref<HTMLInputElement>;
  readonly error: ReactNode;
  readonly autoFocus?: boolean;
}) {
  const [isRecovery, setRecovery] = useState(false);
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
        autoFocus={autoFocus ?? isRecovery}
        placeholder={isRecovery ? "ABCDE-FGHJK" : "123456"}
        error={error}
        hint={
          isRecovery
            ? "Each recovery code works once."
            : "Six digits from your authenticator app. The code guards this screen; it is not part of the encryption."
        }
      />
      <Button size="small" look="quiet" className="mt-1" onClick={() => setRecovery(!isRecovery)}>
        {isRecovery ? "Use the authenticator app" : "Use a recovery code"}
      </Button>
    </div>
  );
}
