/** Names in lower case, in the order they came; one entry for each line. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** From Node's flat list, without HTTP/2's pseudo headers. */
export function fromRaw(raw: readonly string[]): HeaderList {
  const list: [string, string][] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] ?? "";
    if (!name.startsWith(":")) list.push([name.toLowerCase(), raw[at + 1] ?? ""]);
  }
  return list;
}

/** From Node's flat list of HTTP/1.1, names as they were spelled. */
export function spelled(raw: readonly string[]): HeaderList {
  return Array.from({ length: Math.floor(raw.length / 2) }, (_, at) => [raw[at * 2] ?? "", raw[at * 2 + 1] ?? ""]);
}

/** For HTTP/1.1: a flat list. */
export function toRaw(list: HeaderList): string[] {
  return list.flatMap(([name, value]) => [name, value]);
}

/** For HTTP/2: lines of one name together. */
export function toObject(list: HeaderList): Record<string, string | string[]> {
  const all = new Map<string, string | string[]>();
  for (const [name, value] of list) {
    const before = all.get(name);
    all.set(name, before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value]);
  }
  return Object.fromEntries(all);
}

export function valuesOf(list: HeaderList, name: string): readonly string[] {
  return list.filter(([one]) => one === name).map(([, value]) => value);
}

export function valueOf(list: HeaderList, name: string): string | null {
  return list.find(([one]) => one === name)?.[1] ?? null;
}

export function without(list: HeaderList, isDropped: (name: string, value: string) => boolean): HeaderList {
  return list.filter(([name, value]) => !isDropped(name, value));
}

/**
 * What belongs to one connection only (RFC 9110 section 7.6.1), and what `connection` names. Names may be spelled in any way.
 * Where a body ends is said to every recipient: a `connection` that names the length would turn a body into the next request.
 */
export function withoutHopByHop(list: HeaderList): HeaderList {
  const options = list.filter(([name]) => name.toLowerCase() === "connection").flatMap(([, value]) => value.split(","));
  const named = new Set(options.map((one) => one.trim().toLowerCase()));
  named.delete("content-length");
  return without(list, (name) => hopByHop.has(name.toLowerCase()) || named.has(name.toLowerCase()));
}

/** Fields after a body, without those that say what the body is, who it is for, or who sends it (RFC 9110 section 6.5.1). */
export function passingTrailers(list: HeaderList): HeaderList {
  return without(withoutHopByHop(list), (name) => notInTrailers.has(name) || name.startsWith("content-") || name.startsWith("if-"));
}

const notInTrailers = new Set([
  ...["age", "cache-control", "date", "expect", "expires", "host", "location", "max-forwards", "pragma", "range"],
  ...["retry-after", "set-cookie", "set-cookie2", "vary", "warning", "www-authenticate"],
]);

const hopByHop = new Set([
  "connection",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
