import { canonicalHost } from "#shared/domain/canonical-host.ts";
import type { DialTarget } from "../dial/dial-error.ts";

export type Authority = { readonly ok: true; readonly target: DialTarget } | { readonly ok: false; readonly problem: string };

/** `host:port` as a CONNECT or a Host header has it; without a port `defaultPort`, or a refusal where that is null. */
export function parseAuthority(text: string, defaultPort: number | null): Authority {
  const found = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(text);
  if (found === null) return { ok: false, problem: "It is not a host and a port." };
  const [, name = "", digits] = found;
  const port = digits === undefined ? defaultPort : Number(digits);
  if (port === null || port < 1 || port > 65_535) return { ok: false, problem: "Its port is not a number from 1 to 65535." };
  const host = canonicalHost(name);
  return host.ok ? { ok: true, target: { host: host.host, port } } : host;
}
