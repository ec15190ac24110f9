import { BlockList, isIPv4, isIPv6 } from "node:net";

/** The metadata services of clouds, which hand out keys of the machine that asks: nothing ever lists them. */
const metadata = [
  ...["169.254.169.254/32", "169.254.170.2/32", "168.63.129.16/32", "100.100.100.200/32"],
  ...["fd00:ec2::254/128", "fd20:ce::254/128"],
];

/** Ranges that no connection leads to unless a rule names the very address and port, with what they are in words. */
const ranges: readonly (readonly [words: string, nets: readonly string[]])[] = [
  ["this computer", ["0.0.0.0/8", "127.0.0.0/8", "::/128", "::1/128"]],
  // RFC 3927, RFC 4291.
  ["a link-local or cloud metadata address", ["169.254.0.0/16", "fe80::/10", ...metadata]],
  // RFC 1918, RFC 4193, RFC 3879 (site-local, deprecated).
  ["a private address", ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fec0::/10"]],
  // RFC 6598.
  ["an address of a carrier's network", ["100.64.0.0/10"]],
  // RFC 5771, RFC 4291 section 2.7, RFC 919.
  ["a multicast or broadcast address", ["224.0.0.0/4", "ff00::/8", "255.255.255.255/32"]],
  // IANA special-purpose registries: protocol assignments, documentation, benchmarks, reserved, discard-only, ORCHID, SRv6, 6to4 relay.
  [
    "an address that is reserved for special use",
    [
      ...["192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4"],
      ...["100::/64", "100:0:0:1::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "64:ff9b:1::/48"],
    ],
  ],
];

const lists = ranges.map(([words, nets]) => ({ words, list: listOf(nets) }));
const metadataList = listOf(metadata);

function listOf(nets: readonly string[]): BlockList {
  const list = new BlockList();
  for (const net of nets) {
    const [address = "", bits = ""] = net.split("/");
    list.addSubnet(address, Number(bits), address.includes(":") ? "ipv6" : "ipv4");
  }
  return list;
}

/** Whether it is a cloud's metadata service, in whatever form. */
export function isMetadata(address: string): boolean {
  const groups = isIPv6(address) ? groupsOf(address) : null;
  const embedded = groups === null ? null : embeddedIpv4(groups);
  if (embedded !== null && metadataList.check(embedded, "ipv4")) return true;
  return metadataList.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}

/**
 * Why an address is not for anybody to reach, in words; null for one of the public Internet. An IPv4
 * address inside an IPv6 one counts as itself: mapped and compatible (RFC 4291), NAT64 (RFC 6052), 6to4 (RFC 3056);
 * Teredo (RFC 4380) is refused whole, being in 2001::/23.
 */
export function specialUseOf(address: string): string | null {
  if (isIPv4(address)) return match(address, "ipv4");
  if (!isIPv6(address)) return "no address";
  const groups = groupsOf(address);
  if (groups === null) return "no address";
  const embedded = embeddedIpv4(groups);
  if (embedded !== null) return match(embedded, "ipv4") ?? (isEmbeddingAlone(groups) ? null : match(address, "ipv6"));
  return match(address, "ipv6");
}

/** An IPv4 address that an IPv4-mapped IPv6 address stands for, else the address itself. */
export function unmapped(address: string): string {
  const groups = isIPv6(address) ? groupsOf(address) : null;
  if (groups === null || !groups.slice(0, 5).every((group) => group === 0) || groups[5] !== 0xffff) return address;
  return dotted(groups[6] ?? 0, groups[7] ?? 0);
}

function match(address: string, family: "ipv4" | "ipv6"): string | null {
  return lists.find(({ list }) => list.check(address, family))?.words ?? null;
}

function embeddedIpv4(groups: readonly number[]): string | null {
  const [a = 0, b = 0, c = 0] = groups;
  const head = groups.slice(0, 6);
  const last = dotted(groups[6] ?? 0, groups[7] ?? 0);
  if (a === 0x2002) return dotted(b, c);
  if (a === 0x64 && b === 0xff9b && groups.slice(2, 6).every((group) => group === 0)) return last;
  if (head.slice(0, 5).every((group) => group === 0) && (groups[5] === 0xffff || groups[5] === 0)) return last;
  if (head.slice(0, 4).every((group) => group === 0) && groups[4] === 0xffff && groups[5] === 0) return last;
  return null;
}

/** Forms that mean nothing but the IPv4 address; `::` and `::1` are addresses of their own. */
function isEmbeddingAlone(groups: readonly number[]): boolean {
  return groups[0] !== 0 || groups[4] === 0xffff || groups[5] === 0xffff;
}

function dotted(high: number, low: number): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

/** The eight groups of an IPv6 address without a zone. */
function groupsOf(address: string): readonly number[] | null {
  let text = address;
  if (text.includes("%")) return null;
  const tail = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  if (tail !== null) {
    const [a = 0, b = 0, c = 0, d = 0] = tail.slice(1).map(Number);
    text = `${text.slice(0, tail.index)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  }
  const [front = "", back] = text.split("::");
  const left = front === "" ? [] : front.split(":");
  const right = back === undefined || back === "" ? [] : back.split(":");
  const zeros = back === undefined ? 0 : 8 - left.length - right.length;
  const groups = [...left, ...Array.from({ length: Math.max(0, zeros) }, () => "0"), ...right].map((group) => Number.parseInt(group, 16));
  return groups.length === 8 && groups.every((group) => Number.isInteger(group) && group >= 0 && group <= 0xffff) ? groups : null;
}
