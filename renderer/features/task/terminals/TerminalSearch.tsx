import { type KeyboardEvent, type RefObject, useState } from "react";
import { IconButton } from "../../../ui/Button.tsx";
import { SearchField } from "../../../ui/Field.tsx";
import type { ScreenHandle } from "./TerminalView.tsx";

/** Finds text in the terminal that is on screen. Enter goes on, Shift+Enter back, Escape ends. */
export function TerminalSearch({ screen, onClose }: { readonly screen: RefObject<ScreenHandle | null>; readonly onClose: () => void }) {
  const [text, setText] = useState("");
  const [isMissing, setMissing] = useState(false);
  const find = (wish: string, direction: "next" | "previous") => setMissing(wish !== "" && screen.current?.find(wish, direction) !== true);
  const press = (event: KeyboardEvent) => {
    if (event.key === "Escape") onClose();
    else if (event.key === "Enter") find(text, event.shiftKey ? "previous" : "next");
    else return;
    event.preventDefault();
  };
  return (
    <div className="terminal-search" role="search">
      <SearchField
        name="Find in the terminal"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          find(event.target.value, "next");
        }}
        onKeyDown={press}
        ref={focus}
        className="flex-1"
      />
      <span className={`small ${isMissing ? "is-deny" : "label"}`} role="status">
        {isMissing ? "not found" : ""}
      </span>
      <IconButton icon="up" name="Previous" onClick={() => find(text, "previous")} />
      <IconButton icon="down" name="Next" onClick={() => find(text, "next")} />
      <IconButton icon="close" name="End the search" onClick={onClose} />
    </div>
  );
}

function focus(field: HTMLInputElement | null): void {
  field?.focus();
}
