import type { RefObject } from "react";
import { Button } from "../../ui/Button.tsx";
import { SearchField } from "../../ui/Field.tsx";
import { Kbd } from "../../ui/Kbd.tsx";
import type { RuleFilter } from "./Layers.tsx";
import type { UseIndex } from "./use-index.ts";

/** Finds rules by their text, or those that never decide. */
export function RuleFilterBar({
  field,
  filter,
  use,
  onChange,
}: {
  readonly field: RefObject<HTMLInputElement | null>;
  readonly filter: RuleFilter;
  /** Null until it is known. */
  readonly use: UseIndex | null;
  readonly onChange: (filter: RuleFilter) => void;
}) {
  const shadowed = use?.shadowed.size ?? 0;
  const unused =
    use === null || use.considered === 0
      ? 0
      : [...use.rules.entries()].filter(
          ([key, { rule, decided }]) => decided === 0 && rule.layer !== "floor" && !use.shadowed.has(key) && !use.repeated.has(key),
        ).length;
  const kind = (name: "shadowed" | "unused", label: string) => (
    <Button
      size="small"
      look={filter.kind === name ? "plain" : "quiet"}
      aria-pressed={filter.kind === name}
      onClick={() => onChange({ text: "", kind: filter.kind === name ? "all" : name })}
    >
      {label}
    </Button>
  );
  return (
    <span className="rule-filter push">
      {shadowed > 0 && kind("shadowed", `${shadowed} shadowed`)}
      {unused > 0 && kind("unused", `${unused} never matched`)}
      <SearchField
        ref={field}
        name="Find a rule"
        keys={<Kbd keys="/" bare />}
        value={filter.text}
        onChange={({ target }) => onChange({ ...filter, text: target.value })}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          // Once more leaves the field, so that letters are keys again.
          if (filter.text === "") event.currentTarget.blur();
          else onChange({ ...filter, text: "" });
        }}
      />
    </span>
  );
}
