import { setMaxListeners } from "node:events";
import type { Duplex } from "node:stream";
import type { EgressWay } from "#shared/contract/egress.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import { DialError, type DialTarget } from "../dial/dial-error.ts";
import type { Dialler } from "../dial/dialler.ts";
import { Tunnel, type TunnelParts } from "../tunnel/tunnel.ts";
import { parseAuthority } from "./authority.ts";
import type { InterceptHost, Interceptor } from "../intercept/interceptor.ts";
import { type EgressLimits, RunMeter, TokenRate } from "./limits.ts";
import { OpenedRequests, type OpenedRequestsParts } from "./opened-requests.ts";
import { credentialProblem, joinEnvironments, proxyEnvironment } from "./proxy-environment.ts";
import type { Counted, RequestBroker } from "./request-broker.ts";
import { type Admission, EgressGate, type EgressGateParts, type Wanted } from "./egress-gate.ts";
import { PlainProxy } from "./plain-proxy.ts";
import { readHead } from "./read-head.ts";
import { refusal } from "./refusal.ts";
import { splice } from "./splice.ts";

/** The one way out of a run's sandbox. */
export interface RunGateway {
  /** Proxy, trust and placeholder variables for every process of the sandbox. */
  readonly environment: Readonly<Record<string, string>>;
  /** Whether anything gets out now. */
  readonly way: EgressWay;
  /** Ends every connection and lets no further one out, as long as the run lives. */
  cutOff(by: string): Promise<void>;
  close(): Promise<void>;
}

/** Where an endpoint that a person listed really is, and which addresses its name may lead to. */
export interface ListedEndpoint {
  readonly target: DialTarget;
  readonly allows: (address: string) => boolean;
}

/** Adds secrets, trust and usage to the connections of one run. */
export interface Brokerage {
  readonly broker: RequestBroker;
  /** Made with a CA of this run's own. */
  readonly intercept: (host: InterceptHost) => Interceptor;
}

export interface RunGatewayParts extends EgressGateParts, Omit<TunnelParts, "onConnection" | "onLost"> {
  readonly dialler: Dialler;
  /** Proves a client to be of this run, where the sandbox shares its loopback with others. */
  readonly token: string;
  readonly isLoopbackShared: boolean;
  readonly limits: EgressLimits;
  readonly listed: (target: DialTarget) => ListedEndpoint | null;
  readonly trustedCas: readonly string[];
  /** Null where nothing is brokered: then every connection is tunnelled. */
  readonly brokerage: Brokerage | null;
  readonly onWay: () => void;
}

const established = Buffer.from("HTTP/1.1 200 Connection established\r\n\r\n");

const uncounted: Counted = { kind: "ready", tap: null, done: () => {} };
const tooMany = "Too many connections came at once.";

/** How long a client that was refused may take to close its side, milliseconds. */
const lingerMs = 2_000;

type Headers = readonly (readonly [name: string, value: string])[];

/** {@link RunGateway} over one tunnel. */
export class OpenRunGateway implements RunGateway {
  readonly #parts: RunGatewayParts;
  readonly #gate: EgressGate;
  readonly #plain: PlainProxy;
  readonly #ending = new AbortController();
  readonly #programs = new WeakMap<Duplex, string>();
  readonly #open = new Set<Promise<void>>();
  readonly #opened: OpenedRequests | null;
  readonly #interceptor: Interceptor | null;
  readonly #rate: TokenRate;
  readonly #requests: TokenRate;
  readonly #meter: RunMeter;
  #tunnel: Tunnel | null = null;
  #way: EgressWay = "open";
  #isCut = false;
  environment: Readonly<Record<string, string>> = {};

