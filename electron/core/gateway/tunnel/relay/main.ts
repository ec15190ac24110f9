import { createServer, type Server, Socket } from "node:net";
import { TunnelSession } from "../http2/session.ts";
import type { TunnelStream } from "../http2/tunnel-stream.ts";
import { maximumStreams, programHeader, type RelayOptions, wireVersion } from "../wire.ts";
import { programOf } from "./program-of.ts";

/** Sockets that wait for a stream; further ones are closed at once. */
const maximumWaiting = 4_096;

declare global {
  /** Left by the bootstrap: the relay's standard input, from which this script was read. */
  var gatehouseInput: Socket | undefined;
}

/**
 * The relay: accepts connections on the sandbox's loopback and carries each one's bytes as an HTTP/2
 * stream over standard input and output. It knows no protocol and decides nothing.
 */
function main(): void {
  const options: RelayOptions = JSON.parse(process.argv[1] ?? "{}");
  const input = globalThis.gatehouseInput ?? new Socket({ fd: 0, readable: true, writable: false });
  const output = new Socket({ fd: 1, readable: false, writable: true });
  const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true });
  server.maxConnections = maximumStreams + maximumWaiting;
  listen(server, options, (port) => {
    output.write(`${JSON.stringify({ relay: wireVersion, port, node: process.version })}\n`);
    serve(server, input, output);
  });
}

function listen(server: Server, { port, isPortFixed }: RelayOptions, ready: (port: number) => void): void {
  server.once("error", (error) => {
    if (isPortFixed || port === 0) end(`cannot listen: ${error.message}`);
    else listen(server, { port: 0, isPortFixed }, ready);
  });
  server.listen({ host: "127.0.0.1", port, backlog: 1_024 }, () => {
    server.removeAllListeners("error");
    server.on("error", (error) => end(error.message));
    const address = server.address();
    ready(typeof address === "object" && address !== null ? address.port : port);
  });
}

function serve(server: Server, input: Socket, output: Socket): void {
  const waiting = new Set<Socket>();
  const session = new TunnelSession({
    ...{ input, output, side: "client", maximumStreams },
    onRoom: () => {
      for (const socket of waiting) {
        if (!carry(session, socket)) return;
        waiting.delete(socket);
      }
    },
    onClose: (error) => end(error?.message ?? "the tunnel was closed"),
  });
  server.on("connection", (socket) => {
    socket.on("error", () => {});
    if (carry(session, socket)) return;
    waiting.add(socket);
    socket.once("close", () => waiting.delete(socket));
  });
}

/** False where there is no stream for it now. */
function carry(session: TunnelSession, socket: Socket): boolean {
  const stream = session.open(() => {
    const program = programOf(socket.remotePort ?? 0);
    return [
      [":method", "CONNECT"],
      [":authority", "gateway"],
      ...(program === null ? [] : [[programHeader, encodeURIComponent(program)] as const]),
    ];
  });
  if (stream !== null) join(stream, socket);
  return stream !== null;
}

function join(stream: TunnelStream, socket: Socket): void {
  stream.on("error", () => socket.destroy());
  stream.on("close", () => (stream.wasReset ? socket.resetAndDestroy() : socket.destroySoon()));
  // A stream whose two sides have ended closes by itself, once all is sent.
  socket.on("close", (hadError) => {
    if (hadError || !socket.readableEnded || !stream.readableEnded) stream.destroy(new Error("the client broke off"));
  });
  socket.pipe(stream);
  stream.pipe(socket);
}

function end(why: string): never {
  process.stderr.write(`${why}\n`);
  process.exit(1);
}

main();
