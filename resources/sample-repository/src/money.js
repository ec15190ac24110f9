/** Amounts are whole cents, so that sums are exact. */

const pattern = /^(\d+)(?:\.(\d{2}))?$/;

/** "12.50" -> 1250. Throws on anything that is not an amount. */
export function parseMoney(text) {
  const match = pattern.exec(text);
  if (match === null) throw new TypeError(`Not an amount of money: ${JSON.stringify(text)}`);
  return Number(match[1]) * 100 + Number(match[2] ?? 0);
}

/** 1250 -> "12.50" */
export function formatMoney(cents) {
  const sign = cents < 0 ? "-" : "";
  const absolute = Math.abs(cents);
  return `${sign}${Math.floor(absolute / 100)}.${String(absolute % 100).padStart(2, "0")}`;
}

/** `percent` of an amount, rounded half away from zero to whole cents. */
export function percentOf(cents, percent) {
  const exact = (cents * percent) / 100;
  return Math.sign(exact) * Math.round(Math.abs(exact));
}
