import { Tooltip as Base } from "@base-ui/react/tooltip";
import type { ReactElement } from "react";
import { Kbd } from "./Kbd.tsx";

/** Words for a control on hover or focus; never the only place where something is said. None while there is nothing to say. */
export function Tooltip({ words, keys, children }: { readonly words: string; readonly keys?: string; readonly children: ReactElement }) {
  return (
    <Base.Root disabled={words === ""}>
      <Base.Trigger render={children} delay={400} />
      <Base.Portal>
        <Base.Positioner sideOffset={6} className="menu-positioner">
          <Base.Popup className="tooltip">
            {words}
            {keys !== undefined && <Kbd keys={keys} bare />}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
