import { Agent, type ClientRequest, type IncomingMessage, request as httpRequest } from "node:http";
import { type ClientHttp2Session, type ClientHttp2Stream, connect as http2Connect, constants } from "node:http2";
import type { Duplex, Readable, Writable } from "node:stream";
import type { TLSSocket } from "node:tls";
import { fromRaw, type HeaderList, toObject, toRaw, valueOf } from "./headers.ts";
import type { Destination } from "./interceptor.ts";
import { type UpstreamTls, UpstreamFailure } from "./upstream-tls.ts";

export interface UpstreamRequest {
  readonly method: string;
  readonly target: string;
  /** Without `host`, and without anything that belongs to a connection. */
  readonly headers: HeaderList;
  readonly hasBody: boolean;
  /** The protocol to change to; null for none. */
  readonly upgrade: string | null;
}

export type UpstreamResponse =
  | {
      readonly kind: "response";
      readonly status: number;
      readonly headers: HeaderList;
      readonly body: Readable;
      /** Known when the body has ended. */
      readonly trailers: () => HeaderList;
    }
  | { readonly kind: "switched"; readonly headers: HeaderList; readonly socket: Duplex };

/** A request on its way; its body is written to `body` and ended with `end`. */
export interface UpstreamExchange {
  readonly body: Writable;
  end(trailers: HeaderList): void;
  /** Rejects with {@link UpstreamFailure}. Interim responses are left out. */
  readonly response: Promise<UpstreamResponse>;
  destroy(): void;
}

/** How long a connection is kept for the next request; servers that keep theirs for less say so, or close them. An agent thinks for seconds. */
const idleMs = 60_000;
/** Of one session at once, whatever the server would bear. */
const maximumStreams = 100;
const sessionWindow = 16 * 1_048_576;
const streamWindow = 1_048_576;
const headerLimit = 65_536;

/** The connections of one run to one destination, kept for the next request. */
export class Upstream {
  readonly #destination: Destination;
  readonly #tls: UpstreamTls;
  readonly #closed = new AbortController();
  readonly #sessions = new Set<ClientHttp2Session>();
  readonly #streams = new WeakMap<ClientHttp2Session, number>();
  /** Opened to find out the protocol, and of use to the next request over HTTP/1.1. */
  readonly #spare: TLSSocket[] = [];
  readonly #agent: Agent;
  #protocol: "unknown" | "h2" | "http/1.1" = "unknown";
  #opening: Promise<void> | null = null;

  constructor(destination: Destination, tls: UpstreamTls) {
    this.#destination = destination;
    this.#tls = tls;
    this.#agent = new PoolingAgent(() => this.#http1Socket());
  }

  async exchange(request: UpstreamRequest): Promise<UpstreamExchange> {
    if (request.upgrade !== null) return this.#overHttp1(request);
    while (this.#protocol !== "http/1.1") {
      const session = this.#freeSession();
      if (session !== null) return this.#overHttp2(session, request);
      // One at a time: all that wait share what it finds.
      this.#opening ??= this.#open().finally(() => (this.#opening = null));
      await this.#opening;
    }
    return this.#overHttp1(request);
  }

