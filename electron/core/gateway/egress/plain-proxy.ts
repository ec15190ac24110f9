import { createServer, type IncomingMessage, request as sendRequest, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { DialError, type DialTarget } from "../dial/dial-error.ts";
import { fromRaw } from "../intercept/headers.ts";
import type { RefusalForm } from "../intercept/interceptor.ts";
import { type Meter, MeteredConnection } from "../meter.ts";
import type { Admission, OpenRecord, Wanted } from "./egress-gate.ts";
import { forwarded, maximumHeadBytes, readTarget, returned, upstreamIdleMs, withoutQuery } from "./plain-head.ts";
import { serveUpgrade } from "./plain-upgrade.ts";
import type { Counted, UnsealedRequest } from "./request-broker.ts";
import { refusalText } from "./refusal.ts";

export interface PlainProxyParts {
  readonly admit: (wanted: Wanted, signal: AbortSignal) => Promise<Admission>;
  readonly refuse: (what: Omit<Wanted, "carried">, why: string) => void;
  readonly dial: (target: DialTarget, signal: AbortSignal, isByPerson?: boolean) => Promise<Duplex>;
  readonly meter: Meter;
  readonly programOf: (client: Duplex) => string | null;
  /** A CONNECT that came on a connection after other requests. */
  readonly onConnect: (client: Duplex, authority: string, headers: readonly (readonly [string, string])[]) => void;
  /** Why a request may not use this proxy; null where it may. */
  readonly credentialProblem: (headers: readonly (readonly [string, string])[]) => string | null;
  /** Counts a call of a model and keeps it within the budgets. */
  readonly count: (request: UnsealedRequest, signal: AbortSignal) => Promise<Counted>;
}

/** How long a client that keeps its connection may say nothing, milliseconds. */
const idleMs = 60_000;

/** Requests in absolute form (`GET http://host/path`), one by one: each is decided by itself, and none is injected into. */
export class PlainProxy {
  readonly #parts: PlainProxyParts;
  readonly #server: Server;

  constructor(parts: PlainProxyParts) {
    this.#parts = parts;
    this.#server = createServer({
      insecureHTTPParser: false,
      // Without one a request is refused here, where it is put on record.
      requireHostHeader: false,
      maxHeaderSize: maximumHeadBytes,
      keepAliveTimeout: idleMs,
      headersTimeout: idleMs,
      joinDuplicateHeaders: false,
    });
    this.#server.maxHeadersCount = 200;
    this.#server.on("request", (request, response) => void this.#serve(request, response));
    this.#server.on("connect", (request: IncomingMessage, client: Duplex, head: Buffer) => {
      if (head.byteLength > 0) client.unshift(head);
      parts.onConnect(client, request.url ?? "", fromRaw(request.rawHeaders));
    });
    this.#server.on("upgrade", (request: IncomingMessage, client: Duplex, head: Buffer) => {
      if (head.byteLength > 0) client.unshift(head);
      void serveUpgrade(parts, request, client);
    });
    this.#server.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
      response.writeContinue();
      void this.#serve(request, response);
    });
    this.#server.on("clientError", (error: Error, client: Duplex) => {
      const what = { host: "", port: 0, method: null, path: null, program: parts.programOf(client) };
      parts.refuse(what, `A request could not be read (${"code" in error ? String(error.code) : error.name}).`);
      if (client.writable) client.end("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
      else client.destroy();
    });
  }

  /** Serves the requests of one client until it ends. */
  serve(client: Duplex): void {
    client.setMaxListeners(20);
    this.#server.emit("connection", client);
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const seen = readTarget(request);
    const program = this.#parts.programOf(request.socket);
    const method = request.method ?? "GET";
    if (!seen.ok) {
      this.#refuseRequest(request, request.socket, seen.problem);
      return answer(response, 400, seen.problem);
    }
    const { target, path } = seen;
    const what = { ...target, method, path: withoutQuery(path), program };
    const problem = this.#parts.credentialProblem(fromRaw(request.rawHeaders));
    if (problem !== null) {
      this.#parts.refuse(what, problem);
      response.setHeader("proxy-authenticate", 'Basic realm="gatehouse"');
      return answer(response, 407, problem);
    }
    const gone = new AbortController();
    response.once("close", () => gone.abort(new Error("the client went away")));
    const admission = await this.#parts.admit({ ...what, carried: "plain" }, gone.signal);
    if (admission.kind === "refused") return answer(response, admission.status, admission.why, admission.form);
    const { record } = admission;
    const counted = await this.#parts.count({ ...target, method, path: withoutQuery(path) }, gone.signal);
    if (counted.kind === "refused") {
      await record.end({ status: "refused", why: counted.why, bytesUp: 0, bytesDown: 0 });
      return answer(response, counted.status, counted.why, counted.form);
    }
    await this.#forward({ request, response, target, path, record, counted }, gone.signal);
  }

  async #forward({ request, response, target, path, record, counted }: Exchange, signal: AbortSignal): Promise<void> {
    let status: number | null = null;
    const { tap } = counted;
    const ending = new AbortController();
    using metered = new MeteredConnection(this.#parts.meter, (why) => ending.abort(new Error(why)));
    const ends = AbortSignal.any([signal, record.cut, ending.signal]);
    const end = async (how: "done" | "failed" | "refused" | "cut-off", why: string | null, detail = {}) => {
      const { bytesUp, bytesDown } = metered;
      counted.done({ status, bytesUp, bytesDown });
      await record.end({ status: how, why, bytesUp, bytesDown, detail });
    };
    try {
      const socket = await this.#parts.dial(target, ends, record.isByPerson);
      const outgoing = sendRequest({
        createConnection: () => socket,
        method: request.method ?? "GET",
        path,
        headers: forwarded(request.rawHeaders, target, tap !== null),
        setHost: false,
        maxHeaderSize: maximumHeadBytes,
        insecureHTTPParser: false,
        timeout: upstreamIdleMs,
        signal: ends,
      });
      outgoing.on("timeout", () => outgoing.destroy(new Error("the other end said nothing for five minutes")));
      request.on("data", (chunk: Buffer) => metered.up(chunk.length));
      const sent = pipeline(request, outgoing);
      sent.catch(() => {});
      const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
        outgoing.once("response", resolve);
        outgoing.once("error", reject);
      });
      outgoing.on("error", () => {});
      status = incoming.statusCode ?? 502;
      tap?.head(status, Object.fromEntries(fromRaw(incoming.rawHeaders)));
      response.writeHead(status, returned(incoming.rawHeaders));
      incoming.on("data", (chunk: Buffer) => {
        tap?.data(chunk);
        metered.down(chunk.length);
      });
      await pipeline(incoming, response);
      tap?.end();
      await end("done", null, { status });
    } catch (thrown) {
      const error: unknown = ends.aborted ? ends.reason : thrown;
      const isRefused = error instanceof DialError && error.fault === "forbidden";
      const why = error instanceof Error ? error.message : "it broke off";
      await end(isRefused ? "refused" : record.cut.aborted ? "cut-off" : "failed", why);
      if (!response.headersSent) answer(response, isRefused || record.cut.aborted ? 403 : ending.signal.aborted ? 429 : 502, why);
      else response.destroy();
    }
  }

  #refuseRequest(request: IncomingMessage, client: Duplex, why: string): void {
    const method = request.method ?? null;
    const host = request.headers.host ?? "";
    this.#parts.refuse({ host, port: 0, method, path: null, program: this.#parts.programOf(client) }, why);
  }
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: DialTarget;
  readonly path: string;
  readonly record: OpenRecord;
  readonly counted: Extract<Counted, { kind: "ready" }>;
}

function answer(response: ServerResponse, status: number, why: string, form: RefusalForm | null = null): void {
  const json = form?.json ?? null;
  const retry = form?.retryAfterSeconds ?? null;
  response.writeHead(status, {
    "content-type": json === null ? "text/plain; charset=utf-8" : "application/json",
    connection: "close",
    ...(retry === null ? {} : { "retry-after": String(retry) }),
  });
  response.end(json ?? `${refusalText(why)}\n`);
}
