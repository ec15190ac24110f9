import { type KeyboardEvent, useId, useState } from "react";
import type { SessionCommand } from "#shared/contract/task.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { commandMatches } from "./command-matches.ts";

interface Completing {
  readonly shown: readonly SessionCommand[];
  readonly chosen: number;
  readonly id: string;
  /** For the field that is typed into. */
  readonly field: Readonly<Record<string, string | boolean>>;
  readonly take: (command: SessionCommand) => void;
  /** True where the key was meant for the list. */
  readonly press: (event: KeyboardEvent) => boolean;
}

/** Completes a message that begins with `/` by the commands that the agent takes: arrows choose, Tab or Enter take, Escape leaves. */
export function useCommandList(commands: readonly SessionCommand[], text: string, setText: (text: string) => void): Completing {
  const id = useId();
  const [place, setPlace] = useState<{ readonly text: string; readonly at: number }>({ text: "", at: 0 });
  const [left, setLeft] = useState<string | null>(null);
  const found = commandMatches(commands, text);
  const shown = left === text ? [] : found;
  const chosen = place.text === text ? Math.min(place.at, shown.length - 1) : 0;
  const take = ({ name }: SessionCommand) => setText(`/${name} `);
  const press = (event: KeyboardEvent): boolean => {
    const command = shown[chosen];
    if (command === undefined || event.metaKey || event.ctrlKey || event.altKey || event.nativeEvent.isComposing) return false;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) setPlace({ text, at: (chosen + step + shown.length) % shown.length });
    else if (event.key === "Enter" || (event.key === "Tab" && !event.shiftKey)) take(command);
    else if (event.key === "Escape") setLeft(text);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  const field =
    shown.length === 0 ? {} : { "aria-controls": id, "aria-activedescendant": `${id}-${chosen}`, "aria-autocomplete": "list" as const };
  return { shown, chosen, id, field, take, press };
}

export function CommandList({ list }: { readonly list: Completing }) {
  return (
    <div id={list.id} role="listbox" aria-label="Commands of the agent" className="command-list">
      {list.shown.map((command, index) => (
        <div
          key={command.name}
          id={`${list.id}-${index}`}
          role="option"
          tabIndex={-1}
          aria-selected={index === list.chosen}
          // Keeps the focus in the field.
          onMouseDown={(event) => {
            event.preventDefault();
            list.take(command);
          }}
        >
          <code>/{escapeControls(command.name)}</code>
          <span className="label small clip">{escapeControls(command.description)}</span>
        </div>
      ))}
    </div>
  );
}
