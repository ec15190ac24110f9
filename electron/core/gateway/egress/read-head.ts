import type { Readable } from "node:stream";
import type { Clock } from "../../kernel/clock.ts";

/** Longest head of a first request, bytes. */
const maximumHeadBytes = 32 * 1_024;
/** How long a client may take over it, milliseconds. */
const headLimitMs = 15_000;

/** What a client begins with. `headers` are as they were sent, names in lower case. */
export type FirstHead =
  | { readonly kind: "connect"; readonly authority: string; readonly headers: readonly (readonly [name: string, value: string])[] }
  /** Any other request; nothing of it has been taken from the stream. */
  | { readonly kind: "request" }
  | { readonly kind: "socks"; readonly version: 4 | 5 }
  | { readonly kind: "broken"; readonly why: string }
  /** The client ended before it said anything. */
  | { readonly kind: "nothing" };

/** Reads the head of a `CONNECT` and leaves what follows on the stream; never throws. */
export async function readHead(stream: Readable, clock: Clock): Promise<FirstHead> {
  return await new Promise<FirstHead>((resolve) => {
    let held = Buffer.alloc(0);
    const settle = (head: FirstHead, rest: Buffer | null) => {
      limit[Symbol.dispose]();
      stream.off("readable", take);
      stream.off("end", ended);
      stream.off("close", ended);
      if (rest !== null && rest.byteLength > 0 && !stream.readableEnded) stream.unshift(rest);
      resolve(head);
    };
    const ended = () => settle(held.byteLength === 0 ? { kind: "nothing" } : broken("it ended in the middle of a request"), null);
    const limit = clock.after(headLimitMs, () => settle(broken("no whole request came in time"), null));
    const take = () => {
      for (let chunk: unknown = stream.read(); Buffer.isBuffer(chunk); chunk = stream.read()) held = Buffer.concat([held, chunk]);
      if (held.byteLength === 0) return;
      if (held[0] === 4 || held[0] === 5) return settle({ kind: "socks", version: held[0] }, null);
      const method = held.subarray(0, 8).toString("latin1");
      if (!"CONNECT ".startsWith(method)) return settle({ kind: "request" }, held);
      const end = held.indexOf("\r\n\r\n");
      if (end === -1 && held.byteLength < maximumHeadBytes) return;
      if (end === -1) return settle(broken("its head is too long"), null);
      settle(parseConnect(held.subarray(0, end).toString("latin1")), held.subarray(end + 4));
    };
    stream.on("readable", take);
    stream.once("end", ended);
    stream.once("close", ended);
    if (stream.destroyed || stream.readableEnded) ended();
    else take();
  });
}

const requestLine = /^CONNECT ([\u0021-\u007e\u0080-\u00ff]{1,1000}) HTTP\/1\.[01]$/;
/** RFC 9110 section 5.1 and 5.5; a line that continues another (obs-fold) is none. */
const headerLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\u0020-\u007e\u0080-\u00ff]*?)[ \t]*$/;

function parseConnect(text: string): FirstHead {
  const [first = "", ...lines] = text.split("\r\n");
  const authority = requestLine.exec(first)?.[1];
  if (authority === undefined) return broken("its request line cannot be read");
  const headers: (readonly [string, string])[] = [];
  for (const line of lines) {
    const found = headerLine.exec(line);
    if (found === null) return broken("one of its headers cannot be read");
    headers.push([(found[1] ?? "").toLowerCase(), asText(found[2] ?? "")]);
  }
  if (headers.some(([name]) => name === "transfer-encoding")) return broken("a CONNECT has no body");
  if (headers.some(([name, value]) => name === "content-length" && value !== "0")) return broken("a CONNECT has no body");
  return { kind: "connect", authority: asText(authority), headers };
}

/** Bytes beyond ASCII are read as UTF-8, in the target and in the headers alike. */
function asText(latin1: string): string {
  return Buffer.from(latin1, "latin1").toString("utf8");
}

function broken(why: string): FirstHead {
  return { kind: "broken", why };
}
