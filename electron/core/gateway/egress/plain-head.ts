import type { IncomingMessage } from "node:http";
import type { DialTarget } from "../dial/dial-error.ts";
import { fromRaw, spelled, toRaw, valueOf, without, withoutHopByHop } from "../intercept/headers.ts";
import { parseAuthority } from "./authority.ts";

/** Longest head of a request and of a response, bytes. */
export const maximumHeadBytes = 32 * 1_024;
/** How long an upstream may take to say or take anything, milliseconds. */
export const upstreamIdleMs = 5 * 60_000;

export type Target =
  | { readonly ok: true; readonly target: DialTarget; readonly path: string }
  | { readonly ok: false; readonly problem: string };

/** Where a request goes: its absolute form, which its one `Host` header must repeat (RFC 9112 section 3.2.2 would let the former win). */
export function readTarget(request: IncomingMessage): Target {
  const found = /^http:\/\/([^/?#\\]+)([/?][\u0021-\u007e]*)?$/i.exec(request.url ?? "");
  if (found === null) return { ok: false, problem: "Only requests that name http://host/path, and CONNECT, are carried." };
  const [, authority = "", rest = "/"] = found;
  const target = parseAuthority(authority, 80);
  if (!target.ok) return target;
  const hosts = fromRaw(request.rawHeaders).filter(([name]) => name === "host");
  const [host] = hosts;
  if (host === undefined || hosts.length > 1) return { ok: false, problem: "It needs exactly one Host header." };
  const named = parseAuthority(host[1], 80);
  if (!named.ok || named.target.host !== target.target.host || named.target.port !== target.target.port) {
    return { ok: false, problem: "Its Host header names another host than the request." };
  }
  const codings = fromRaw(request.rawHeaders).filter(([name]) => name === "transfer-encoding");
  if (codings.some(([, value]) => value.toLowerCase() !== "chunked") || codings.length > 1) {
    return { ok: false, problem: "Its body comes in a form that is not carried." };
  }
  return { ok: true, target: target.target, path: rest.startsWith("?") ? `/${rest}` : rest };
}

/** Headers to send on, with their order and spelling; `Host` is the canonical one. `isRead`: the answer is to come as it is, to be read. */
export function forwarded(raw: readonly string[], target: DialTarget, isRead: boolean): string[] {
  const kept = without(withoutHopByHop(spelled(raw)), (name) => isHost(name) || (isRead && name.toLowerCase() === "accept-encoding"));
  const isChunked = valueOf(fromRaw(raw), "transfer-encoding") !== null;
  return [
    ...["Host", authorityOf(target)],
    ...toRaw(kept),
    ...(isChunked ? ["Transfer-Encoding", "chunked"] : []),
    ...["Connection", "close"],
  ];
}

/** The same for one that asks for another protocol. */
export function forwardedUpgrade(raw: readonly string[], target: DialTarget, protocol: string): string[] {
  const kept = without(withoutHopByHop(spelled(raw)), isHost);
  return [...["Host", authorityOf(target)], ...toRaw(kept), ...["Connection", "Upgrade", "Upgrade", protocol]];
}

export function returned(raw: readonly string[]): string[] {
  return toRaw(withoutHopByHop(spelled(raw)));
}

function isHost(name: string): boolean {
  return name.toLowerCase() === "host";
}

function authorityOf({ host, port }: DialTarget): string {
  return port === 80 ? host : `${host}:${port}`;
}

export function withoutQuery(path: string): string {
  return path.split(/[?#]/, 1)[0] ?? path;
}
