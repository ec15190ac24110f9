import { type ClientHttp2Session, connect, constants } from "node:http2";
import { createServer, type Server, Socket } from "node:net";
import { StdioDuplex } from "../stdio-duplex.ts";
import { maximumStreams, programHeader, type RelayOptions, sessionWindowBytes, streamWindowBytes, wireVersion } from "../wire.ts";
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
    const session = open(new StdioDuplex(input, output));
    server.on("connection", (socket) => carry(session, socket));
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

function open(wire: StdioDuplex): ClientHttp2Session {
  const session = connect("http://relay", {
    createConnection: () => wire,
    settings: { initialWindowSize: streamWindowBytes, enablePush: false, maxFrameSize: 65_536 },
    maxSessionMemory: 128,
    peerMaxConcurrentStreams: maximumStreams,
  });
  session.on("connect", () => session.setLocalWindowSize(sessionWindowBytes));
  session.on("error", (error) => end(error.message));
  session.on("close", () => end("the tunnel was closed"));
  return session;
}

function carry(session: ClientHttp2Session, socket: Socket): void {
  socket.on("error", () => {});
  if (session.closed || session.destroyed) return void socket.destroy();
  const program = programOf(socket.remotePort ?? 0);
  const stream = session.request(
    {
      [constants.HTTP2_HEADER_METHOD]: "CONNECT",
      [constants.HTTP2_HEADER_AUTHORITY]: "gateway",
      ...(program === null ? {} : { [programHeader]: encodeURIComponent(program) }),
    },
    { endStream: false },
  );
  stream.on("error", () => socket.destroy());
  stream.on("close", () => (stream.rstCode === constants.NGHTTP2_NO_ERROR ? socket.destroySoon() : socket.resetAndDestroy()));
  // A stream whose two sides have ended closes by itself: resetting it as well would count against the session (CVE-2023-44487).
  socket.on("close", (hadError) => {
    if (!stream.closed && (hadError || !socket.readableEnded || !stream.readableEnded)) stream.close(constants.NGHTTP2_CANCEL);
  });
  socket.pipe(stream);
  stream.pipe(socket);
}

function end(why: string): never {
  process.stderr.write(`${why}\n`);
  process.exit(1);
}

main();
