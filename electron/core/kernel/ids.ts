import { randomBytes } from "node:crypto";

/** Lower-case Crockford base 32: no i, l, o, u, so that an id read aloud is written down right. */
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/** A random id of `length` characters, 5 bits each, behind its prefix: `t-7f3a9k2m`. */
export function randomId(prefix: string, length = 10): string {
  let id = "";
  for (const byte of randomBytes(length)) id += alphabet.charAt(byte & 31);
  return `${prefix}-${id}`;
}
