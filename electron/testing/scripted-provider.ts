import { createServer as createProxy, type IncomingMessage } from "node:http";
import { createServer } from "node:https";
import { type AddressInfo, connect, type Server } from "node:net";
import type { Duplex } from "node:stream";
import { RunAuthority } from "../core/gateway/intercept/run-authority.ts";
import { answerMcp, mcpHost } from "./mcp-site.ts";
import { systemClock } from "../core/kernel/clock.ts";
import { type SeenRequest, scriptedModel } from "../core/agents/scripted-model/server.ts";

/** Every model provider of the Internet, as core reaches it from a company's network: through a proxy, with an authority of its own. */
export interface ScriptedProvider {
  /** PEM. */
  readonly authority: string;
  readonly proxy: string;
  /** Where the proxy was asked to connect to. */
  readonly reached: readonly string[];
  readonly seen: readonly SeenRequest[];
  /** Authorizations with which the MCP server at {@link mcpHost} was asked. */
  readonly mcpAsked: readonly string[];
  /** What that server says of its one tool. */
  mcpSays: string;
  /** Keys that it takes for wrong ones: put in, taken out. */
  readonly refusedKeys: Set<string>;
  /** While set, what it answers to everything. */
  outage: { readonly status: number; readonly retryAfter: number } | null;
  close(): Promise<void>;
}

/** The scripted model behind TLS, whatever host it is reached by. */
export async function scriptedProvider(): Promise<ScriptedProvider> {
  const authority = new RunAuthority(systemClock);
  const seen: SeenRequest[] = [];
  const reached: string[] = [];
  const sockets = new Set<Duplex>();
  const model = scriptedModel(seen);
  const mcpAsked: string[] = [];
  const faults: Pick<ScriptedProvider, "refusedKeys" | "outage" | "mcpSays"> = { refusedKeys: new Set(), outage: null, mcpSays: "Looks." };
  const state = Object.assign(faults, { reached, seen, mcpAsked });
  const site = createServer({ SNICallback: (name, done) => done(null, authority.contextFor(name)) }, (request, response) => {
    const refusal = refusalOf(request, state);
    if (refusal !== null) {
      request.resume();
      response.writeHead(refusal.status, { "content-type": "application/json", ...refusal.headers });
      response.end(JSON.stringify({ type: "error", error: { type: "refused", message: "The scripted provider refuses." } }));
    } else if (request.headers.host === mcpHost) void answerMcp(request, response, state);
    else model.emit("request", request, response);
  });
  const port = await listen(site);
  const proxy = createProxy().on("connect", (request, client: Duplex) => {
    reached.push(request.url ?? "");
    const upstream = connect(port, "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      upstream.pipe(client).pipe(upstream);
    });
    for (const [one, other] of [[client, upstream] as const, [upstream, client] as const]) {
      sockets.add(one);
      one.on("error", () => other.destroy()).on("close", () => sockets.delete(one));
    }
  });
  const proxyPort = await listen(proxy);
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    await Promise.all([site, proxy].map(async (server) => await new Promise<void>((resolve) => void server.close(() => resolve()))));
  };
  return Object.assign(state, { authority: authority.certificate, proxy: `http://127.0.0.1:${proxyPort}`, close });
}

/** As a provider that is overrun, or does not know the key. */
function refusalOf(
  { headers }: IncomingMessage,
  { refusedKeys, outage }: Pick<ScriptedProvider, "refusedKeys" | "outage">,
): { readonly status: number; readonly headers: Readonly<Record<string, string>> } | null {
  if (outage !== null) return { status: outage.status, headers: { "retry-after": String(outage.retryAfter) } };
  const words = Object.values(headers).join("\n");
  return [...refusedKeys].some((key) => words.includes(key)) ? { status: 401, headers: {} } : null;
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === "string") throw new Error("The server does not listen on a port.");
  return address.port;
}
