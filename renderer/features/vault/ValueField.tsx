import { type Ref, useId } from "react";
import type { SecretKind } from "#shared/contract/vault.ts";
import { PassphraseField } from "../../ui/PassphraseField.tsx";
import { Icon } from "../../ui/Icon.tsx";

/** Whether values of the kind have several lines. */
export function hasLines(kind: SecretKind): boolean {
  return kind === "ssh-key" || kind === "file";
}

/**
 * Where a value is typed or pasted. Uncontrolled: it lives in the element alone until it is sent. A kind with several
 * lines gets a field that keeps them, hidden like the other, and can take a file.
 */
export function ValueField({
  ref,
  kind,
  label,
  hint,
  error,
  onInput,
}: {
  readonly ref: Ref<HTMLInputElement & HTMLTextAreaElement>;
  readonly kind: SecretKind;
  readonly label: string;
  readonly hint: string;
  readonly error: string | null;
  readonly onInput?: (typed: string) => void;
}) {
  const id = useId();
  if (!hasLines(kind))
    return (
      <PassphraseField
        ref={ref}
        label={label}
        hint={hint}
        error={error}
        autoComplete="new-password"
        onInput={(event) => onInput?.(event.currentTarget.value)}
      />
    );
  return (
    <div>
      <label className="field-label" htmlFor={id}>
        {label}
      </label>
      <div className={`field field-area ${error === null ? "" : "is-wrong"}`}>
        <textarea
          ref={ref}
          id={id}
          rows={4}
          className="mono masked"
          spellCheck={false}
          autoComplete="off"
          aria-invalid={error !== null}
          onInput={(event) => onInput?.(event.currentTarget.value)}
        />
      </div>
      <p className="flex items-center gap-2 mt-1">
        <input
          type="file"
          className="small"
          aria-label="Take it from a file"
          onChange={(event) => void take(event.currentTarget, id, onInput)}
        />
      </p>
      {error === null ? (
        <p className="field-hint">{hint}</p>
      ) : (
        <p className="field-error" role="alert">
          <Icon name="alert" size={14} />
          <span>{error}</span>
        </p>
      )}
    </div>
  );
}

async function take(picker: HTMLInputElement, id: string, onInput: ((typed: string) => void) | undefined): Promise<void> {
  const [file] = picker.files ?? [];
  const field = document.getElementById(id);
  if (file === undefined || !(field instanceof HTMLTextAreaElement) || file.size > 65_536) return;
  field.value = await file.text();
  picker.value = "";
  onInput?.(field.value);
}
