import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request as httpRequest, type RequestOptions } from "node:http";
import { type ClientHttp2Session, connect as http2Connect, type IncomingHttpStatusHeader, type OutgoingHttpHeaders } from "node:http2";
import type { Duplex } from "node:stream";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly trailers: Readonly<Record<string, string>>;
}

/** One request over an open connection, HTTP/1.1. `whole` is everything that came, as text. */
export async function http1(socket: Duplex, options: RequestOptions, body: string | Buffer | null = null): Promise<Answer> {
  const sent = sendHttp1(socket, options);
  if (body === null) sent.end();
  else sent.end(body);
  return await answerOf(sent);
}

export function sendHttp1(socket: Duplex, options: RequestOptions): ClientRequest {
  return httpRequest({ createConnection: () => socket, ...options });
}

export async function answerOf(sent: ClientRequest): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    sent.once("error", reject);
    sent.once("response", (received: IncomingMessage) => {
      const chunks: Buffer[] = [];
      received.on("data", (chunk: Buffer) => chunks.push(chunk));
      received.once("error", reject);
      received.once("end", () =>
        resolve({
          status: received.statusCode ?? 0,
          headers: texts(received.headers),
          body: Buffer.concat(chunks).toString("latin1"),
          trailers: texts(received.trailers),
        }),
      );
    });
  });
}

/** A session over an open connection. */
export function http2Session(socket: Duplex, authority: string): ClientHttp2Session {
  return http2Connect(`https://${authority}`, { createConnection: () => socket }).on("error", () => undefined);
}

/** One request over HTTP/2. */
export async function http2(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  body: string | Buffer | null = null,
): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const stream = session.request(headers, { endStream: body === null });
    const chunks: Buffer[] = [];
    let head: IncomingHttpHeaders & IncomingHttpStatusHeader = {};
    let trailers: IncomingHttpHeaders = {};
    stream.once("response", (received) => (head = received));
    stream.once("trailers", (received) => (trailers = received));
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.once("error", reject);
    stream.once("close", () => {
      if (stream.rstCode !== 0) reject(new Error(`reset ${stream.rstCode}`));
      else
        resolve({
          status: head[":status"] ?? 0,
          headers: texts(head),
          body: Buffer.concat(chunks).toString("latin1"),
          trailers: texts(trailers),
        });
    });
    if (body !== null) stream.end(body);
  });
}

function texts(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
