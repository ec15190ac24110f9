import { useLayoutEffect, useState } from "react";
import type { InboxLine } from "./inbox-rows.ts";

/** How many requests came in above what is in sight and have not been in sight since. `firstInSight`: its place among the lines. */
export function useNewAbove(rows: readonly InboxLine[], firstInSight: number): number {
  const [seen] = useState(() => new Set<string>(rows.map(({ key }) => key)));
  useLayoutEffect(() => {
    for (const { key } of rows.slice(firstInSight)) seen.add(key);
  }, [seen, rows, firstInSight]);
  return rows.slice(0, firstInSight).filter(({ kind, key }) => kind === "request" && !seen.has(key)).length;
}
