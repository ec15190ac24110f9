import { useState } from "react";
import { Settings } from "#shared/contract/settings.ts";
import { Row } from "./rows.tsx";

export type Change = Partial<Settings>;

/** Settings that are a number, or a number where they are not left to Gatehouse. */
export type NumberField = {
  [Name in keyof Settings]: number extends Settings[Name] ? Name : never;
}[keyof Settings];

/** One number, written when it is left or Enter is pressed. `whenEmpty`: what the setting is without one, where it may be. */
export function NumberRow({
  name,
  hint,
  unit,
  field,
  whenEmpty,
  settings,
  onChange,
}: {
  readonly name: string;
  readonly hint: string;
  readonly unit?: string;
  readonly field: NumberField;
  readonly whenEmpty?: string;
  readonly settings: Settings;
  readonly onChange: (change: Change) => void;
}) {
  const [typed, setTyped] = useState<string | null>(null);
  const wish = typed === null || (typed.trim() === "" && whenEmpty !== undefined) ? null : Number(typed);
  const error = typed === null ? null : problemOf(field, wish);
  const save = () => {
    if (typed !== null && error === null && wish !== settings[field]) onChange({ [field]: wish });
    if (error === null) setTyped(null);
  };
  return (
    <Row name={name} hint={hint} error={error}>
      <span className={`field ${whenEmpty === undefined ? "w-28" : "w-44"} ${error === null ? "" : "is-wrong"}`}>
        <input
          aria-label={unit === undefined ? name : `${name}, ${unit}`}
          aria-invalid={error !== null}
          type="number"
          inputMode="numeric"
          placeholder={whenEmpty}
          value={typed ?? settings[field] ?? ""}
          onChange={(event) => setTyped(event.target.value)}
          onBlur={save}
          onKeyDown={(event) => event.key === "Enter" && save()}
        />
        {unit !== undefined && <span className="small">{unit}</span>}
      </span>
    </Row>
  );
}

/** What the schema says against a value; null where nothing. */
export function problemOf(field: keyof Settings, value: unknown): string | null {
  const read = Settings.shape[field].safeParse(value);
  return read.success ? null : (read.error.issues[0]?.message ?? "That value cannot be.");
}
