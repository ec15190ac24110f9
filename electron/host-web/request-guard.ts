import type { IncomingMessage } from "node:http";

export const sessionCookie = "gatehouse_session";

/**
 * Whether the request is for us by name and not sent by a page of another origin. `Host` must be
 * loopback with our port (stops DNS rebinding); `Origin`, where present, must be that same origin.
 */
export function isFromOurselves(request: IncomingMessage, port: number, originRequired: boolean): boolean {
  const host = request.headers.host;
  if (host !== `localhost:${port}` && host !== `127.0.0.1:${port}`) return false;
  const origin = request.headers.origin;
  if (origin === undefined) return !originRequired;
  return origin === `http://${host}`;
}

/** The session cookie of a request; null when absent or given more than once. */
export function sessionOf(request: IncomingMessage): string | null {
  const found = (request.headers.cookie ?? "")
    .split(";")
    .map((pair) => pair.trim().split("="))
    .filter(([name]) => name === sessionCookie);
  const [only] = found;
  return found.length === 1 && only?.[1] !== undefined && only[1].length <= 128 ? only[1] : null;
}
