/** What a person types for an amount of dollars, in millionths; null for nothing at all, NaN for what is no amount. */
export function parseUsd(text: string): number | null {
  const bare = text.trim().replace(/^\$/, "").replaceAll(",", "").trim();
  if (bare === "") return null;
  return /^\d{1,9}(\.\d{1,6})?$/.test(bare) ? Math.round(Number(bare) * 1_000_000) : Number.NaN;
}

/** An amount as it stands in a field: `12.50`; empty for none. */
export function editableUsd(micros: number | null): string {
  if (micros === null) return "";
  const dollars = micros / 1_000_000;
  return Number.isInteger(dollars * 100) ? dollars.toFixed(2) : String(dollars);
}
