/** Names whose values are never written to a log, wherever they stand. */
const hiddenNames =
  /^(key|value|pin|code|otp|nonce|bearer|jwt)$|pass(word|phrase|wd)|secret|token|authori[sz]ation|cookie|credential|api[-_]?key|(private|access|signing|recovery|encryption)[-_]?key|session[-_]?id/i;

const hidden = "[redacted]";
const deepest = 8;
const longestList = 200;

/**
 * A copy of what is to be logged without the values of names that tell of secrets. Deeper than eight
 * levels nothing is written. Names of machine codes (`code: "ENOENT"`) stay.
 */
export function hideByName(value: unknown, depth = 0): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth >= deepest) return "[deeper]";
  if (value instanceof Uint8Array) return `[${value.length} bytes]`;
  if ("toJSON" in value && typeof value.toJSON === "function") return value;
  if (Array.isArray(value)) return value.slice(0, longestList).map((item) => hideByName(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, hide(name, member, depth)]));
}

function hide(name: string, member: unknown, depth: number): unknown {
  if (typeof member === "number" && !/pin|code|otp/i.test(name)) return member;
  if (typeof member === "boolean" || member === null || member === undefined) return member;
  if (name === "code" && typeof member === "string" && /^[A-Z][A-Z0-9_]{2,60}$/.test(member)) return member;
  return hiddenNames.test(name) ? hidden : hideByName(member, depth + 1);
}
