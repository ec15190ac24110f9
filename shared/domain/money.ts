/** Millionths of a US dollar in words: cents from a dollar on, more digits below, `<$0.0001` for less than can be said. */
export function writeUsd(micros: number): string {
  const dollars = micros / 1_000_000;
  if (micros === 0) return "$0.00";
  if (dollars < 0.0001) return "<$0.0001";
  const digits = dollars < 0.01 ? 4 : dollars < 0.1 ? 3 : 2;
  return `$${dollars.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: digits })}`;
}

/** Tokens in few characters: 812, 12.4k, 3.1M. */
export function writeTokens(count: number): string {
  if (count < 1_000) return String(count);
  const [value, unit] = count < 999_950 ? [count / 1_000, "k"] : [count / 1_000_000, "M"];
  return `${value.toLocaleString("en", { maximumFractionDigits: value < 100 ? 1 : 0, useGrouping: false })}${unit}`;
}
