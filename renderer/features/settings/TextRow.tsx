import { useState } from "react";
import type { Settings } from "#shared/contract/settings.ts";
import { type Change, problemOf } from "./NumberRow.tsx";
import { Row } from "./rows.tsx";

/** One text, written when it is left or Enter is pressed; empty is none. */
export function TextRow({
  name,
  hint,
  field,
  whenEmpty,
  settings,
  onChange,
}: {
  readonly name: string;
  readonly hint: string;
  readonly field: "baseImage" | "upstreamProxy" | "extraCaFile";
  readonly whenEmpty: string;
  readonly settings: Settings;
  readonly onChange: (change: Change) => void;
}) {
  const [typed, setTyped] = useState<string | null>(null);
  const wish = typed === null || typed.trim() === "" ? null : typed.trim();
  const error = typed === null ? null : problemOf(field, wish);
  const save = () => {
    if (typed === null || error !== null) return;
    if (wish !== settings[field]) onChange({ [field]: wish });
    setTyped(null);
  };
  return (
    <Row name={name} hint={hint} error={error}>
      <span className={`field w-72 ${error === null ? "" : "is-wrong"}`}>
        <input
          aria-label={name}
          aria-invalid={error !== null}
          className="mono"
          spellCheck={false}
          placeholder={whenEmpty}
          value={typed ?? settings[field] ?? ""}
          onChange={(event) => setTyped(event.target.value)}
          onBlur={save}
          onKeyDown={(event) => event.key === "Enter" && save()}
        />
      </span>
    </Row>
  );
}
