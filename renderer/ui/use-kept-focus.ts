import { type RefObject, useEffect, useLayoutEffect, useRef } from "react";

/**
 * Keeps the focus within a list whose rows may go away while one of their controls has it: it moves on to the control that now
 * stands at its place, or the last; to the list itself, which needs a `tabIndex` of -1, where none is left. `rows`: what changes
 * when they do.
 */
export function useKeptFocus(list: RefObject<HTMLElement | null>, rows: unknown): void {
  const place = useRef(-1);
  useEffect(() => {
    const element = list.current;
    if (element === null) return;
    const note = ({ target }: FocusEvent) => {
      const at = target instanceof Node && element.contains(target) ? controls(element).findIndex((one) => one.contains(target)) : -1;
      // A dialog that asks about a row has the focus for a while only.
      if (at >= 0 || (target instanceof Element && target.closest("[role=dialog], [role=alertdialog]") === null)) place.current = at;
    };
    document.addEventListener("focusin", note);
    return () => document.removeEventListener("focusin", note);
  }, [list]);
  useLayoutEffect(() => {
    const element = list.current;
    const isLost = document.activeElement === null || document.activeElement === document.body;
    if (element === null || place.current < 0 || !isLost) return;
    const left = controls(element);
    (left[Math.min(place.current, left.length - 1)] ?? element).focus();
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- `rows` says that some may have gone
  }, [list, rows]);
}

function controls(list: HTMLElement): HTMLElement[] {
  return [...list.querySelectorAll<HTMLElement>("button, a[href]")];
}