  close(): void {
    this.#closed.abort();
    this.#agent.destroy();
    for (const session of this.#sessions) session.destroy();
    for (const socket of this.#spare) socket.destroy();
  }

  async #open(): Promise<void> {
    const socket = await this.#tls.connect(this.#destination, ["h2", "http/1.1"], this.#closed.signal);
    if (socket.alpnProtocol !== "h2") {
      this.#protocol = "http/1.1";
      this.#spare.push(socket);
      return;
    }
    this.#protocol = "h2";
    const session = http2Connect(`https://${authority(this.#destination)}`, {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: streamWindow, maxHeaderListSize: headerLimit },
    });
    session.setLocalWindowSize(sessionWindow);
    const forget = () => void this.#sessions.delete(session);
    session.on("close", forget).on("goaway", forget).on("error", forget);
    session.setTimeout(idleMs, () => {
      if ((this.#streams.get(session) ?? 0) === 0) session.close();
    });
    this.#sessions.add(session);
  }

  #freeSession(): ClientHttp2Session | null {
    for (const session of this.#sessions) {
      const most = Math.min(maximumStreams, session.remoteSettings.maxConcurrentStreams ?? maximumStreams);
      if (!session.closed && !session.destroyed && (this.#streams.get(session) ?? 0) < most) return session;
    }
    return null;
  }

  #overHttp2(session: ClientHttp2Session, request: UpstreamRequest): UpstreamExchange {
    this.#streams.set(session, (this.#streams.get(session) ?? 0) + 1);
    const stream = session.request(
      {
        ":method": request.method,
        ":path": request.target,
        ":authority": authority(this.#destination),
        ":scheme": "https",
        ...toObject(request.headers),
      },
      { endStream: !request.hasBody, waitForTrailers: request.hasBody },
    );
    stream.once("close", () => this.#streams.set(session, (this.#streams.get(session) ?? 1) - 1));
    return http2Upstream(stream, this.#destination.host);
  }

  #overHttp1(request: UpstreamRequest): UpstreamExchange {
    const { headers, hasBody, upgrade, method, target } = request;
    const isChunked = hasBody && valueOf(headers, "content-length") === null;
    const sent = httpRequest({
      method,
      path: target,
      agent: this.#agent,
      setHost: false,
      maxHeaderSize: headerLimit,
      insecureHTTPParser: false,
      headers: toRaw([
        ["host", authority(this.#destination)],
        ...headers,
        ...(isChunked ? ([["transfer-encoding", "chunked"]] as const) : []),
        ...(upgrade === null
          ? []
          : ([
              ["connection", "upgrade"],
              ["upgrade", upgrade],
            ] as const)),
      ]),
    });
    sent.setNoDelay(true);
    return http1Upstream(sent, request, this.#destination.host);
  }

  async #http1Socket(): Promise<Duplex> {
    for (let spare = this.#spare.shift(); spare !== undefined; spare = this.#spare.shift()) {
      if (!spare.destroyed && spare.readyState === "open") return spare;
    }
    return await this.#tls.connect(this.#destination, ["http/1.1"], this.#closed.signal);
  }
}

/** Node's own pool of connections that stay open, over sockets that come later. */
class PoolingAgent extends Agent {
  readonly #connect: () => Promise<Duplex>;

  constructor(connect: () => Promise<Duplex>) {
    super({ keepAlive: true, maxFreeSockets: 32, timeout: idleMs });
    this.#connect = connect;
  }

  override createConnection(_options: unknown, done?: (error: Error | null, socket: Duplex) => void): undefined {
    void this.#hand(done ?? (() => undefined));
    return undefined;
  }

  async #hand(done: (error: Error | null, socket: Duplex) => void): Promise<void> {
    try {
      done(null, await this.#connect());
    } catch (error) {
      // Node takes an error alone; its types do not say so.
      Reflect.apply(done, undefined, [error]);
    }
  }
}

function http1Upstream(sent: ClientRequest, request: UpstreamRequest, host: string): UpstreamExchange {
  const response = new Promise<UpstreamResponse>((resolve, reject) => {
    sent.once("response", (received: IncomingMessage) => {
      resolve({
        kind: "response",
        status: received.statusCode ?? 502,
        headers: fromRaw(received.rawHeaders),
        body: received,
        trailers: () => fromRaw(received.rawTrailers),
      });
    });
    sent.once("upgrade", (received: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (head.length > 0) socket.unshift(head);
      if (request.upgrade !== null) return resolve({ kind: "switched", headers: fromRaw(received.rawHeaders), socket });
      socket.destroy();
      reject(new UpstreamFailure("answer", `${host} changed the protocol unasked.`));
    });
    sent.on("error", (error) => reject(asFailure(error, host)));
    sent.once("close", () => reject(new UpstreamFailure("cut", `${host} ended the connection before it answered.`)));
  });
  response.catch(() => undefined);
  return {
    body: sent,
    response,
    end: (trailers) => {
      if (trailers.length > 0 && valueOf(request.headers, "content-length") === null)
        sent.addTrailers(trailers.map(([name, value]): [string, string] => [name, value]));
      sent.end();
    },
    destroy: () => void sent.destroy(),
  };
}

function http2Upstream(stream: ClientHttp2Stream, host: string): UpstreamExchange {
  let sent: HeaderList = [];
  let received: HeaderList = [];
  stream.once("wantTrailers", () => {
    if (!stream.closed && !stream.destroyed) stream.sendTrailers(toObject(sent));
  });
  stream.once("trailers", (_headers: unknown, _flags: number, raw?: readonly string[]) => {
    received = fromRaw(raw ?? []);
  });
  const response = new Promise<UpstreamResponse>((resolve, reject) => {
    stream.once("response", (headers, _flags: number, raw?: readonly string[]) => {
      resolve({ kind: "response", status: headers[":status"] ?? 502, headers: fromRaw(raw ?? []), body: stream, trailers: () => received });
    });
    stream.on("error", (error) => reject(asFailure(error, host)));
    stream.once("close", () => reject(new UpstreamFailure("cut", `${host} ended the request before it answered.`)));
  });
  response.catch(() => undefined);
  return {
    body: stream,
    response,
    end: (trailers) => {
      sent = trailers;
      stream.end();
    },
    destroy: () => stream.close(constants.NGHTTP2_CANCEL),
  };
}

function asFailure(error: Error, host: string): UpstreamFailure {
  if (error instanceof UpstreamFailure) return error;
  const code = "code" in error && typeof error.code === "string" && /^[A-Z0-9_]{1,60}$/.test(error.code) ? ` (${error.code})` : "";
  return new UpstreamFailure("cut", `The exchange with ${host} broke off${code}.`, { cause: error });
}

function authority({ host, port }: Destination): string {
  return port === 443 ? host : `${host}:${port}`;
}
