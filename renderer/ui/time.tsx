import { writeAgo, writeElapsed } from "./format.ts";
import { useNow } from "./use-now.ts";

/** Counts up from `since`, once a second. */
export function Elapsed({ since }: { readonly since: number }) {
  return <span className="num">{writeElapsed(useNow() - since)}</span>;
}

/** `41 min ago`, kept true. */
export function Ago({ at }: { readonly at: number }) {
  return <time dateTime={new Date(at).toISOString()}>{writeAgo(at, useNow())}</time>;
}

/** Counts down to `until`, red in the last 30 seconds; null: it waits as long as it takes. */
export function TimeLeft({ until, suffix = "" }: { readonly until: number | null; readonly suffix?: string }) {
  const now = useNow();
  if (until === null) return <span>no time limit</span>;
  const leftMs = until - now;
  return (
    <span className={`num ${leftMs < 30_000 ? "is-deny font-semibold" : ""}`}>
      {writeElapsed(leftMs)}
      {suffix}
    </span>
  );
}
