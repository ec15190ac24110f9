/** Crockford's base 32: no letter that can be taken for a digit, so that what is written down is typed in right. */
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** Five bits a character; bits that do not fill one at the end are left out. */
export function crockford(bytes: Uint8Array): string {
  let bits = "";
  for (const byte of bytes) bits += byte.toString(2).padStart(8, "0");
  return (bits.match(/.{5}/g) ?? []).map((five) => alphabet.charAt(Number.parseInt(five, 2))).join("");
}

/** In capitals, without spaces and dashes, O read as 0 and I and L as 1; null when anything else is in it. */
export function fromCrockford(text: string): string | null {
  const plain = text.toUpperCase().replaceAll(/[\s-]/g, "").replaceAll("O", "0").replaceAll(/[IL]/g, "1");
  return /^[0-9A-HJKMNP-TV-Z]*$/.test(plain) ? plain : null;
}

/** The bytes of text that {@link crockford} wrote. */
export function crockfordBytes(plain: string): Buffer {
  let bits = "";
  for (const letter of plain) bits += alphabet.indexOf(letter).toString(2).padStart(5, "0");
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((eight) => Number.parseInt(eight, 2)));
}
