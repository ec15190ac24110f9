/** A host in the one form in which it is decided, dialled and put into a certificate. */
export type CanonicalHost =
  | { readonly ok: true; readonly host: string; readonly kind: "name" | "ipv4" | "ipv6" }
  | { readonly ok: false; readonly problem: string };

/** Letters, digits and inner hyphens, 63 at most (RFC 1123 section 2.1, RFC 1035 section 2.3.4). */
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** Longest name, characters, without its last dot (RFC 1035 section 2.3.4). */
const maximumName = 253;

/**
 * The canonical form of a host: lower case, IDNA (UTS #46), no trailing dot, an IPv6 address in brackets
 * and in its shortest spelling. What resolvers read differently from each other is refused: NUL, `%`, white
 * space, empty or non-LDH labels, and addresses in any spelling but the plain one (`127.1`, `0x7f.0.0.1`,
 * `2130706433`, `010.0.0.1`).
 */
export function canonicalHost(text: string): CanonicalHost {
  if (text === "") return refused("It is empty.");
  if (text.length > 1_000) return refused("It is too long.");
  if (/[\p{Cc}\p{Cf}\p{Z}\s%]/u.test(text)) return refused("It holds white space, '%' or characters that cannot be seen.");
  if (text.startsWith("[") || text.includes(":")) return ipv6(text);
  if (/[/\\?#@[\]<>^|`{}"'!$&()*+,;=~_]/.test(text)) return refused("It holds characters that no host name has.");
  const lower = text.toLowerCase();
  const bare = lower.endsWith(".") ? lower.slice(0, -1) : lower;
  const host = /^[\u0021-\u007e]+$/.test(bare) && !/(^|\.)xn--/.test(bare) ? bare : toAscii(bare);
  if (host === null || host.length > maximumName || !host.split(".").every((part) => label.test(part))) {
    return refused("It is not a host name.");
  }
  if (!looksNumeric(host)) return { ok: true, host, kind: "name" };
  return isPlainIpv4(host) && host === text ? { ok: true, host, kind: "ipv4" } : refused("It is an address in an unusual spelling.");
}

/** As the URL standard has it: a last label of digits or of `0x…` makes a parser read an address (section 3.5, "ends in a number"). */
function looksNumeric(host: string): boolean {
  return /^(?:\d+|0x[0-9a-f]*)$/.test(host.slice(host.lastIndexOf(".") + 1));
}

function isPlainIpv4(host: string): boolean {
  const parts = host.split(".");
  return parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

function ipv6(text: string): CanonicalHost {
  const inner = text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text;
  if (!/^[0-9a-fA-F:.]{2,45}$/.test(inner)) return refused("It is not a host name or an address.");
  const host = hostnameOf(`[${inner}]`);
  return host === null ? refused("It is not an address.") : { ok: true, host, kind: "ipv6" };
}

function toAscii(name: string): string | null {
  const host = hostnameOf(name);
  return host === null || host.endsWith(".") ? null : host;
}

/** The WHATWG URL parser's host, which both Node and browsers have, with their IDNA tables. */
function hostnameOf(host: string): string | null {
  try {
    return new URL(`http://${host}/`).hostname;
  } catch {
    return null;
  }
}

function refused(problem: string): CanonicalHost {
  return { ok: false, problem };
}
