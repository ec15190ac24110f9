import { type ComponentProps, type ReactNode, useId } from "react";
import { Icon, type IconName } from "./Icon.tsx";

interface Frame {
  readonly label: string;
  readonly hint?: ReactNode;
  /** What is wrong with what was typed; takes the hint's place. */
  readonly error?: ReactNode;
  /** Beside the text, inside the frame: a button, a key. */
  readonly beside?: ReactNode;
  readonly icon?: IconName;
  readonly size?: "medium" | "large";
}

/** A labelled line of text, with its hint or what is wrong with it. */
export function Field({
  label,
  hint,
  error,
  beside,
  icon,
  size = "medium",
  className = "",
  ...input
}: Frame & Omit<ComponentProps<"input">, "size">) {
  const id = useId();
  return (
    <div className={className}>
      <label className="field-label" htmlFor={id}>
        {label}
      </label>
      <div className={`field ${size === "large" ? "field-large" : ""} ${hasError(error) ? "is-wrong" : ""}`}>
        {icon !== undefined && <Icon name={icon} size={14} />}
        <input
          spellCheck={false}
          autoComplete="off"
          {...input}
          id={id}
          aria-invalid={hasError(error)}
          aria-describedby={hasNote(hint, error) ? `${id}-note` : undefined}
        />
        {beside}
      </div>
      <FieldNote id={`${id}-note`} hint={hint} error={error} />
    </div>
  );
}

/** The same for several lines. */
export function TextArea({
  label,
  hint,
  error,
  className = "",
  ...input
}: Omit<Frame, "beside" | "icon" | "size"> & ComponentProps<"textarea">) {
  const id = useId();
  return (
    <div className={className}>
      <label className="field-label" htmlFor={id}>
        {label}
      </label>
      <div className={`field field-area ${hasError(error) ? "is-wrong" : ""}`}>
        <textarea {...input} id={id} aria-invalid={hasError(error)} aria-describedby={hasNote(hint, error) ? `${id}-note` : undefined} />
      </div>
      <FieldNote id={`${id}-note`} hint={hint} error={error} />
    </div>
  );
}

/** A label and a note around a control that is not a text field, such as `Select`. */
export function Labelled({
  label,
  hint,
  error,
  children,
}: {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly error?: ReactNode;
  readonly children: (id: string) => ReactNode;
}) {
  const id = useId();
  return (
    <div>
      <label className="field-label" htmlFor={id}>
        {label}
      </label>
      {children(id)}
      <FieldNote id={`${id}-note`} hint={hint} error={error} />
    </div>
  );
}

/** A compact filter box for toolbars. */
export function SearchField({
  name,
  keys,
  className = "",
  ...input
}: { readonly name: string; readonly keys?: ReactNode } & ComponentProps<"input">) {
  return (
    <label className={`field field-small ${className}`}>
      <Icon name="search" size={14} />
      <input type="text" spellCheck={false} autoComplete="off" aria-label={name} placeholder={name} {...input} />
      {keys}
    </label>
  );
}

function FieldNote({ id, hint, error }: { readonly id: string; readonly hint?: ReactNode; readonly error?: ReactNode }) {
  if (hasError(error)) {
    return (
      <p id={id} className="field-error" role="alert">
        <Icon name="alert" size={14} />
        <span>{error}</span>
      </p>
    );
  }
  return hint === undefined ? null : (
    <p id={id} className="field-hint">
      {hint}
    </p>
  );
}

function hasNote(hint: ReactNode, error: ReactNode): boolean {
  return hint !== undefined || hasError(error);
}

function hasError(error: ReactNode): boolean {
  return error !== undefined && error !== null && error !== false && error !== "";
}
