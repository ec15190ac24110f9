import { connect } from "node:net";
import { createServer, type SecureContext, type TLSSocket } from "node:tls";
import { onTestFinished } from "vitest";
import type { RunAuthority } from "../core/gateway/intercept/run-authority.ts";
import { fakeInternetForTest } from "./fake-internet.ts";
import { type Intercepted, type InterceptedOptions, interceptedForTest } from "./intercepted-client.ts";

/** A run whose every connection leads to a TLS server for `name`, HTTP/1.1 by hand: `serve` gets each connection. */
export async function rawTlsServer(
  { authority, name, inject }: { readonly authority: RunAuthority; readonly name: string } & Pick<InterceptedOptions, "inject">,
  serve: (socket: TLSSocket) => void,
): Promise<Intercepted> {
  const sockets = new Set<TLSSocket>();
  const sni = (_name: string, done: (error: null, context: SecureContext) => void) => done(null, authority.contextFor(name));
  const options = { ALPNProtocols: ["http/1.1"], SNICallback: sni };
  const server = createServer(options, (socket) => {
    sockets.add(socket.on("error", () => undefined));
    serve(socket);
  });
  server.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return await interceptedForTest(await fakeInternetForTest(), {
    ...(inject === undefined ? {} : { inject }),
    trustedCas: [authority.certificate],
    dial: async () => connect(port, "127.0.0.1").on("error", () => undefined),
  });
}
