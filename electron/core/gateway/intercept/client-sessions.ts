import { createServer, type IncomingMessage, type Server, ServerResponse } from "node:http";
import { performServerHandshake, type ServerHttp2Stream } from "node:http2";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import type { Clock } from "../../kernel/clock.ts";
import { type ClientExchange, http1Exchange, http2Exchange } from "./client-exchange.ts";

/** What a connection's owner wants to know of it. */
export interface SessionOwner {
  exchange(exchange: ClientExchange): Promise<void>;
  /** The client broke the protocol; its connection is ended. */
  broken(why: string): void;
}

const headerLimit = 65_536;
/** Requests of one connection that may be open at once. */
const maximumExchanges = 256;
/** Longer without any exchange a connection is not kept: nor a head that comes a byte at a time. */
const idleMs = 120_000;

/** Limits against floods: streams reset in a row (CVE-2023-44487), frames that are not the protocol. */
const http2Options = {
  settings: {
    maxConcurrentStreams: maximumExchanges,
    maxHeaderListSize: headerLimit,
    initialWindowSize: 65_535,
    enableConnectProtocol: false,
  },
  maxHeaderListPairs: 200,
  maxSessionInvalidFrames: 50,
  maxSessionRejectedStreams: 50,
  maxSessionMemory: 32,
  streamResetBurst: 200,
  streamResetRate: 50,
};

/** Reads requests off opened connections, HTTP/1.1 and HTTP/2. */
export class ClientSessions {
  readonly #owners = new WeakMap<object, Session>();
  readonly #http1: Server;

  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#http1 = createServer({
      maxHeaderSize: headerLimit,
      insecureHTTPParser: false,
      keepAliveTimeout: idleMs,
      noDelay: true,
      requireHostHeader: false,
    });
    this.#http1.maxHeadersCount = 200;
    this.#http1.on("request", (request, response) => this.#http1Request(request, response, false));
    this.#http1.on("checkContinue", (request, response) => this.#http1Request(request, response, true));
    this.#http1.on("checkExpectation", (request, response) => this.#http1Request(request, response, false));
    this.#http1.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
    this.#http1.on("connect", (request, socket) => this.#break(request.socket, socket, "A connection within a connection was asked for."));
    this.#http1.on("clientError", (error, socket) => {
      this.#break(socket, socket, wordsFor(error));
    });
  }

  /** Serves the connection until it ends. */
  serve(socket: TLSSocket, protocol: "h2" | "http/1.1", owner: SessionOwner): Promise<void> {
    const session = new Session(owner, this.#clock, socket);
    const ended = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    socket.once("end", () => session.askedAll());
    if (protocol === "http/1.1") {
      this.#owners.set(socket, session);
      this.#http1.emit("connection", socket);
      return ended.finally(() => session.end());
    }
    const http2 = performServerHandshake(socket, http2Options);
    session.finishWith(() => http2.close());
    http2.on("stream", (stream: ServerHttp2Stream, _headers: unknown, _flags: number, raw?: readonly string[]) => {
      session.take(http2Exchange(stream, raw ?? []));
    });
    http2.on("error", (error: Error) => {
      owner.broken(wordsFor(error));
      socket.destroy();
    });
    return ended.finally(() => session.end());
  }

  #http1Request(request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean): void {
    const session = this.#owners.get(request.socket);
    if (session === undefined) request.socket.destroy();
    else session.take(http1Exchange(request, response, { awaitsContinue, upgraded: null }));
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const session = this.#owners.get(request.socket);
    if (session === undefined || !(socket instanceof Socket)) return void socket.destroy();
    socket.on("error", () => undefined);
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    session.take(http1Exchange(request, response, { awaitsContinue: false, upgraded: { socket, head } }));
  }

  #break(key: object, socket: Duplex, why: string): void {
    this.#owners.get(key)?.owner.broken(why);
    const text = `Gatehouse: ${why}\n`;
    const isOpen = socket.writable && !socket.destroyed;
    if (isOpen)
      socket.write(
        `HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\ncontent-length: ${text.length}\r\nconnection: close\r\n\r\n${text}`,
      );
    socket.end(() => socket.destroy());
  }
}

/** Counts the exchanges of one connection, and ends it when there has been none for long. */
class Session {
  readonly owner: SessionOwner;
  readonly #socket: TLSSocket;
  #open = 0;
  #hasEnded = false;
  #hasAskedAll = false;
  readonly #clock: Clock;
  /** Ends the connection once what was written has gone. */
  #finish: () => void;
  #idle: Disposable;

  constructor(owner: SessionOwner, clock: Clock, socket: TLSSocket) {
    this.owner = owner;
    this.#clock = clock;
    this.#socket = socket;
    this.#finish = () => socket.destroySoon();
    this.#idle = clock.after(idleMs, () => socket.destroy());
  }

  /** For a protocol that keeps what it writes to itself for a while. */
  finishWith(finish: () => void): void {
    this.#finish = finish;
  }

  take(exchange: ClientExchange): void {
    if (this.#open >= maximumExchanges) {
      this.owner.broken("Too many requests at once on one connection.");
      return void this.#socket.destroy();
    }
    this.#open++;
    this.#idle[Symbol.dispose]();
    void this.owner.exchange(exchange).finally(() => {
      this.#open--;
      if (this.#open === 0 && this.#hasAskedAll) this.#finish();
      else if (this.#open === 0 && !this.#hasEnded) this.#idle = this.#clock.after(idleMs, () => this.#socket.destroy());
    });
  }

  /** The client will send nothing more: the last answer ends the connection. */
  askedAll(): void {
    this.#hasAskedAll = true;
    if (this.#open === 0) this.#finish();
  }

  end(): void {
    this.#hasEnded = true;
    this.#idle[Symbol.dispose]();
  }
}

/** From a closed set of words: what the client sent must not come back through an error's message. */
function wordsFor(error: Error): string {
  const code = "code" in error && typeof error.code === "string" && /^[A-Z0-9_]{1,60}$/.test(error.code) ? error.code : "unknown";
  if (code === "HPE_HEADER_OVERFLOW") return "The headers are too long.";
  return `The request is malformed (${code}).`;
}
