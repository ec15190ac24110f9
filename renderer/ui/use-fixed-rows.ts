import { type RefObject, useLayoutEffect, useState } from "react";
import { type FixedRows, fixedRows, scrollFor } from "./fixed-rows.ts";

/** Follows the scrolling of a list whose rows all have one height; `headHeight` of it covers the rows' top. */
export function useFixedRows(
  frame: RefObject<HTMLElement | null>,
  { count, rowHeight, headHeight }: { readonly count: number; readonly rowHeight: number; readonly headHeight: number },
): { readonly rows: FixedRows; readonly isAtTop: boolean; readonly show: (row: number) => void } {
  const [{ scrollTop, viewport }, setFrame] = useState({ scrollTop: 0, viewport: 600 });
  useLayoutEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const read = () =>
      setFrame((held) => {
        const next = { scrollTop: element.scrollTop, viewport: Math.max(rowHeight, element.clientHeight - headHeight) };
        return next.scrollTop === held.scrollTop && next.viewport === held.viewport ? held : next;
      });
    read();
    const resized = new ResizeObserver(read);
    resized.observe(element);
    element.addEventListener("scroll", read, { passive: true });
    return () => {
      resized.disconnect();
      element.removeEventListener("scroll", read);
    };
  }, [frame, rowHeight, headHeight]);
  const show = (row: number) => {
    const element = frame.current;
    const to = element === null ? null : scrollFor(row, { count, rowHeight, viewport, scrollTop: element.scrollTop, overscan: 0 });
    if (to !== null) element?.scrollTo({ top: to });
  };
  return { rows: fixedRows({ count, rowHeight, viewport, scrollTop, overscan: 12 }), isAtTop: scrollTop < rowHeight, show };
}
