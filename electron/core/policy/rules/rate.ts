/** A token bucket: `calls` at once at most, filled again evenly over `perMs`. */
export interface Rate {
  readonly calls: number;
  readonly perMs: number;
}

const units: Readonly<Record<string, number>> = { second: 1_000, minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** Reads `3/hour`. The problem in words when it cannot. */
export function parseRate(text: string): Rate | string {
  const match = /^(\d{1,6})\s*\/\s*(second|minute|hour|day)$/.exec(text.trim());
  const calls = Number(match?.[1]);
  const perMs = units[match?.[2] ?? ""];
  if (match === null || perMs === undefined)
    return "A rate reads calls/unit, for example rate(3/hour); units are second, minute, hour, day.";
  if (calls < 1) return "A rate lets at least one call through; a deny rule lets none.";
  return { calls, perMs };
}
