import type { Virtualizer } from "@tanstack/react-virtual";
import { type RefObject, useEffect, useEffectEvent, useLayoutEffect, useRef } from "react";
import type { InboxLine } from "./inbox-rows.ts";

/** A row in sight: how far below the top of the list it stands, pixels. */
interface Held {
  readonly key: string;
  readonly group: string;
  readonly top: number;
}

/**
 * What comes and goes above the row that is chosen, or above what is in sight where that is not, moves nothing on the screen. A row
 * that went to another group (it was settled) is not followed there. One that is chosen anew comes into sight.
 */
export function useStayInPlace(
  frame: RefObject<HTMLElement | null>,
  list: Virtualizer<HTMLDivElement, Element>,
  rows: readonly InboxLine[],
  groupIds: readonly string[],
  selected: string | null,
): void {
  const held = useRef<readonly Held[]>([]);

  const hold = useEffectEvent(() => {
    const element = frame.current;
    if (element === null) return;
    const inSight = list.measurementsCache.flatMap(({ index, start, end }): readonly Held[] => {
      const row = rows[index];
      const isInSight = end > element.scrollTop && start < element.scrollTop + element.clientHeight;
      if (row?.kind !== "request" || !isInSight) return [];
      return [{ key: row.key, group: groupIds[row.group] ?? "", top: start - element.scrollTop }];
    });
    held.current = inSight.toSorted((a, b) => Number(b.key === selected) - Number(a.key === selected));
  });

  const stay = useEffectEvent(() => {
    const element = frame.current;
    if (element === null) return;
    if (held.current.length === 0) return hold();
    const known = new Map<string, { readonly index: number; readonly group: string }>(
      rows.map(({ key, group }, index) => [key, { index, group: groupIds[group] ?? "" }]),
    );
    const anchor = held.current.find(({ key, group }) => known.get(key)?.group === group);
    const start = list.measurementsCache[known.get(anchor?.key ?? "")?.index ?? -1]?.start;
    if (anchor === undefined || start === undefined) return hold();
    const off = start - element.scrollTop - anchor.top;
    if (Math.abs(off) >= 1) element.scrollBy({ top: off, behavior: "instant" });
  });

  const show = useEffectEvent(() => {
    const at = rows.findIndex(({ key }) => key === selected);
    if (at >= 0) list.scrollToIndex(at === 1 ? 0 : at, { align: "auto" });
    hold();
  });

  useLayoutEffect(() => stay());
  useEffect(() => {
    if (selected !== null) show();
  }, [selected]);
  useEffect(() => {
    const element = frame.current;
    const scrolled = () => hold();
    // Before the list draws itself anew for where it was scrolled to.
    const options = { capture: true, passive: true };
    element?.addEventListener("scroll", scrolled, options);
    return () => element?.removeEventListener("scroll", scrolled, options);
  }, [frame]);
}
