import { errorCode, WireError } from "./frames.ts";

/** Names of HPACK's static table (RFC 7541 appendix A) that the two ends use, by index. */
const staticNames: Readonly<Record<number, string>> = { 1: ":authority", 2: ":method", 8: ":status" };
/** Its entries that stand for a name and a value. */
const staticEntries: Readonly<Record<number, readonly [name: string, value: string]>> = { 2: [":method", "GET"], 8: [":status", "200"] };

const longestValue = 1_024;

/** `:status: 200`, the one answer (RFC 7541 section 6.1). */
export const statusOk = Buffer.of(0x88);

/** As literals without indexing and without Huffman coding (RFC 7541 section 6.2.2): nothing to remember, nothing to guess. */
export function encodeHeaders(headers: readonly (readonly [name: string, value: string])[]): Buffer {
  const parts = headers.flatMap(([name, value]) => {
    const index = Object.entries(staticNames).find(([, known]) => known === name)?.[0];
    const named = index === undefined ? [Buffer.of(0), text(name)] : [Buffer.of(Number(index))];
    return [...named, text(value)];
  });
  return Buffer.concat(parts);
}

/** What {@link encodeHeaders} writes, and nothing more: an end that compresses is not ours. Throws {@link WireError}. */
export function decodeHeaders(block: Buffer): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  let at = 0;
  const next = () => {
    const byte = block[at];
    if (byte === undefined) throw malformed();
    at += 1;
    return byte;
  };
  const read = () => {
    const first = next();
    // Longer texts take more bytes for their length (RFC 7541 section 5.1).
    const length = first < 0x7f ? first : first === 0x7f ? 0x7f + longLength(next) : -1;
    if (length < 0 || length > longestValue || at + length > block.length) throw malformed();
    at += length;
    return block.toString("latin1", at - length, at);
  };
  const put = (name: string, value: string) => {
    if (headers.has(name)) throw malformed();
    headers.set(name, value);
  };
  while (at < block.length) {
    const first = next();
    const entry = first >= 0x80 ? staticEntries[first & 0x7f] : undefined;
    if (entry !== undefined) put(...entry);
    else if (first === 0x00 || first === 0x10) put(read(), read());
    else if (first < 0x10 && staticNames[first] !== undefined) put(staticNames[first], read());
    // A table of size 0, as we asked for (RFC 7541 section 6.3).
    else if (first !== 0x20 || headers.size > 0) throw malformed();
  }
  return headers;
}

function longLength(next: () => number): number {
  const low = next();
  if (low < 0x80) return low;
  const high = next();
  if (high >= 0x80) throw malformed();
  return (low & 0x7f) + high * 0x80;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, "latin1");
  if (bytes.length > longestValue) throw new RangeError("A header is too long for the tunnel.");
  const rest = bytes.length - 0x7f;
  const length = rest < 0 ? [bytes.length] : rest < 0x80 ? [0x7f, rest] : [0x7f, (rest & 0x7f) | 0x80, rest >> 7];
  return Buffer.concat([Buffer.from(length), bytes]);
}

function malformed(): WireError {
  return new WireError(errorCode.compression, "headers cannot be read");
}
