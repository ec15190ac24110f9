import { useEffect } from "react";
import { commandFor } from "../ui/commands.ts";

/** Something lies over the page and has not taken the focus yet, or lost it: what is typed is not meant for the page. */
function isCovered(): boolean {
  return document.querySelector(":is([role=dialog], [role=alertdialog], [role=menu]):not([data-closed])") !== null;
}

/** The one listener of a window that runs the commands of its keys. */
export function useKeyListener(): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      const inOverlay =
        event.target instanceof Element &&
        event.target.closest("[role=dialog],[role=alertdialog],[role=menu],[role=listbox]:not([data-in-page])") !== null;
      const command = commandFor(event);
      if (command === undefined || ((inOverlay || isCovered()) && command.inOverlay !== true)) return;
      event.preventDefault();
      command.run();
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, []);
}
