import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef } from "react";

/**
 * Keeps the focus within a list whose rows may go away while one of their controls has it: it moves on to the control that now
 * stands at its place, or the last; to the list itself, which needs a `tabIndex` of -1, where none is left. `rows`: what changes
 * when they do. Gives back where a dialog that asked about a row puts the focus when it closes: true for where it was.
 */
export function useKeptFocus(list: RefObject<HTMLElement | null>, rows: unknown): () => HTMLElement | true {
  const held = useRef<{ readonly control: Element; readonly place: number } | null>(null);
  useEffect(() => {
    const note = ({ target }: FocusEvent) => {
      if (!(target instanceof Element)) return;
      const place = controls(list.current).findIndex((one) => one.contains(target));
      // A dialog that asks about a row has the focus for a while only.
      if (place >= 0) held.current = { control: target, place };
      else if (target.closest("[role=dialog], [role=alertdialog]") === null) held.current = null;
    };
    document.addEventListener("focusin", note);
    return () => document.removeEventListener("focusin", note);
  }, [list]);
  const next = useCallback((): HTMLElement | true => {
    if (held.current === null || held.current.control.isConnected) return true;
    const left = controls(list.current);
    return left[Math.min(held.current.place, left.length - 1)] ?? list.current ?? true;
  }, [list]);
  useLayoutEffect(() => {
    const isLost = document.activeElement === null || document.activeElement === document.body;
    const to = isLost ? next() : true;
    if (to !== true) to.focus();
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- `rows` says that some may have gone
  }, [next, rows]);
  return next;
}

function controls(list: HTMLElement | null): HTMLElement[] {
  return list === null ? [] : [...list.querySelectorAll<HTMLElement>("button, a[href]")];
}
