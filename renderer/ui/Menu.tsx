import { Menu as Base } from "@base-ui/react/menu";
import type { ReactElement, ReactNode } from "react";
import { Icon, type IconName } from "./Icon.tsx";
import { Kbd } from "./Kbd.tsx";
import { spokenKeys } from "./keys.ts";

/** One line of a menu; `null` draws a hairline. */
export type MenuEntry = MenuAction | null;

export interface MenuAction {
  readonly label: string;
  readonly icon?: IconName;
  readonly keys?: string;
  /** Cannot be undone: drawn in the deny colour. */
  readonly isGrave?: boolean;
  readonly isOff?: boolean;
  readonly isChecked?: boolean;
  readonly run: () => void;
}

/** A menu on a button. `trigger` must be one element that takes a ref, such as `IconButton`. */
export function Menu({
  trigger,
  entries,
  title,
}: {
  readonly trigger: ReactElement;
  readonly entries: readonly MenuEntry[];
  readonly title?: string;
}) {
  return (
    <Base.Root modal={false}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner sideOffset={4} align="start" className="menu-positioner">
          <Base.Popup className="menu">
            {title !== undefined && <div className="menu-title">{title}</div>}
            <Entries entries={entries} />
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

function Entries({ entries }: { readonly entries: readonly MenuEntry[] }): ReactNode {
  return entries.map((entry, index) =>
    entry === null ? (
      // oxlint-disable-next-line react/no-array-index-key -- a hairline has nothing else to be known by
      <Base.Separator key={`line-${index}`} className="menu-line" />
    ) : (
      <Base.Item
        key={entry.label}
        className={`menu-item ${entry.isGrave === true ? "is-deny" : ""}`}
        disabled={entry.isOff ?? false}
        onClick={entry.run}
        label={entry.label}
        aria-keyshortcuts={entry.keys === undefined ? undefined : spokenKeys(entry.keys)}
      >
        {entry.isChecked !== undefined && (entry.isChecked ? <Icon name="check" size={14} /> : <span className="w-3.5" />)}
        {entry.icon !== undefined && <Icon name={entry.icon} size={14} />}
        {entry.label}
        {entry.isChecked === true && <span className="visually-hidden">, chosen</span>}
        {entry.keys !== undefined && <Kbd keys={entry.keys} bare />}
      </Base.Item>
    ),
  );
}

/** A menu that is open for as long as it is drawn, at an element or at a point. */
export function AnchoredMenu({
  name,
  anchor,
  entries,
  onClose,
}: {
  readonly name: string;
  readonly anchor: Element | DOMRect;
  readonly entries: readonly MenuEntry[];
  readonly onClose: () => void;
}) {
  return (
    <Base.Root open onOpenChange={(open) => !open && onClose()} modal={false}>
      <Base.Portal>
        <Base.Positioner
          anchor={anchor instanceof Element ? anchor : { getBoundingClientRect: () => anchor }}
          sideOffset={4}
          align="start"
          className="menu-positioner"
        >
          <Base.Popup className="menu" aria-label={name}>
            <Entries entries={entries} />
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