  private constructor(parts: RunGatewayParts) {
    this.#parts = parts;
    // Every connection listens for the end of the run.
    setMaxListeners(0, this.#ending.signal);
    const { clock, limits, brokerage, trustedCas } = parts;
    this.#gate = new EgressGate(parts, this.#ending.signal);
    this.#rate = new TokenRate(limits.connectionsPerSecond, limits.burst, clock.monotonic());
    this.#requests = new TokenRate(limits.requestsPerSecond, limits.requestBurst, clock.monotonic());
    this.#meter = new RunMeter(limits, clock);
    const ways: Pick<OpenedRequestsParts, "admit" | "refuse" | "dial"> = {
      admit: async (wanted, signal) => await this.#admitRequest(wanted, signal),
      refuse: (what, why) => this.#gate.refuse(what, why),
      dial: async (target, signal, isByPerson = false) =>
        await this.#dial(target, isByPerson, AbortSignal.any([signal, this.#ending.signal])),
    };
    this.#opened =
      brokerage === null ? null : new OpenedRequests({ ...ways, broker: brokerage.broker, trustedCas, meter: this.#meter, clock });
    this.#interceptor = brokerage === null || this.#opened === null ? null : brokerage.intercept(this.#opened);
    this.#plain = new PlainProxy({
      ...ways,
      meter: this.#meter,
      count: async (request, signal) => (await brokerage?.broker.count(request, signal)) ?? { kind: "ready", tap: null, done: () => {} },
      programOf: (client) => this.#programs.get(client) ?? null,
      onConnect: (client, authority, headers) => this.#track(this.#connect(client, authority, headers)),
      credentialProblem: (headers) => this.#credentialProblem(headers),
    });
  }

  /** SANDBOX_FAILED where no relay comes up in the sandbox. */
  static async open(parts: RunGatewayParts, signal: AbortSignal): Promise<OpenRunGateway> {
    const gateway = new OpenRunGateway(parts);
    const { token, isLoopbackShared, brokerage, trustedCas } = parts;
    // Also where nothing is bound yet: a secret may be bound while the run goes on, and programs read whom to trust when they start.
    // Whose certificates a person's network presents, a tunnelled connection meets inside the sandbox.
    const authorities = [...(gateway.#interceptor === null ? [] : [gateway.#interceptor.caCertificate]), ...trustedCas];
    const trusted = brokerage?.broker.environment(authorities, signal) ?? Promise.resolve({});
    const opened = Tunnel.open(
      {
        ...parts,
        onConnection: (stream, program) => gateway.#accept(stream, program),
        onLost: (why) => gateway.#lost(why),
      },
      signal,
    );
    const [tunnel, brokered] = await Promise.allSettled([opened, trusted]);
    if (tunnel.status === "fulfilled") gateway.#tunnel = tunnel.value;
    if (tunnel.status === "fulfilled" && brokered.status === "fulfilled") {
      gateway.environment = joinEnvironments(proxyEnvironment(tunnel.value.port, isLoopbackShared ? token : null), brokered.value);
      return gateway;
    }
    await gateway.close();
    throw tunnel.status === "rejected" ? tunnel.reason : brokered.status === "rejected" ? brokered.reason : new Error("unreachable");
  }

  get way(): EgressWay {
    return this.#way;
  }

  async cutOff(by: string): Promise<void> {
    if (this.#isCut) return;
    this.#isCut = true;
    this.#setWay("cut-off");
    const why = `${by} cut the run off`;
    // First: each connection is on record as cut off, whichever way its end is noticed.
    this.#gate.cutAll(why);
    this.#ending.abort(new Error(why));
    await this.#tunnel?.close();
    await this.#settle();
    this.#parts.host.notice(`${by} cut this run off: nothing gets out of its sandbox any more.`);
  }

  async close(): Promise<void> {
    if (!this.#ending.signal.aborted) this.#ending.abort(new Error("the run ended"));
    this.#plain.close();
    this.#interceptor?.close();
    await this.#tunnel?.close();
    await this.#settle();
    this.#parts.brokerage?.broker.close();
    this.#setWay("none");
  }

  /** Rules or secrets have changed: what would not be let out any more is cut. */
  reconsider(): void {
    const broker = this.#parts.brokerage?.broker ?? null;
    this.#gate.reconsider(
      (secret, { host, port, method, path }) =>
        broker === null || method === null || path === null || broker.stillBinds(secret, { host, port, method, path }),
    );
  }

  /** Resolves when every decision so far is on record. */
  async settled(): Promise<void> {
    await this.#gate.settled();
  }

  #lost(why: string): void {
    if (this.#way === "open") this.#parts.host.notice(`The way out of the sandbox broke off (${why}). It is being opened again.`);
    this.#setWay("lost");
  }

  #setWay(way: EgressWay): void {
    if (this.#way === way) return;
    this.#way = way;
    this.#parts.onWay();
  }

  async #settle(): Promise<void> {
    await Promise.allSettled(this.#open);
    await this.#gate.settled();
  }

  #accept(stream: Duplex, program: string | null): void {
    if (this.#way === "lost") this.#setWay("open");
    if (!this.#rate.take(this.#parts.clock.monotonic())) return this.#tooFast(stream);
    if (program !== null) this.#programs.set(stream, program);
    this.#track(this.#serve(stream));
  }

  #tooFast(stream: Duplex): void {
    this.#gate.refuseOneOfMany(tooMany);
    this.#dismiss(stream, refusal(429, `${tooMany} Try again more slowly.`));
  }

  /** One request of a connection on which requests can be seen: they are counted like connections. */
  async #admitRequest(wanted: Wanted, signal: AbortSignal): Promise<Admission> {
    if (this.#requests.take(this.#parts.clock.monotonic()))
      return await this.#gate.admit(wanted, AbortSignal.any([signal, this.#ending.signal]));
    this.#gate.refuseOneOfMany(tooMany);
    return { kind: "refused", status: 429, why: `${tooMany} Try again more slowly.`, form: { retryAfterSeconds: 1, json: null } };
  }

  #track(work: Promise<void>): void {
    const done = work
      .catch((error: unknown) =>
        this.#parts.logger.error({ err: error, runId: this.#parts.runId }, "a connection ended in an unexpected way"),
      )
      .finally(() => this.#open.delete(done));
    this.#open.add(done);
  }

  async #serve(stream: Duplex): Promise<void> {
    const head = await readHead(stream, this.#parts.clock);
    switch (head.kind) {
      case "connect":
        return await this.#connect(stream, head.authority, head.headers);
      case "request":
        return this.#plain.serve(stream);
      case "socks":
        this.#refuse(stream, "", "SOCKS is not offered. Use the HTTP proxy at the same address.");
        // RFC 1928 section 3: no acceptable methods. SOCKS4: request rejected.
        return this.#dismiss(stream, head.version === 5 ? Buffer.of(5, 0xff) : Buffer.of(0, 0x5b, 0, 0, 0, 0, 0, 0));
      case "broken":
        this.#refuse(stream, "", `The request could not be read: ${head.why}.`);
        return this.#dismiss(stream, refusal(400, `The request could not be read: ${head.why}.`));
      case "nothing":
        return this.#dismiss(stream, Buffer.alloc(0));
      default:
        return assertNever(head);
    }
  }

  async #connect(client: Duplex, authority: string, headers: Headers): Promise<void> {
    const problem = this.#credentialProblem(headers);
    if (problem !== null) return this.#turnAway(client, authority, 407, problem);
    const parsed = parseAuthority(authority, null);
    if (!parsed.ok) return this.#turnAway(client, authority, 400, `The host is refused. ${parsed.problem}`);
    const { target } = parsed;
    const hosts = headers.filter(([name]) => name === "host");
    const named = hosts.map(([, value]) => parseAuthority(value, target.port));
    if (hosts.length > 1 || named.some((each) => !each.ok || each.target.host !== target.host || each.target.port !== target.port))
      return this.#turnAway(client, authority, 400, "Its Host header names another host than the request.");
    const gone = new AbortController();
    const onClose = () => gone.abort(new Error("the client went away"));
    client.once("close", onClose);
    const signal = AbortSignal.any([gone.signal, this.#ending.signal]);
    const program = this.#programs.get(client) ?? null;
    const connection = { ...target, program };
    if (this.#interceptor !== null && this.#opened?.opens(connection) === true) {
      client.off("close", onClose);
      client.write(established);
      return await this.#interceptor.serve(client, connection, this.#ending.signal);
    }
    const wanted = { ...connection, method: null, path: null, carried: "tunnelled" as const };
    const admission = await this.#gate.admit(wanted, signal);
    if (admission.kind === "refused")
      return this.#dismiss(client, refusal(admission.status, admission.why, admission.form?.retryAfterSeconds ?? null));
    const { record } = admission;
    const counted = (await this.#parts.brokerage?.broker.countTunnel(target, signal)) ?? uncounted;
    if (counted.kind === "refused") {
      await record.end({ status: "refused", why: counted.why, bytesUp: 0, bytesDown: 0 });
      return this.#dismiss(client, refusal(counted.status, counted.why));
    }
    try {
      const upstream = await this.#dial(target, record.isByPerson, AbortSignal.any([signal, record.cut]));
      client.off("close", onClose);
      client.write(established);
      const ended = AbortSignal.any([this.#ending.signal, record.cut]);
      const { failure, ...bytes } = await splice(client, upstream, this.#meter, ended);
      const status = failure === null ? "done" : record.cut.aborted ? "cut-off" : "failed";
      counted.done({ status: null, ...bytes });
      await record.end({ status, why: failure, ...bytes });
    } catch (error) {
      const isRefused = error instanceof DialError && error.fault === "forbidden";
      const why = error instanceof Error ? error.message : "it could not be connected";
      counted.done({ status: null, bytesUp: 0, bytesDown: 0 });
      await record.end({ status: isRefused ? "refused" : record.cut.aborted ? "cut-off" : "failed", why, bytesUp: 0, bytesDown: 0 });
      this.#dismiss(client, refusal(isRefused ? 403 : 502, why));
    }
  }

  /** `isByPerson`: who was asked about an address itself has named it, and that lists it for this one connection. */
  async #dial(target: DialTarget, isByPerson: boolean, signal: AbortSignal): Promise<Duplex> {
    const { dialler, host } = this.#parts;
    const listed = this.#parts.listed(target);
    if (listed !== null) return (await dialler.dial(listed.target, listed.allows, signal)).socket;
    const isListed = (address: string, port: number) => {
      const name = address.includes(":") ? `[${address}]` : address;
      if (isByPerson && target.host === name && target.port === port) return true;
      const verdict = host.judge({ tool: "egress", host: name, port, method: null, path: null });
      return verdict.decision === "allow" && verdict.rule !== null && verdict.rule.text.includes(`${name}:${port}`);
    };
    return (await dialler.dial(target, isListed, signal)).socket;
  }

  #credentialProblem(headers: Headers): string | null {
    const { token, isLoopbackShared } = this.#parts;
    return credentialProblem(headers, token, isLoopbackShared);
  }

  /** Says a last thing. Whatever the client still sends is taken and dropped, for a while: a stream that is not read never ends. */
  #dismiss(client: Duplex, words: Buffer): void {
    const limit = this.#parts.clock.after(lingerMs, () => client.destroy());
    client.once("close", () => limit[Symbol.dispose]());
    client.on("error", () => {});
    client.end(words);
    client.resume();
  }

  #turnAway(client: Duplex, authority: string, status: number, why: string): void {
    this.#refuse(client, authority, why);
    this.#dismiss(client, refusal(status, why));
  }

  #refuse(client: Duplex, authority: string, why: string): void {
    const program = this.#programs.get(client) ?? null;
    const found = /^(.*):(\d{1,5})$/s.exec(authority);
    const port = Math.min(65_535, Number(found?.[2] ?? 0));
    this.#gate.refuse({ host: found?.[1] ?? authority, port, method: null, path: null, program }, why);
  }
}
