import { type GitOperation, gitOperationOf } from "../forges/git-operation.ts";
import { type HeaderList, valueOf, valuesOf } from "./headers.ts";
import type { ClientConnection } from "./interceptor.ts";

/** The head of a request as its protocol gives it, HTTP/1.1 or HTTP/2. */
export interface RawHead {
  readonly method: string;
  /** Request target or `:path`. */
  readonly target: string;
  /** `:authority`; null where there is none, as in HTTP/1.1. */
  readonly authority: string | null;
  readonly headers: HeaderList;
}

export type ReadHead =
  | { readonly ok: true; readonly method: string; readonly path: string; readonly query: string; readonly git: GitOperation | null }
  | { readonly ok: false; readonly status: number; readonly why: string };

/** So long may path and query be together; a path alone as long as a rule can match. */
const longestTarget = 16_384;
const longestPath = 4_096;

/** Two of these would let two readers understand two requests. */
const single = ["host", "content-length", "content-type", "content-encoding", "transfer-encoding", "expect", "upgrade"] as const;

/** Whether a request can be meant for nothing but the connection's destination, and be understood in one way only. */
export function readHead(head: RawHead, connection: ClientConnection): ReadHead {
  const { method, target, headers } = head;
  if (!/^[A-Z][A-Z-]{0,31}$/.test(method) || method === "CONNECT" || method === "TRACE")
    return refused(501, "This method is not passed on.");
  const named = [...(head.authority === null ? [] : [head.authority]), ...valuesOf(headers, "host")];
  if (named.length === 0) return refused(400, "The request names no host.");
  if (named.some((one) => !isDestination(one, connection)))
    return refused(421, "The request is for another host than the connection was opened to.");
  const doubled = single.find((name) => valuesOf(headers, name).length > 1);
  if (doubled !== undefined) return refused(400, `The header ${doubled} stands there more than once.`);
  const transfer = valueOf(headers, "transfer-encoding");
  if (transfer !== null && transfer.trim().toLowerCase() !== "chunked") return refused(400, "This transfer encoding is not passed on.");
  if (transfer !== null && valueOf(headers, "content-length") !== null) return refused(400, "The body has two lengths.");
  const length = valueOf(headers, "content-length");
  if (length !== null && !/^\d{1,15}$/.test(length)) return refused(400, "The length of the body is not a number.");
  if (headers.some(([name, value]) => !/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name) || /[\0\r\n]/.test(value)))
    return refused(400, "A header is malformed.");
  return readTarget(method, target);
}

/** As `Host` and `:authority` write the destination; 443 goes without saying. */
export function isDestination(authority: string, { host, port }: ClientConnection): boolean {
  const lower = authority.toLowerCase();
  return lower === `${host}:${port}` || (port === 443 && lower === host);
}

function readTarget(method: string, target: string): ReadHead {
  if (target.length > longestTarget) return refused(414, "The address is too long.");
  if (!/^\/[!-~]*$/.test(target) || target.includes("#"))
    return refused(400, "The address does not begin with / or has characters that it may not have.");
  const end = target.indexOf("?");
  const path = end === -1 ? target : target.slice(0, end);
  const query = end === -1 ? "" : target.slice(end + 1);
  if (path.length > longestPath) return refused(414, "The path is too long.");
  // A rule or a binding would be compared with another path than the server reads.
  const isAmbiguous =
    /\\|%5c|%00/i.test(path) || path.split("/").some((segment) => /^\.{1,2}(?:;.*)?$/.test(segment.replaceAll(/%2e/gi, ".")));
  if (isAmbiguous) return refused(400, "The path has segments that lead elsewhere.");
  return { ok: true, method, path, query, git: gitOperationOf(method, path, query) };
}

function refused(status: number, why: string): ReadHead {
  return { ok: false, status, why };
}
