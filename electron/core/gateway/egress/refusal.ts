/** What a client in the sandbox is told, as a whole HTTP/1.1 answer. It is an agent that reads it: plain words, and no more than it may know. */
export function refusal(status: number, why: string, retryAfterSeconds: number | null = null): Buffer {
  const body = `${refusalText(why)}\n`;
  const lines = [
    `HTTP/1.1 ${status} ${reasons[status] ?? "Refused"}`,
    "content-type: text/plain; charset=utf-8",
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
    ...(retryAfterSeconds === null ? [] : [`retry-after: ${retryAfterSeconds}`]),
    ...(status === 407 ? ['proxy-authenticate: Basic realm="gatehouse"'] : []),
    "",
    body,
  ];
  return Buffer.from(lines.join("\r\n"));
}

export function refusalText(why: string): string {
  return `Gatehouse did not let this connection out. ${why}`.replaceAll(/[\p{Cc}\p{Cf}]+/gu, " ").slice(0, 1_000);
}

const reasons: Readonly<Record<number, string>> = {
  400: "Bad Request",
  403: "Forbidden",
  407: "Proxy Authentication Required",
  408: "Request Timeout",
  413: "Content Too Large",
  421: "Misdirected Request",
  429: "Too Many Requests",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
};
