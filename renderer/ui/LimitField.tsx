import { useState } from "react";
import { BudgetLimit } from "#shared/contract/usage.ts";
import { editableUsd, parseUsd } from "./parse-usd.ts";

/** A limit in dollars, written when the field is left; empty means none. */
export function LimitField({
  name,
  limit,
  placeholder = "no limit",
  onChange,
}: {
  readonly name: string;
  readonly limit: number | null;
  readonly placeholder?: string;
  readonly onChange: (limit: number | null) => void;
}) {
  const [typed, setTyped] = useState<string | null>(null);
  const wish = typed === null ? limit : parseUsd(typed);
  const error = typed === null ? null : problemOf(wish);
  const save = () => {
    if (typed === null || error !== null) return;
    if (wish !== limit) onChange(wish);
    setTyped(null);
  };
  return (
    <>
      <span className={`field w-40 ${error === null ? "" : "is-wrong"}`}>
        <span className="label" aria-hidden="true">
          $
        </span>
        <input
          aria-label={`${name}, US dollars`}
          aria-invalid={error !== null}
          inputMode="decimal"
          autoComplete="off"
          placeholder={placeholder}
          value={typed ?? editableUsd(limit)}
          onChange={(event) => setTyped(event.target.value)}
          onBlur={save}
          onKeyDown={(event) => event.key === "Enter" && save()}
        />
      </span>
      {error !== null && (
        <p className="small is-deny" role="alert">
          {error}
        </p>
      )}
    </>
  );
}

function problemOf(wish: number | null): string | null {
  if (wish === null) return null;
  if (Number.isNaN(wish)) return "an amount such as 12.50";
  const read = BudgetLimit.safeParse(wish);
  return read.success ? null : (read.error.issues[0]?.message ?? "not an amount");
}
