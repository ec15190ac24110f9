import { type RefObject, useEffect, useEffectEvent } from "react";
import { formActOfKey } from "./answer-guard.ts";
import { isCovered, pressOf } from "./use-prompt.ts";

/**
 * The keys of one form that waits: A goes into its first field, Mod+Enter sends it, L leaves it, D declines. As with requests, none of them
 * counts within something that lies over it, or (but for Mod+Enter) while somebody types.
 */
export function useFormKeys(
  prompt: RefObject<HTMLElement | null>,
  isOn: boolean,
  form: { readonly send: () => void; readonly leave: () => void; readonly decline: () => void },
): void {
  const listen = useEffectEvent((event: KeyboardEvent) => {
    const press = pressOf(event);
    const isSend = event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.repeat && !event.isComposing;
    const wish = isSend ? "send" : formActOfKey(press);
    if (wish === null || isCovered(prompt.current) || isInOpenList(event.target)) return;
    const isElsewhere = press.inTextField && event.target instanceof Node && prompt.current?.contains(event.target) !== true;
    if (isElsewhere) return;
    event.preventDefault();
    event.stopPropagation();
    if (wish !== "fields") form[wish]();
    else prompt.current?.querySelector<HTMLElement>("form :is(input, textarea, select, [role=combobox])")?.focus();
  });
  useEffect(() => {
    if (!isOn) return;
    document.addEventListener("keydown", listen, true);
    return () => document.removeEventListener("keydown", listen, true);
  }, [isOn]);
}

/** Whether somebody picks from the list of a field, where letters look for an entry. */
function isInOpenList(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("[role=listbox]:not([data-in-page])") !== null;
}
