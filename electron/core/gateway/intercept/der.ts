/** Distinguished Encoding Rules (ITU-T X.690), as far as a certificate needs them. */

const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  sequence: 0x30,
  set: 0x31,
} as const;

export const sequence = (...parts: readonly Buffer[]) => element(tags.sequence, Buffer.concat(parts));
export const set = (...parts: readonly Buffer[]) => element(tags.set, Buffer.concat(parts));
export const octetString = (content: Buffer) => element(tags.octetString, content);
export const utf8String = (text: string) => element(tags.utf8, Buffer.from(text, "utf8"));
export const booleanTrue = element(tags.boolean, Buffer.of(0xff));

/** A non-negative integer, big-endian. */
export function integer(bytes: Buffer): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const short = first === -1 ? Buffer.of(0) : bytes.subarray(first);
  return element(tags.integer, (short[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), short]) : short);
}

/** Whole bytes, or the last byte with `unused` low bits that do not count. */
export function bitString(content: Buffer, unused = 0): Buffer {
  return element(tags.bitString, Buffer.concat([Buffer.of(unused), content]));
}

/** Context-specific; `isConstructed` where it wraps other elements. */
export function tagged(number: number, content: Buffer, isConstructed: boolean): Buffer {
  return element((isConstructed ? 0xa0 : 0x80) | number, content);
}

export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const digits = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) digits.unshift((left & 0x7f) | 0x80);
    bytes.push(...digits);
  }
  return element(tags.oid, Buffer.from(bytes));
}

/** UTCTime until 2049, as RFC 5280 section 4.1.2.5 wants it. */
export function time(at: Date): Buffer {
  const digits = at.toISOString().replaceAll(/[-:T]/g, "").slice(0, 14);
  return at.getUTCFullYear() < 2050 ? element(0x17, Buffer.from(`${digits.slice(2)}Z`)) : element(0x18, Buffer.from(`${digits}Z`));
}

export function element(tag: number, content: Buffer): Buffer {
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content]);
  const size = length < 0x100 ? Buffer.of(0x81, length) : Buffer.of(0x82, length >> 8, length & 0xff);
  if (length > 0xffff) throw new RangeError("This element is longer than 65,535 bytes.");
  return Buffer.concat([Buffer.of(tag), size, content]);
}

/** PEM (RFC 7468). */
export function pem(label: string, der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
