import type { Writable } from "node:stream";
import { isLfsBatch, objectsOfLfsBatch, verbOfLfsBatch } from "../forges/git-operation.ts";
import type { LiveSecrets } from "../../redactor/live-secrets.ts";
import { presentedCredentials, withoutCredentialHeaders, withoutCredentialQuery } from "./client-credentials.ts";
import type { ClientExchange } from "./client-exchange.ts";
import { type HeaderList, passingTrailers, valueOf, without, withoutHopByHop } from "./headers.ts";
import type { ClientConnection, Injection, InterceptHost, RefusalForm, RequestDecision, ResponseTap, SeenRequest } from "./interceptor.ts";
import { longestFieldBody, placeValue } from "./place-value.ts";
import { Cut, type Passage, pump, readWhole, unchanged } from "./pump.ts";
import { readHead } from "./request-head.ts";
import { decoded, redactHeaders, responseHeaders, withReadableCodings } from "./scrub.ts";
import { MeteredConnection } from "../meter.ts";
import type { NetworkFault } from "../network-fault.ts";
import type { Upstream, UpstreamExchange, UpstreamResponse } from "./upstream.ts";
import { UpstreamFailure } from "./upstream-tls.ts";
import { WebSocketPassage } from "./websocket-passage.ts";

/** What an exchange works with. */
export interface ExchangeParts {
  readonly connection: ClientConnection;
  readonly host: InterceptHost;
  readonly upstream: Upstream;
  readonly secrets: LiveSecrets;
  /** Looks for the value in everything that comes back, from now until the run ends. False where it is too short to be found. */
  readonly watchFor: (injection: Injection) => boolean;
}

type Allowed = Extract<RequestDecision, { kind: "allowed" }>;

/** Longest body of a batch of LFS, which is read to know what it does. */
const longestBatch = 1_048_576;
/** Methods that may be sent a second time (RFC 9110 section 9.2.2), without a body. */
const repeatable = new Set(["GET", "HEAD", "OPTIONS"]);

/** An answer that the interceptor gives itself. */
class Refusal extends Error {
  readonly status: number;

  constructor(status: number, why: string) {
    super(why);
    this.status = status;
  }
}

/** The exchange was ended from outside of it. */
class Ended extends Refusal {}

/** Takes one request from its head to the end of its response. Never rejects. */
export async function runExchange(client: ClientExchange, parts: ExchangeParts): Promise<void> {
  const { connection, host } = parts;
  const read = readHead(client, connection);
  if (!read.ok) {
    host.refused({ ...connection, method: plain(client.method, 16), path: plain(client.target.split("?")[0] ?? "", 500), why: read.why });
    return refuse(client, read.status, read.why);
  }
  const seen = {
    host: connection.host,
    port: connection.port,
    program: connection.program,
    method: read.method,
    path: read.path,
    isUpgrade: client.upgrade !== null,
    git: read.git,
    presented: `${presentedCredentials(client.headers)}\n${read.query}`,
  };
  try {
    const batch = isLfsBatch(read.method, read.path) ? await bodyOf(client, longestBatch) : null;
    const request: SeenRequest =
      batch === null || seen.git === null
        ? seen
        : { ...seen, git: { ...seen.git, verb: verbOfLfsBatch(batch), objects: objectsOfLfsBatch(batch) } };
    const decision = await host.decide(request, client.signal);
    if (decision.kind === "refused") return refuse(client, decision.status, decision.why, decision.form);
    await new Exchange(client, decision, parts, batch).run();
  } catch (error) {
    if (error instanceof Refusal) refuse(client, error.status, error.message);
    else refuse(client, 502, "The request could not be decided.");
  }
}

class Exchange {
  readonly #client: ClientExchange;
  readonly #decision: Allowed;
  readonly #parts: ExchangeParts;
  /** The whole body, where it had to be read. */
  #whole: Buffer | null;
  #status: number | null = null;
  #hasBegun = false;
  /** All of the request is on its way. */
  #isSent = false;
  /** Ends the exchange: the client is gone, a limit is reached, or what was decided does not hold any more. */
  readonly #ending = new AbortController();
  readonly #metered: MeteredConnection;

