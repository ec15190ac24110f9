import { type Ref, useImperativeHandle, useRef } from "react";
import { Field } from "./Field.tsx";
import { PassphraseField } from "./PassphraseField.tsx";

/** The passphrase, and a code where codes are on, for what the page alone must not do. */
export function ProofFields({
  ref,
  hasCodes,
  why,
}: {
  readonly ref: Ref<{ take(): { readonly passphrase: string; readonly code: string | null } | null }>;
  readonly hasCodes: boolean;
  readonly why: string;
}) {
  const passphrase = useRef<HTMLInputElement>(null);
  const code = useRef<HTMLInputElement>(null);
  useImperativeHandle(ref, () => ({
    take: () => {
      const typed = passphrase.current?.value ?? "";
      const typedCode = code.current?.value.trim() ?? "";
      if (code.current !== null) code.current.value = "";
      return typed === "" ? null : { passphrase: typed, code: typedCode === "" ? null : typedCode };
    },
  }));
  return (
    <div className="grid gap-3">
      <PassphraseField ref={passphrase} label="Your passphrase" autoComplete="current-password" hint={why} />
      {hasCodes && (
        <Field
          ref={code}
          label="One-time code"
          className="num"
          autoComplete="one-time-code"
          inputMode="numeric"
          hint="A new one: each code is taken once."
        />
      )}
    </div>
  );
}
