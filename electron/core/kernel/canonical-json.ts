/** A value that JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/**
 * JSON in the one form that can be hashed: keys sorted by UTF-16 code units, no white space, numbers
 * and strings as ECMAScript prints them (RFC 8785). Throws for what RFC 8785 cannot hold: a number
 * that is not finite, a lone surrogate.
 */
export function canonicalJson(value: Json): string {
  if (typeof value === "string") return text(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError(`JSON has no number ${value}.`);
    return JSON.stringify(value);
  }
  if (value === null || typeof value === "boolean") return String(value);
  if (isList(value)) return `[${value.map((item) => canonicalJson(item)).join(",")}]`;
  let members = "";
  for (const key of Object.keys(value).sort()) {
    const member = value[key];
    if (member === undefined) throw new TypeError(`JSON has no value for ${key}.`);
    members += `${members === "" ? "" : ","}${text(key)}:${canonicalJson(member)}`;
  }
  return `{${members}}`;
}

/** `text` with every lone surrogate replaced by U+FFFD, so that it has a UTF-8 form. */
export function wellFormed(text: string): string {
  return anySurrogate.test(text) ? text.replace(loneSurrogate, "\uFFFD") : text;
}

/** Paired or not: the quick look that nearly all text passes. */
const anySurrogate = /[\uD800-\uDFFF]/;
/** With the `u` flag a pair is one character, so only a lone one matches. */
const loneSurrogate = /\p{Surrogate}/gu;

/** `JSON.stringify` writes a lone surrogate as an escape, and nothing else that begins so but a backslash of the text's own. */
function text(value: string): string {
  const json = JSON.stringify(value);
  if (json.includes("\\ud") && value.search(loneSurrogate) >= 0) throw new TypeError("A lone surrogate has no canonical form.");
  return json;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