  constructor(client: ClientExchange, decision: Allowed, parts: ExchangeParts, whole: Buffer | null) {
    this.#client = client;
    this.#decision = decision;
    this.#parts = parts;
    this.#whole = whole;
    this.#metered = new MeteredConnection(parts.host.meter, (why) => this.#ending.abort(new Ended(429, sentence(why))));
  }

  async run(): Promise<void> {
    let failure: string | null = null;
    let fault: NetworkFault | null = null;
    using _watch = this.#watchEnds();
    using _metered = this.#metered;
    try {
      await this.#exchange();
    } catch (error) {
      if (error instanceof UpstreamFailure && !this.#ending.signal.aborted) fault = error.fault;
      failure = this.#fail(error);
    } finally {
      this.#decision.injection?.value.destroy();
      const outcome = { status: this.#status, bytesUp: this.#metered.bytesUp, bytesDown: this.#metered.bytesDown, failure };
      this.#decision.done(fault === null ? outcome : { ...outcome, fault });
    }
  }

  async #exchange(): Promise<void> {
    const { upstream } = this.#parts;
    const headers = await this.#requestHeaders();
    const client = this.#client;
    const hasBody = this.#whole === null ? client.body !== null : this.#whole.length > 0;
    const request = {
      method: client.method,
      target: withoutCredentialQuery(client.target, this.#parts.connection.host),
      headers,
      hasBody,
      upgrade: client.upgrade,
    };
    const isRepeatable = !hasBody && client.upgrade === null && repeatable.has(client.method);
    for (let attempt = 1; ; attempt++) {
      const sent = await upstream.exchange(request);
      const onEnd = () => sent.destroy();
      const ending = this.#ending.signal;
      ending.addEventListener("abort", onEnd, { once: true });
      try {
        if (ending.aborted) throw new Cut("It was ended.");
        this.#isSent = false;
        const sending = this.#sendBody(sent);
        const response = await Promise.race([sent.response, sending.then(async () => await sent.response)]);
        return await this.#respond(response, sent, sending);
      } catch (error) {
        sent.destroy();
        // A kept connection may have been closed just before it was used again.
        const mayRepeat = isRepeatable && attempt === 1 && !this.#hasBegun && !this.#ending.signal.aborted;
        if (!(mayRepeat && error instanceof UpstreamFailure)) throw error;
      } finally {
        ending.removeEventListener("abort", onEnd);
      }
    }
  }

  /** The client's headers as they go on, with the value in its place. */
  async #requestHeaders(): Promise<HeaderList> {
    const client = this.#client;
    const { injection } = this.#decision;
    const own = without(
      withoutHopByHop(client.headers),
      (name) => name === "host" || name === "expect" || name === "sec-websocket-extensions",
    );
    const wantsTrailers = /\btrailers\b/i.test(valueOf(client.headers, "te") ?? "");
    const stripped = withReadableCodings(withoutCredentialHeaders(own));
    const passing: HeaderList = wantsTrailers ? [...stripped, ["te", "trailers"]] : stripped;
    if (injection === null) return passing;
    if (!this.#parts.watchFor(injection))
      throw new Refusal(502, `The secret ${injection.secretName} is too short to be found again in a response, so it is not sent.`);
    if (injection.place.kind === "field") this.#whole ??= await bodyOf(client, longestFieldBody);
    const placed = placeValue(injection, passing, this.#whole);
    if (!placed.ok) throw new Refusal(400, placed.why);
    if (placed.body !== null) this.#whole = placed.body;
    return placed.headers;
  }

  async #sendBody(sent: UpstreamExchange): Promise<void> {
    const client = this.#client;
    if (this.#whole !== null) {
      this.#metered.up(this.#whole.length);
      if (this.#whole.length > 0) sent.body.write(this.#whole);
      return this.#endBody(sent, []);
    }
    if (client.body === null) return this.#endBody(sent, []);
    client.proceed();
    let length = 0;
    try {
      await pump(client.body, sent.body, unchanged, (bytes) => {
        length += bytes;
        this.#metered.up(bytes);
      });
    } catch (error) {
      // Nobody takes the rest, and what the client sends next waits behind it.
      client.body.resume();
      throw error;
    }
    // The server would take the beginning of the next request for the end of this one.
    const announced = valueOf(client.headers, "content-length");
    if (announced !== null && Number(announced) !== length) throw new Cut("The body is not as long as it says.");
    this.#endBody(sent, withoutCredentialHeaders(passingTrailers(client.trailers())));
  }

  #endBody(sent: UpstreamExchange, trailers: HeaderList): void {
    sent.end(trailers);
    this.#isSent = true;
  }

  async #respond(response: UpstreamResponse, sent: UpstreamExchange, sending: Promise<void>): Promise<void> {
    // A server may answer before it has read all; that its receiver is gone then is no failure.
    sending.catch(() => undefined);
    if (response.kind === "switched") return await this.#switch(response);
    const { secrets } = this.#parts;
    this.#status = response.status;
    const body = decoded(response.body, response.headers);
    if (body === null) throw new UpstreamFailure("answer", "The response is compressed in a way that cannot be looked into.");
    const headers = responseHeaders(response.headers, secrets, { isInjected: this.#decision.injection !== null });
    const tap = guarded(this.#decision.tap);
    tap?.head(response.status, Object.fromEntries(headers));
    this.#hasBegun = true;
    const sink = this.#client.respond(response.status, headers);
    response.body.on("data", (chunk: Buffer) => this.#metered.down(chunk.length));
    if (sink === null) response.body.resume();
    else await pump(body, sink, tapped(secrets.stream({ keepsLength: true }), tap), () => undefined);
    // An HTTP/2 stream that we end ourselves looks as if it had come to its end.
    this.#throwIfEnded();
    tap?.end();
    // The server still waits for the rest of the body: it would take the next request on this connection for it.
    if (!this.#isSent) sent.destroy();
    this.#client.end(redactHeaders(passingTrailers(response.trailers()), secrets));
  }

  async #switch(response: Extract<UpstreamResponse, { kind: "switched" }>): Promise<void> {
    const { secrets } = this.#parts;
    const client = this.#client;
    const isWebSocket = client.upgrade?.toLowerCase() === "websocket";
    if (valueOf(response.headers, "sec-websocket-extensions") !== null)
      throw new UpstreamFailure("answer", "The server uses an extension that was not asked for.");
    this.#status = 101;
    this.#hasBegun = true;
    const headers = responseHeaders(response.headers, secrets, { isInjected: true });
    const near = client.switchProtocols([...headers, ["connection", "upgrade"], ["upgrade", client.upgrade ?? ""]]);
    const far = response.socket;
    const down: Passage = isWebSocket ? new WebSocketPassage(secrets) : secrets.stream({ keepsLength: true });
    const onEnd = () => {
      near.destroy();
      far.destroy();
    };
    this.#ending.signal.addEventListener("abort", onEnd, { once: true });
    if (this.#ending.signal.aborted) onEnd();
    const endBoth = (error: unknown) => {
      near.destroy();
      far.destroy();
      // Either side may simply leave.
      if (!(error instanceof Cut)) throw error;
    };
    const both = [
      carry(far, near, down, (bytes) => this.#metered.down(bytes)).catch(endBoth),
      carry(near, far, unchanged, (bytes) => this.#metered.up(bytes)).catch(endBoth),
    ];
    try {
      await Promise.all(both);
    } finally {
      this.#ending.signal.removeEventListener("abort", onEnd);
      onEnd();
    }
    this.#throwIfEnded();
  }

  #throwIfEnded(): void {
    const { reason, aborted } = this.#ending.signal;
    if (aborted && reason instanceof Ended) throw reason;
  }

  /** The client's leaving and the end of what was decided, for as long as the exchange lives. */
  #watchEnds(): Disposable {
    const { cut } = this.#decision;
    const done = new AbortController();
    const options = { once: true, signal: done.signal };
    const onGone = () => this.#ending.abort(new Cut("The client went away."));
    const onCut = () =>
      this.#ending.abort(new Ended(403, cut?.reason instanceof Error ? cut.reason.message : "It is not allowed any more."));
    this.#client.signal.addEventListener("abort", onGone, options);
    cut?.addEventListener("abort", onCut, options);
    if (this.#client.signal.aborted) onGone();
    if (cut?.aborted === true) onCut();
    return { [Symbol.dispose]: () => done.abort() };
  }

  /** Tells the client as far as it can be told, and says in words what happened. */
  #fail(thrown: unknown): string {
    const client = this.#client;
    if (client.signal.aborted) return "The client went away.";
    const { reason } = this.#ending.signal;
    const error = reason instanceof Ended ? reason : thrown;
    const why =
      error instanceof UpstreamFailure || error instanceof Refusal || error instanceof Cut ? error.message : "The exchange broke off.";
    if (this.#hasBegun) client.cutOff();
    else {
      const status = error instanceof Refusal ? error.status : 502;
      this.#status = null;
      refuse(client, status, why);
    }
    return why;
  }
}

async function carry(
  from: NodeJS.ReadableStream & Parameters<typeof pump>[0],
  to: Writable,
  passage: Passage,
  onChunk: (bytes: number) => void,
): Promise<void> {
  await pump(from, to, passage, onChunk);
  to.end();
}

/** The whole body; refuses one that is longer. */
async function bodyOf(client: ClientExchange, limit: number): Promise<Buffer> {
  if (client.body === null) return Buffer.alloc(0);
  client.proceed();
  const whole = await readWhole(client.body, limit);
  if (whole === null)
    throw new Refusal(413, `The body is longer than ${limit / 1_048_576} MiB, the most where something in it has to be read or set.`);
  return whole;
}

function refuse(client: ClientExchange, status: number, why: string, form: RefusalForm = plainForm): void {
  if (client.signal.aborted) return;
  const { retryAfterSeconds, json } = form;
  const retry: HeaderList = retryAfterSeconds === null ? [] : [["retry-after", String(retryAfterSeconds)]];
  if (json === null) client.refuse(status, { type: "text/plain; charset=utf-8", text: `Gatehouse: ${why}\n` }, retry);
  else client.refuse(status, { type: "application/json", text: json }, retry);
}

const plainForm: RefusalForm = { retryAfterSeconds: null, json: null };

/** A reader that throws is left out from then on. */
function guarded(tap: ResponseTap | null): ResponseTap | null {
  if (tap === null) return null;
  let isBroken = false;
  const attempt = (call: () => void) => {
    if (isBroken) return;
    try {
      call();
    } catch {
      isBroken = true;
    }
  };
  return {
    head: (status, headers) => attempt(() => tap.head(status, headers)),
    data: (chunk) => attempt(() => tap.data(chunk)),
    end: () => attempt(() => tap.end()),
  };
}

function tapped(passage: Passage, tap: ResponseTap | null): Passage {
  if (tap === null) return passage;
  const seen = (bytes: Buffer) => {
    if (bytes.length > 0) tap.data(bytes);
    return bytes;
  };
  return {
    push: (chunk) => seen(passage.push(chunk)),
    end: () => seen(passage.end()),
    pause: () => seen(passage.pause?.() ?? Buffer.alloc(0)),
    get isHolding() {
      return passage.isHolding ?? false;
    },
  };
}

function plain(text: string, length: number): string {
  return text.slice(0, length);
}

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}
