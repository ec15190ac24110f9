import { useEffect, useLayoutEffect, useRef, useSyncExternalStore } from "react";
import type { IconName } from "./Icon.tsx";
import { type KeyPress, pressMatches } from "./keys.ts";

/** Something a person can do from a key, the palette or the shortcut sheet, while its screen is there. */
export interface Command {
  /** `board.start`: unique while registered; the last registered wins. */
  readonly id: string;
  readonly label: string;
  /** Heading in the palette and the shortcut sheet. */
  readonly group: string;
  /** Alternatives, first one shown: `["j", "arrowdown"]`. */
  readonly keys?: readonly string[];
  readonly icon?: IconName;
  /** False: a key only (moving a selection), not in the palette. */
  readonly inPalette?: boolean;
  /** True: works while a text field has focus (combinations with mod do anyway). */
  readonly whileTyping?: boolean;
  /** True: works while a dialog, a menu or a list is open; a dialog's own keys. */
  readonly inOverlay?: boolean;
  readonly run: () => void;
}

let registered: readonly Command[] = [];
const listeners = new Set<() => void>();

function change(next: readonly Command[]): void {
  registered = next;
  for (const listener of listeners) listener();
}

/**
 * Registers the commands of a screen for as long as it is mounted. They may close over fresh state. Those of the
 * shell are `everywhere`: a screen that uses one of their keys or ids has it, whichever was mounted first.
 */
export function useCommands(commands: readonly Command[], reach: "here" | "everywhere" = "here"): void {
  const latest = useRef(commands);
  useLayoutEffect(() => {
    latest.current = commands;
  });
  const shape = commands.map((command) => `${command.id}\0${command.label}\0${(command.keys ?? []).join(" ")}`).join("\n");
  useEffect(() => {
    const mine = latest.current.map((command) => ({
      ...command,
      run: () => latest.current.find((other) => other.id === command.id)?.run(),
    }));
    change(reach === "everywhere" ? [...mine, ...registered] : [...registered, ...mine]);
    return () => change(registered.filter((command) => !mine.some((own) => own === command)));
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- the shape stands for the commands, which are new on each render
  }, [shape, reach]);
}

/** All commands there are now; a later one with the same id hides an earlier. */
export function useRegisteredCommands(): readonly Command[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => registered,
  );
}

/** Runs a command of another screen by its id, such as `task.new`; false when nobody offers it now. */
export function runCommand(id: string): boolean {
  const command = registered.findLast((each) => each.id === id);
  command?.run();
  return command !== undefined;
}

/** The command that a key press means now; the last registered first, so that a screen can override the shell. */
export function commandFor(press: KeyPress & { readonly target?: EventTarget | null }): Command | undefined {
  const typing = isTyping(press.target ?? null);
  return registered.findLast((command) =>
    (command.keys ?? []).some((keys) => {
      if (typing && command.whileTyping !== true && !keys.includes("mod+")) return false;
      return pressMatches(press, keys);
    }),
  );
}

function isTyping(target: EventTarget | null): boolean {
  if (typeof HTMLElement === "undefined" || !(target instanceof HTMLElement)) return false;
  if (target.isContentEditable) return true;
  return (
    target instanceof HTMLTextAreaElement || (target instanceof HTMLInputElement && !["checkbox", "radio", "button"].includes(target.type))
  );
}
