import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { connect as netConnect } from "node:net";
import { connect as tlsConnect, type ConnectionOptions, type TLSSocket } from "node:tls";
import type { Duplex } from "node:stream";
import { onTestFinished } from "vitest";
import type { SecretPlace } from "#shared/contract/vault.ts";
import type {
  ClientConnection,
  ExchangeOutcome,
  InterceptHost,
  Interceptor,
  InterceptRefusal,
  RequestDecision,
  ResponseTap,
  SeenRequest,
} from "../core/gateway/intercept/interceptor.ts";
import type { Meter } from "../core/gateway/meter.ts";
import { createInterceptor } from "../core/gateway/intercept/run-interceptor.ts";
import { type Clock, systemClock } from "../core/kernel/clock.ts";
import { Secret } from "../core/kernel/secret.ts";
import { LiveSecrets } from "../core/redactor/live-secrets.ts";
import type { FakeInternet } from "./fake-internet.ts";

/** A run's gateway that allows what it is told to, and an HTTP proxy before the interceptor. */
export interface Intercepted {
  readonly interceptor: Interceptor;
  readonly secrets: LiveSecrets;
  /** Where real clients find it: `http://127.0.0.1:PORT`. */
  readonly proxy: string;
  readonly seen: SeenRequest[];
  readonly refusals: InterceptRefusal[];
  readonly rejected: ClientConnection[];
  readonly outcomes: ExchangeOutcome[];
  /** Connections that are being served. */
  serving(): number;
  /** A tunnel to the host, as after CONNECT. */
  open(host: string, port?: number): Promise<Socket>;
  /** The same with TLS opened by the interceptor. */
  openTls(host: string, options?: ConnectionOptions): Promise<TLSSocket>;
}

export interface InterceptedOptions {
  /** What is injected where; null for nothing. */
  readonly inject?: { readonly name: string; readonly value: string; readonly place: SecretPlace } | null;
  readonly decide?: (request: SeenRequest, signal: AbortSignal) => Promise<RequestDecision> | RequestDecision | null;
  readonly tap?: () => ResponseTap;
  readonly trustedCas?: readonly string[];
  readonly dial?: () => Promise<Duplex>;
  readonly clock?: Clock;
  readonly meter?: Meter;
  /** Aborted: what was allowed is not allowed any more. */
  readonly cut?: AbortSignal;
}

/** A run that may move as much as it likes, for as long as it likes. */
export const freeMeter: Meter = { up: () => true, down: () => true, every: () => noTimer, atLimit: () => noTimer };
const noTimer: Disposable = { [Symbol.dispose]: () => undefined };

export async function intercepted(
  internet: FakeInternet,
  options: InterceptedOptions = {},
): Promise<Intercepted & { close(): Promise<void> }> {
  const secrets = new LiveSecrets();
  const seen: SeenRequest[] = [];
  const refusals: InterceptRefusal[] = [];
  const rejected: ClientConnection[] = [];
  const outcomes: ExchangeOutcome[] = [];
  const host: InterceptHost = {
    meter: options.meter ?? freeMeter,
    trustedCas: options.trustedCas ?? [internet.authority],
    dial: options.dial ?? (async () => await internet.dial()),
    refused: (refusal) => void refusals.push(refusal),
    certificateRejected: (connection) => void rejected.push(connection),
    decide: async (request, signal) => {
      seen.push(request);
      const decided = await options.decide?.(request, signal);
      if (decided !== null && decided !== undefined) return decided;
      const { inject = null } = options;
      return {
        kind: "allowed",
        injection: inject === null ? null : { secretName: inject.name, place: inject.place, value: Secret.fromText(inject.value) },
        tap: options.tap?.() ?? null,
        ...(options.cut === undefined ? {} : { cut: options.cut }),
        done: (outcome) => void outcomes.push(outcome),
      };
    },
  };
  const interceptor = createInterceptor({ host, secrets, clock: options.clock ?? systemClock });
  const ended = new AbortController();
  let serving = 0;
  const server = createServer();
  server.on("connect", (request, socket) => {
    const [name = "", port = "443"] = (request.url ?? "").split(":");
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    serving++;
    void interceptor.serve(socket, { host: name, port: Number(port), program: null }, ended.signal).finally(() => serving--);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = addressOf(server.address());
  const opened = new Set<Socket>();
  const open = async (name: string, to = 443) =>
    await new Promise<Socket>((resolve, reject) => {
      const socket = netConnect({ port, host: "127.0.0.1" });
      opened.add(socket);
      socket.once("error", reject);
      socket.write(`CONNECT ${name}:${to} HTTP/1.1\r\nHost: ${name}:${to}\r\n\r\n`);
      socket.once("data", () => resolve(socket.on("error", () => undefined)));
    });
  const close = async () => {
    ended.abort();
    interceptor.close();
    for (const socket of opened) socket.destroy();
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return {
    ...{ interceptor, secrets, seen, refusals, rejected, outcomes, open, close },
    serving: () => serving,
    proxy: `http://127.0.0.1:${port}`,
    openTls: async (name, tls = {}) => {
      const socket = await open(name);
      return await new Promise<TLSSocket>((resolve, reject) => {
        const secure = tlsConnect({ socket, servername: name, ca: interceptor.caCertificate, ...tls });
        secure.once("secureConnect", () => resolve(secure.on("error", () => undefined)));
        secure.once("error", (error) => {
          socket.destroy();
          reject(error);
        });
      });
    },
  };
}

/** The same, for one test. */
export async function interceptedForTest(internet: FakeInternet, options: InterceptedOptions = {}): Promise<Intercepted> {
  const one = await intercepted(internet, options);
  onTestFinished(async () => await one.close());
  return one;
}

function addressOf(address: AddressInfo | string | null): AddressInfo {
  if (address === null || typeof address === "string") throw new Error("The server does not listen on a port.");
  return address;
}
