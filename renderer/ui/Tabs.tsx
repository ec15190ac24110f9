import { Tabs as Base } from "@base-ui/react/tabs";
import type { ReactNode } from "react";

export interface TabItem<V extends string> {
  readonly value: V;
  readonly label: ReactNode;
  /** A count, a diff size. */
  readonly beside?: ReactNode;
}

/** A row of tabs; `children` draws the chosen panel, and only that one. */
export function Tabs<V extends string>({
  name,
  value,
  items,
  onChange,
  size = "medium",
  beside,
  children,
}: {
  readonly name: string;
  readonly value: V;
  readonly items: readonly TabItem<V>[];
  readonly onChange: (value: V) => void;
  readonly size?: "small" | "medium";
  /** At the end of the row. */
  readonly beside?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <Base.Root value={value} onValueChange={onChange} className="flex min-h-0 flex-1 flex-col">
      <div className={`tabs ${size === "small" ? "tabs-small" : ""}`}>
        <Base.List aria-label={name} className="tab-list" activateOnFocus>
          {items.map((item) => (
            <Base.Tab key={item.value} value={item.value} className="tab">
              {item.label}
              {item.beside}
            </Base.Tab>
          ))}
        </Base.List>
        {beside !== undefined && <span className="push flex items-center gap-0.5">{beside}</span>}
      </div>
      <Base.Panel value={value} className="flex min-h-0 flex-1 flex-col outline-none">
        {children}
      </Base.Panel>
    </Base.Root>
  );
}
