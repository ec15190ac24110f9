import { canonicalHost as canonicalForm } from "#shared/domain/canonical-host.ts";
import { Glob } from "./glob.ts";
import type { ParsedMatcher } from "./rule-syntax.ts";

/** A connection by host, and where given by port, method and path. */
export interface EgressMatcher {
  readonly tool: "egress";
  readonly kind: "any" | "pattern";
  readonly host: Glob;
  readonly port: number | null;
  readonly method: string | null;
  readonly path: Glob | null;
  readonly specificity: number;
}

const shape = /^(?:(?<method>[A-Z]+) +)?(?<host>\[[0-9a-fA-F:.]+\]|[^\s:/]+)(?::(?<port>\d{1,5}|\*))?(?<path>\/\S*)?$/;

export function parseEgressMatcher(body: string): ParsedMatcher {
  const text = body.trim();
  const any = new Glob("*", { crossesSlash: true });
  if (text === "*") {
    return { ok: true, matcher: { tool: "egress", kind: "any", host: any, port: null, method: null, path: null, specificity: 0 } };
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) {
    return { ok: false, column: 1, problem: "Write the host without 'https://', for example egress(api.example.com)." };
  }
  const groups = shape.exec(text)?.groups;
  const host = groups?.["host"];
  if (groups === undefined || host === undefined) {
    return {
      ok: false,
      column: 1,
      problem: "An egress rule reads [METHOD ]host[:port][/path], for example egress(GET api.example.com/v1/*).",
    };
  }
  const badAt = host.search(/[^A-Za-z0-9.*_[\]:-]/);
  if (badAt !== -1) {
    return {
      ok: false,
      column: text.indexOf(host) + badAt + 1,
      problem: "A host name holds letters, digits, '-', '.' and '*' only; write others in their xn-- form.",
    };
  }
  if (host.includes("*") && !/^\*\.[^*]+$/.test(host) && host !== "*") {
    return { ok: false, column: text.indexOf("*") + 1, problem: "'*' stands only at the front of a host, as in *.example.com." };
  }
  const port = groups["port"] === undefined || groups["port"] === "*" ? null : Number(groups["port"]);
  if (port !== null && (port < 1 || port > 65_535)) {
    return { ok: false, column: text.indexOf(`:${groups["port"]}`) + 2, problem: "A port is a number from 1 to 65535." };
  }
  const canonical = canonicalHost(host);
  const path = groups["path"] ?? null;
  const method = groups["method"] ?? null;
  const specificity =
    canonical.replaceAll("*", "").length +
    (canonical.includes("*") ? 0 : 1) +
    (port === null ? 0 : 1) +
    (method === null ? 0 : 1) +
    (path?.length ?? 0);
  return {
    ok: true,
    matcher: {
      tool: "egress",
      kind: "pattern",
      host: new Glob(canonical, { crossesSlash: true }),
      port,
      method,
      path: path === null ? null : new Glob(path, { crossesSlash: true }),
      specificity,
    },
  };
}

/**
 * The form in which hosts are compared: the one that the gateway dials, behind a rule's `*.`. What is no host stays
 * as it was written, in lower case and without one trailing dot, so that a deny still matches it.
 */
export function canonicalHost(host: string): string {
  const prefix = host.startsWith("*.") ? "*." : "";
  const found = canonicalForm(host.slice(prefix.length));
  if (found.ok) return `${prefix}${found.host}`;
  const lower = host.toLowerCase();
  return lower.endsWith(".") ? lower.slice(0, -1) : lower;
}
