/** The middle one and the range. */
export function summary(values: readonly number[]) {
  const sorted = [...values].sort((a, b) => a - b);
  return {
    median: round(sorted[sorted.length >> 1] ?? Number.NaN),
    least: round(sorted[0] ?? Number.NaN),
    most: round(sorted.at(-1) ?? Number.NaN),
    times: sorted.length,
  };
}

/** Half were below `p50`, and 99 of 100 below `p99`. */
export function percentiles(values: readonly number[]) {
  const sorted = [...values].sort((a, b) => a - b);
  return {
    p50: round(sorted[sorted.length >> 1] ?? Number.NaN),
    p99: round(sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN),
    times: sorted.length,
  };
}

/** As {@link percentiles}, with the figure that an aim names as its p95. */
export function percentilesTo95(values: readonly number[]) {
  const sorted = [...values].sort((a, b) => a - b);
  return { ...percentiles(values), p95: round(sorted[Math.floor(sorted.length * 0.95)] ?? Number.NaN) };
}

export function megabytesPerSecond(bytes: number, sinceMs: number): number {
  return round(bytes / 1e6 / ((performance.now() - sinceMs) / 1_000));
}

export function megabytes(bytes: number): number {
  return round(bytes / 1e6);
}

export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
