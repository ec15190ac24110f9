import type { IncomingMessage, ServerResponse } from "node:http";
import { constants, type ServerHttp2Stream } from "node:http2";
import type { Duplex, Readable, Writable } from "node:stream";
import { fromRaw, type HeaderList, toObject, toRaw, valueOf } from "./headers.ts";
import type { RawHead } from "./request-head.ts";

/** One request of a client and the way back to it, over HTTP/1.1 or HTTP/2. */
export interface ClientExchange extends RawHead {
  /** Null where the request has none. */
  readonly body: Readable | null;
  /** The protocol that the client wants to change to; null for none. */
  readonly upgrade: string | null;
  /** Aborted when the client went away before its response was complete. */
  readonly signal: AbortSignal;
  /** Tells a client that waits with its body (`Expect: 100-continue`) to go on. */
  proceed(): void;
  /** What came after the body. Known when the body has ended. */
  trailers(): HeaderList;
  /** Begins the response and gives its body's sink; null where a response to this request has no body. */
  respond(status: number, headers: HeaderList): Writable | null;
  /** Answers with a short body, and takes no further request where the client may be at odds with us about where this one ends. */
  refuse(status: number, body: RefusalBody, more: HeaderList): void;
  end(trailers: HeaderList): void;
  /** Answers 101 and hands over the connection. Only where `upgrade` is not null. */
  switchProtocols(headers: HeaderList): Duplex;
  /** Ends the exchange so that the client sees that something is missing. */
  cutOff(): void;
}

export interface RefusalBody {
  readonly type: string;
  readonly text: string;
}

/** Statuses whose responses have no body (RFC 9110 section 6.4.1). */
const bodiless = new Set([204, 205, 304]);

export function http1Exchange(
  request: IncomingMessage,
  response: ServerResponse,
  options: { readonly awaitsContinue: boolean; readonly upgraded: { readonly socket: Duplex; readonly head: Buffer } | null },
): ClientExchange {
  const headers = fromRaw(request.rawHeaders);
  const gone = new AbortController();
  const { upgraded, awaitsContinue } = options;
  const hasBody =
    upgraded === null && (valueOf(headers, "transfer-encoding") !== null || Number(valueOf(headers, "content-length") ?? 0) > 0);
  response.once("close", () => {
    if (!response.writableFinished) gone.abort();
  });
  request.on("error", () => gone.abort());
  response.on("error", () => gone.abort());
  response.sendDate = false;
  let isWaiting = awaitsContinue;
  return {
    method: request.method ?? "",
    target: request.url ?? "",
    authority: null,
    headers,
    body: hasBody ? request : null,
    upgrade: upgraded === null ? null : (valueOf(headers, "upgrade") ?? ""),
    signal: gone.signal,
    proceed: () => {
      if (isWaiting) response.writeContinue();
      isWaiting = false;
    },
    trailers: () => fromRaw(request.rawTrailers),
    respond: (status, list) => {
      response.writeHead(status, toRaw(list));
      if (request.method !== "HEAD" && !bodiless.has(status)) return response;
      return null;
    },
    refuse: (status, body, more) => {
      if (response.headersSent || response.destroyed) {
        request.socket.destroy();
        return;
      }
      response.writeHead(status, [...toRaw([...headersOf(body), ...more]), "connection", "close"]);
      response.end(body.text);
      if (upgraded !== null) response.once("finish", () => upgraded.socket.end());
    },
    end: (trailers) => {
      if (trailers.length > 0) response.addTrailers(trailers.map(([name, value]): [string, string] => [name, value]));
      response.end();
      if (upgraded !== null) response.once("finish", () => upgraded.socket.end());
    },
    switchProtocols: (list) => {
      if (upgraded === null) throw new Error("This request did not ask for another protocol.");
      const { socket, head } = upgraded;
      response.detachSocket(request.socket);
      const lines = list.map(([name, value]) => `${name}: ${value}\r\n`).join("");
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines}\r\n`, "latin1");
      if (head.length > 0) socket.unshift(head);
      return socket;
    },
    cutOff: () => void request.socket.destroy(),
  };
}

/** What is sent to one client over HTTP/2. */
export function http2Exchange(stream: ServerHttp2Stream, rawHeaders: readonly string[]): ClientExchange {
  const pseudo = new Map<string, string>();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? "";
    if (name.startsWith(":")) pseudo.set(name, rawHeaders[at + 1] ?? "");
  }
  const headers = fromRaw(rawHeaders);
  const method = pseudo.get(":method") ?? "";
  const gone = new AbortController();
  let sent: HeaderList = [];
  let received: HeaderList = [];
  stream.once("close", () => {
    if (!stream.writableFinished) gone.abort();
  });
  stream.once("aborted", () => gone.abort());
  stream.on("error", () => gone.abort());
  stream.once("trailers", (_headers: unknown, _flags: number, raw?: readonly string[]) => {
    received = fromRaw(raw ?? []);
  });
  stream.once("wantTrailers", () => {
    // Without any it ends the stream.
    if (!stream.closed && !stream.destroyed) stream.sendTrailers(toObject(sent));
  });
  const hasBody = !stream.endAfterHeaders;
  return {
    method,
    target: pseudo.get(":path") ?? "",
    authority: pseudo.get(":authority") ?? null,
    headers,
    body: hasBody ? stream : null,
    upgrade: null,
    signal: gone.signal,
    proceed: () => {
      if (valueOf(headers, "expect") === "100-continue" && !stream.headersSent && !stream.destroyed)
        stream.additionalHeaders({ ":status": 100 });
    },
    trailers: () => received,
    respond: (status, list) => {
      if (stream.destroyed || stream.closed) return stream;
      const endStream = method === "HEAD" || bodiless.has(status);
      stream.respond({ ":status": status, ...toObject(list) }, endStream ? { endStream } : { waitForTrailers: true });
      return endStream ? null : stream;
    },
    refuse: (status, body, more) => {
      if (stream.destroyed || stream.closed || stream.headersSent) return stream.close(constants.NGHTTP2_INTERNAL_ERROR);
      stream.respond({ ":status": status, ...toObject([...headersOf(body), ...more]) });
      stream.end(method === "HEAD" ? undefined : body.text);
      if (hasBody) stream.close(constants.NGHTTP2_NO_ERROR);
    },
    end: (trailers) => {
      sent = trailers;
      stream.end();
      // Nobody will read the rest of the body.
      if (hasBody && !stream.readableEnded && !stream.closed) stream.close(constants.NGHTTP2_NO_ERROR);
    },
    switchProtocols: () => {
      throw new Error("HTTP/2 has no other protocol to change to.");
    },
    cutOff: () => stream.close(constants.NGHTTP2_INTERNAL_ERROR),
  };
}

function headersOf({ type, text }: RefusalBody): HeaderList {
  return [
    ["content-type", type],
    ["content-length", String(Buffer.byteLength(text))],
    ["cache-control", "no-store"],
  ];
}
