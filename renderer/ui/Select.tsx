import { Select as Base } from "@base-ui/react/select";
import { Icon } from "./Icon.tsx";

export interface Option<V extends string> {
  readonly value: V;
  readonly label: string;
  /** A second line in the list. */
  readonly hint?: string;
}

/** Choose one of a few. `id` ties it to its label. */
export function Select<V extends string>({
  id,
  value,
  options,
  onChange,
  label,
  placeholder = "Choose",
  className = "",
}: {
  readonly id?: string;
  readonly value: V | null;
  readonly options: readonly Option<V>[];
  readonly onChange: (value: V) => void;
  /** Its name, where no visible label is tied to it. */
  readonly label?: string;
  readonly placeholder?: string;
  readonly className?: string;
}) {
  return (
    <Base.Root items={options} value={value} onValueChange={(next) => next !== null && onChange(next)}>
      <Base.Trigger id={id} aria-label={label} className={`field select-trigger ${className}`}>
        <span className="clip flex-1">
          <Base.Value placeholder={placeholder} />
        </span>
        <Base.Icon>
          <Icon name="down" size={14} />
        </Base.Icon>
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner sideOffset={4} alignItemWithTrigger={false} className="menu-positioner">
          <Base.Popup className="menu" style={{ minWidth: "var(--anchor-width)" }}>
            <Base.List>
              {options.map((option) => (
                <Base.Item key={option.value} value={option.value} className="menu-item">
                  <span className="w-3.5">
                    <Base.ItemIndicator>
                      <Icon name="check" size={14} />
                    </Base.ItemIndicator>
                  </span>
                  <Base.ItemText>{option.label}</Base.ItemText>
                  {option.hint !== undefined && <span className="label small push pl-4">{option.hint}</span>}
                </Base.Item>
              ))}
            </Base.List>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
