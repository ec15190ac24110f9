import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { Clock } from "../core/kernel/clock.ts";
import type { Logger } from "../core/kernel/logger.ts";
import { isFromOurselves, sessionCookie, sessionOf } from "./request-guard.ts";
import { securityHeaders } from "../core/security-headers.ts";
import { Sessions } from "./sessions.ts";
import type { StaticFile } from "../core/static-files.ts";
import { TokenBucket } from "./token-bucket.ts";

/** Largest message a page may send; the largest legal call is a command of 8 MiB to explain. */
const maximumMessageBytes = 9 * 1_024 * 1_024;
/** What may wait to be sent to one page before it counts as gone. */
const maximumUnsentBytes = 64 * 1_024 * 1_024;
const maximumConnections = 64;

export interface WebServerOptions {
  /** 0 picks a free port. */
  readonly port: number;
  readonly files: ReadonlyMap<string, StaticFile>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Serves calls on a connection that has passed every check. */
  readonly onConnection: (socket: WebSocket) => void;
}

/** The web host's door: loopback only, every request and upgrade checked, nothing but GET. */
export class WebServer implements AsyncDisposable {
  readonly #options: WebServerOptions;
  readonly #sessions = new Sessions();
  readonly #server: Server;
  readonly #sockets: WebSocketServer;
  readonly #launchTries: TokenBucket;
  #port = 0;

  constructor(options: WebServerOptions) {
    this.#options = options;
    this.#launchTries = new TokenBucket(0.2, 10, () => options.clock.monotonic());
    this.#sockets = new WebSocketServer({
      ...{ noServer: true, maxPayload: maximumMessageBytes, perMessageDeflate: false },
      // A call and its cancellation may come in one packet. oRPC needs more ticks to read a call than a cancellation: without a
      // turn of the loop between them the cancellation would come first, hit nothing, and the stream would never end.
      allowSynchronousEvents: false,
    });
    this.#server = createServer({ maxHeaderSize: 16_384, headersTimeout: 10_000, requestTimeout: 15_000, keepAliveTimeout: 5_000 });
    this.#server.maxConnections = maximumConnections;
    this.#server.on("request", (request, response) => this.#answer(request, response));
    this.#server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
  }

  /** Resolves to the port once it listens on 127.0.0.1. */
  async listen(): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(this.#options.port, "127.0.0.1", () => resolve());
    });
    this.#port = portOf(this.#server.address());
    return this.#port;
  }

  /** An address that opens one session, once. `localhost`, because passkeys need that name. */
  launchAddress(): string {
    return `http://localhost:${this.#port}/launch?token=${this.#sessions.issueLaunchToken()}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#sockets.close();
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
    if (request.method !== "GET" && request.method !== "HEAD") return refuse(response, 405, "Only GET is served here.");
    if (!isFromOurselves(request, this.#port, false)) return refuse(response, 403, "This address is not served under that name.");
    const address = new URL(request.url ?? "/", "http://localhost");
    if (address.pathname === "/launch") return this.#launch(address, response);
    if (!this.#sessions.isOpen(sessionOf(request))) {
      return refuse(response, 401, "Open Gatehouse with the address that it printed when it started. Each such address works once.");
    }
    const file = this.#options.files.get(address.pathname === "/" ? "/index.html" : address.pathname);
    if (file === undefined) return refuse(response, 404, "There is no such page.");
    response.setHeader("Content-Type", file.type);
    response.setHeader("Cache-Control", file.isImmutable ? "private, max-age=31536000, immutable" : "no-store");
    response.setHeader("Content-Length", file.body.byteLength);
    response.end(request.method === "HEAD" ? undefined : file.body);
  }

  #launch(address: URL, response: ServerResponse): void {
    if (!this.#launchTries.take()) return refuse(response, 429, "Too many tries. Wait a minute.");
    const session = this.#sessions.redeem(address.searchParams.get("token") ?? "");
    if (session === null)
      return refuse(
        response,
        401,
        "This launch address was used already, or is not valid. Press Enter where Gatehouse runs for a new one.",
      );
    response.setHeader("Set-Cookie", `${sessionCookie}=${session}; HttpOnly; SameSite=Strict; Path=/`);
    response.setHeader("Cache-Control", "no-store");
    // A refresh, not a redirect: the next request then counts as our own and carries the strict cookie.
    response.setHeader("Refresh", "0; url=/");
    response.setHeader("Content-Type", "text/plain; charset=utf-8");
    response.end("Opening Gatehouse…\n");
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => socket.destroy());
    const isAllowed = request.url === "/rpc" && isFromOurselves(request, this.#port, true) && this.#sessions.isOpen(sessionOf(request));
    if (!isAllowed) {
      socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (connection) => this.#connect(connection));
  }

  #connect(connection: WebSocket): void {
    const bucket = new TokenBucket(500, 2_000, () => this.#options.clock.monotonic());
    connection.on("error", (error) => this.#options.logger.warn({ err: error }, "a page's connection failed"));
    connection.on("message", () => {
      if (!bucket.take()) connection.close(1008, "too many messages");
      else if (connection.bufferedAmount > maximumUnsentBytes) connection.terminate();
    });
    this.#options.onConnection(connection);
  }
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new Error("The web host does not listen on a port.");
  return address.port;
}

function refuse(response: ServerResponse, status: number, words: string): void {
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store", Connection: "close" });
  response.end(`${words}\n`);
}
