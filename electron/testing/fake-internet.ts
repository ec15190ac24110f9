import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type SecureServerOptions,
} from "node:http2";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { onTestFinished } from "vitest";
import { RunAuthority } from "../core/gateway/intercept/run-authority.ts";
import { systemClock } from "../core/kernel/clock.ts";

/** Answers the requests to one host, over HTTP/2 or HTTP/1.1. */
export type FakeSite = (request: Http2ServerRequest, response: Http2ServerResponse) => void;
export type FakeUpgrade = (request: { readonly rawHeaders: readonly string[] }, socket: Duplex, head: Buffer) => void;

/** Hosts with certificates of an authority of their own, on one loopback port. */
export interface FakeInternet {
  /** PEM. */
  readonly authority: string;
  readonly port: number;
  /** Every byte that came in, decrypted heads only: method, target and headers of each request. */
  readonly requests: {
    readonly host: string;
    readonly method: string;
    readonly target: string;
    readonly headers: Readonly<Record<string, string>>;
  }[];
  /** How many connections were made. */
  dialled(): number;
  site(host: string, site: FakeSite): void;
  upgrade(upgrade: FakeUpgrade): void;
  dial(): Promise<Socket>;
  readonly server: Http2SecureServer;
  close(): Promise<void>;
}

export async function fakeInternet(options: SecureServerOptions & { readonly protocols?: readonly string[] } = {}): Promise<FakeInternet> {
  const authority = new RunAuthority(systemClock);
  const sites = new Map<string, FakeSite>();
  const requests: FakeInternet["requests"] = [];
  const sockets = new Set<Socket>();
  let upgrade: FakeUpgrade | null = null;
  let dialled = 0;
  const server = createSecureServer({
    allowHTTP1: true,
    ALPNProtocols: [...(options.protocols ?? ["h2", "http/1.1"])],
    SNICallback: (name, done) => done(null, authority.contextFor(name)),
    ...options,
  });
  server.on("request", (request, response) => {
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const host = (headers[":authority"] ?? headers["host"] ?? "").split(":")[0] ?? "";
    requests.push({ host, method: request.method, target: request.url, headers });
    const site = sites.get(host);
    if (site === undefined) response.writeHead(404).end();
    else site(request, response);
  });
  server.on("upgrade", (request: { rawHeaders: string[] }, socket: Duplex, head: Buffer) => {
    if (upgrade !== null) upgrade(request, socket, head);
    else if (server.listenerCount("upgrade") === 1) socket.end("HTTP/1.1 426 Upgrade Required\r\ncontent-length: 10\r\n\r\nno upgrade");
  });
  server.on("connection", (socket: Socket) => {
    dialled++;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => undefined);
  });
  server.on("sessionError", () => undefined);
  server.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = addressOf(server.address());
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return {
    authority: authority.certificate,
    port,
    requests,
    server,
    dialled: () => dialled,
    site: (host, site) => void sites.set(host, site),
    upgrade: (one) => (upgrade = one),
    dial: async () =>
      await new Promise((resolve, reject) => {
        const socket = connect(port, "127.0.0.1", () => resolve(socket));
        socket.once("error", reject);
      }),
    close,
  };
}

/** The same, for one test. */
export async function fakeInternetForTest(options: Parameters<typeof fakeInternet>[0] = {}): Promise<FakeInternet> {
  const internet = await fakeInternet(options);
  onTestFinished(async () => await internet.close());
  return internet;
}

function addressOf(address: AddressInfo | string | null): AddressInfo {
  if (address === null || typeof address === "string") throw new Error("The server does not listen on a port.");
  return address;
}
