import type { HealthCheck, HealthReport } from "#shared/contract/health.ts";

/** What Gatehouse cannot work, or cannot be trusted, without: unknown here is unknown as a whole. */
const essential: readonly HealthCheck["name"][] = ["data-folder", "audit", "disk"];

export function reportOf(at: number, checks: readonly HealthCheck[]): HealthReport {
  const isFailed = checks.some(({ state }) => state === "failed");
  const isUnknown = checks.some(({ name, state }) => state === "unknown" && essential.includes(name));
  return { at, state: isFailed ? "failed" : isUnknown ? "unknown" : "ok", checks: [...checks] };
}
