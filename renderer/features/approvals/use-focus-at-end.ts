import { type RefObject, useEffect } from "react";

/** After a dialog or a menu that went with the answers has given its focus back, milliseconds. */
const settledMs = 60;

/** A request that ends takes its answers with it, and the focus that one of them had: it goes to what the request was about. */
export function useFocusAtEnd(prompt: RefObject<HTMLElement | null>, isPending: boolean): void {
  useEffect(() => {
    if (isPending) return;
    const timer = setTimeout(() => {
      const { activeElement } = document;
      const isLost = activeElement === null || activeElement === document.body;
      if (isLost) prompt.current?.querySelector<HTMLElement>("section.command")?.focus({ preventScroll: true });
    }, settledMs);
    return () => clearTimeout(timer);
  }, [prompt, isPending]);
}
