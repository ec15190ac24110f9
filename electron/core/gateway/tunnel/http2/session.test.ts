import { constants, createServer, type ServerHttp2Stream } from "node:http2";
import { type AddressInfo, connect, createServer as createNetServer, type Socket } from "node:net";
import { PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";
import { expect, onTestFinished, test } from "vitest";
import { encodeHeaders } from "./header-block.ts";
import { errorCode, frame, frameFlag, frameHead, frameType, numberFrame, preface, settingsFrame } from "./frames.ts";
import { type FrameBudget, TunnelSession } from "./session.ts";
import type { TunnelStream } from "./tunnel-stream.ts";

const connectHeaders = [
  [":method", "CONNECT"],
  [":authority", "gateway"],
  ["gatehouse-program", "curl"],
] as const;

test("each side of a stream ends by itself, and both ways carry what they were given", async () => {
  const pair = await sessions();
  const here = pair.open();
  const there = await pair.accepted();
  here.end(Buffer.alloc(5_000_000, "u"));
  expect((await whole(there)).equals(Buffer.alloc(5_000_000, "u"))).toBe(true);
  there.end(Buffer.alloc(7_000_000, "d"));
  expect((await whole(here)).equals(Buffer.alloc(7_000_000, "d"))).toBe(true);
  await expect.poll(() => here.closed && there.closed).toBe(true);
  expect([here.wasReset, there.wasReset]).toEqual([false, false]);
  expect(pair.headers).toEqual([new Map(connectHeaders)]);
});

test("hundreds of streams at once keep their bytes apart", async () => {
  const pair = await sessions((stream) => void pipeline(stream, stream).catch(() => {}));
  const echoes = Array.from({ length: 300 }, async (_, at) => {
    const stream = pair.open();
    const sent = Buffer.alloc(40_000 + at, at % 251);
    stream.end(sent);
    expect((await whole(stream)).equals(sent)).toBe(true);
  });
  await Promise.all(echoes);
});

test("a reader that stops and goes on again and again gets everything", async () => {
  const pair = await sessions();
  const here = pair.open();
  const there = await pair.accepted();
  let received = 0;
  there.on("data", (chunk: Buffer) => {
    received += chunk.length;
    there.pause();
    setImmediate(() => there.resume());
  });
  for (let at = 0; at < 2_000; at += 1) here.write(Buffer.alloc(1 + (at % 3_000)));
  here.end(Buffer.alloc(3_000_000));
  await expect.poll(() => there.readableEnded, { timeout: 15_000 }).toBe(true);
  expect(received).toBe(Array.from({ length: 2_000 }, (_, at) => 1 + (at % 3_000)).reduce((sum, one) => sum + one, 3_000_000));
});

test("streams that nobody reads hold no more than their windows, and others move on", async () => {
  const pair = await sessions((stream, at) => {
    if (at === 200) stream.resume();
  });
  const stalled = Array.from({ length: 200 }, () => pair.open());
  for (const stream of stalled) stream.write(Buffer.alloc(4_000_000));
  const moving = pair.open();
  moving.end(Buffer.alloc(20_000_000));
  await expect.poll(() => moving.writableFinished, { timeout: 10_000 }).toBe(true);
  expect(stalled.every((stream) => stream.writableLength > 3_900_000)).toBe(true);
});

test("one that breaks off breaks the other, and one that closes in order gives all that it wrote", async () => {
  const pair = await sessions();
  const broken = pair.open();
  (await pair.accepted()).destroy(new Error("broken"));
  await expect.poll(() => broken.closed).toBe(true);
  expect([broken.wasReset, broken.readableEnded]).toEqual([true, false]);

  const closed = pair.open();
  const there = await pair.accepted();
  there.write("last words");
  there.destroySoon();
  expect((await whole(closed)).toString()).toBe("last words");
  await expect.poll(() => closed.closed).toBe(true);
  expect(closed.wasReset).toBe(false);
});

test("no more streams are open than may be, and there is room again when one has ended", async () => {
  let rooms = 0;
  const pair = await sessions(() => {}, { maximumStreams: 2, onRoom: () => (rooms += 1) });
  const first = pair.open();
  pair.open();
  expect(pair.client.open(() => connectHeaders)).toBeNull();
  first.destroy();
  expect(rooms).toBe(1);
  expect(pair.client.open(() => connectHeaders)).not.toBeNull();
});

test("the end of the wire ends every stream, without an end for its reader", async () => {
  const pair = await sessions();
  const here = pair.open();
  const there = await pair.accepted();
  pair.sockets[0].destroy();
  await expect.poll(() => here.closed && there.closed).toBe(true);
  expect([here.readableEnded, there.readableEnded]).toEqual([false, false]);
  expect(pair.client.open(() => connectHeaders)).toBeNull();
});

test("it speaks HTTP/2 with Node's own server", async () => {
  const server = createServer();
  server.on("stream", (stream: ServerHttp2Stream, headers) => {
    expect(headers[constants.HTTP2_HEADER_METHOD]).toBe("CONNECT");
    expect(headers["gatehouse-program"]).toBe("curl");
    // It would compress the date, which ours never do.
    stream.respond({ ":status": 200 }, { endStream: false, ...{ sendDate: false } });
    void pipeline(stream, stream).catch(() => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const socket = await dial(server.address());
  const client = new TunnelSession({ input: socket, output: socket, side: "client", maximumStreams: 100, onClose: () => {} });
  onTestFinished(() => client.destroy());
  const stream = client.open(() => connectHeaders);
  const sent = Buffer.alloc(3_000_000, "n");
  stream?.end(sent);
  expect(stream === null ? null : (await whole(stream)).equals(sent)).toBe(true);
});

const begin = Buffer.concat([preface, settingsFrame([])]);
const open = (id: number) => frame(frameType.headers, frameFlag.endHeaders, id, encodeHeaders(connectHeaders));
const data = (id: number, length: number) => Buffer.concat([frameHead(length, frameType.data, 0, id), Buffer.alloc(length)]);

test.each([
  ["another protocol", [Buffer.from("GET / HTTP/1.1\r\n\r\n")]],
  ["data without a stream", [begin, data(1, 10)]],
  ["a stream with an even number", [begin, open(2)]],
  ["a stream with a number that was used", [begin, open(3), open(1)]],
  ["a stream that opens twice", [begin, open(1), open(1)]],
  ["more data than the window", [begin, open(1), data(1, 40_000), data(1, 200_000)]],
  ["a frame that is too long", [begin, open(1), frameHead(300_000, frameType.data, 0, 1)]],
  ["a long frame of another kind", [begin, frameHead(60_000, frameType.headers, 0, 1)]],
  ["an empty frame", [begin, open(1), frameHead(0, frameType.data, 0, 1)]],
  ["padding", [begin, open(1), frame(frameType.data, frameFlag.padded, 1, Buffer.alloc(8))]],
  ["data after the end", [begin, open(1), frame(frameType.data, frameFlag.endStream, 1, Buffer.of(1)), data(1, 1)]],
  ["headers in pieces", [begin, frame(frameType.headers, 0, 1, encodeHeaders(connectHeaders))]],
  ["a continuation", [begin, frame(frameType.continuation, frameFlag.endHeaders, 1, Buffer.alloc(4))]],
  ["compressed headers", [begin, frame(frameType.headers, frameFlag.endHeaders, 1, Buffer.of(0x02, 0x83, 1, 2, 3))]],
  ["a header twice", [begin, frame(frameType.headers, frameFlag.endHeaders, 1, encodeHeaders([...connectHeaders, ...connectHeaders]))]],
  ["headers from a table", [begin, frame(frameType.headers, frameFlag.endHeaders, 1, Buffer.of(0xbe))]],
  ["a push", [begin, frame(frameType.pushPromise, frameFlag.endHeaders, 1, Buffer.alloc(8))]],
  ["a window that changes by nothing", [begin, numberFrame(frameType.windowUpdate, 0, 0)]],
  ["a window that is too large", [begin, numberFrame(frameType.windowUpdate, 0, 0x7fffffff)]],
  ["a window for a stream that was never opened", [begin, numberFrame(frameType.windowUpdate, 9, 5)]],
  ["a reset of another length", [begin, open(1), frame(frameType.reset, 0, 1, Buffer.alloc(3))]],
  ["settings of another length", [begin, frame(frameType.settings, 0, 0, Buffer.alloc(5))]],
  ["settings of a stream", [begin, frame(frameType.settings, 0, 1, Buffer.alloc(6))]],
  ["a ping of another length", [begin, frame(frameType.ping, 0, 0, Buffer.alloc(7))]],
])("%s ends the session at once", async (_what, sent) => {
  const hostile = await serverAlone();
  for (const bytes of sent) hostile.input.write(bytes);
  await expect.poll(() => hostile.ended()).not.toBeNull();
  for (const stream of hostile.streams) expect(stream.destroyed).toBe(true);
});

test("bytes are read the same wherever they are cut", async () => {
  const bytes = Buffer.concat([begin, open(1), data(1, 70), frame(frameType.data, frameFlag.endStream, 1, Buffer.from("end"))]);
  for (let size = 1; size < bytes.length; size += 1) {
    const { input, streams } = await serverAlone();
    for (let at = 0; at < bytes.length; at += size) input.write(bytes.subarray(at, at + size));
    await expect.poll(() => streams.length, { interval: 1 }).toBe(1);
    const [stream] = streams;
    expect(stream === undefined ? null : (await whole(stream)).length).toBe(73);
  }
});

test("an end that never reads what it is sent is ended, and what waits for it stays within bounds", async () => {
  const { input, output, ended } = await serverAlone();
  input.write(begin);
  const ping = frame(frameType.ping, 0, 0, Buffer.alloc(8));
  for (let at = 0; at < 400 && ended() === null; at += 1) {
    input.write(Buffer.concat(Array.from({ length: 1_000 }, () => ping)));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(ended()).not.toBeNull();
  expect(output.writableLength).toBeLessThan(2 * 1_024 * 1_024);
});

test("a byte here and a byte there does not keep whole reads in memory", async () => {
  const { input, streams } = await serverAlone();
  input.write(Buffer.concat([begin, ...Array.from({ length: 500 }, (_, at) => open(2 * at + 1))]));
  await expect.poll(() => streams.length).toBe(500);
  globalThis.gc?.();
  const before = process.memoryUsage().arrayBuffers;
  const filler = open(2_001);
  input.write(filler);
  // Each read brings one byte for each of some streams, and much that is read at once.
  for (let round = 0; round < 60; round += 1) {
    const read = Buffer.alloc(60_000);
    let at = 0;
    for (let stream = 0; stream < 500; stream += 1) at += data(2 * stream + 1, 1).copy(read, at);
    input.write(Buffer.concat([read.subarray(0, at), data(2_003 - 2, 16_000)]));
    await new Promise((resolve) => setImmediate(resolve));
    streams[500]?.resume();
  }
  globalThis.gc?.();
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(500 * 24 * 1_024);
});

test("streams that are opened to be broken off, and floods of tiny frames, are read at a pace", async () => {
  const waits: number[] = [];
  let tokens = 10_000;
  const budget: FrameBudget = {
    take: (frames) => ((tokens -= frames) < 0 ? 5 : 0),
    after: (delayMs) => void waits.push(delayMs),
  };
  const { input, streams } = await serverAlone({ budget });
  input.write(begin);
  for (let at = 0; at < 30; at += 1) {
    input.write(Buffer.concat([open(2 * at + 1), numberFrame(frameType.reset, 2 * at + 1, errorCode.cancel)]));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await expect.poll(() => waits.length).toBeGreaterThan(0);
  expect(input.isPaused()).toBe(true);
  expect(streams.length).toBeLessThan(25);
});

test("settings that change thousands of streams thousands of times over are read at a pace, and each frame changes them once", async () => {
  let taken = 0;
  const budget: FrameBudget = { take: (frames) => ((taken += frames), 0), after: () => {} };
  const { input, streams, ended } = await serverAlone({ budget });
  input.write(Buffer.concat([begin, ...Array.from({ length: 1_000 }, (_, at) => open(2 * at + 1))]));
  await expect.poll(() => streams.length).toBe(1_000);
  const change = (bytes: number) => Buffer.of(0, 4, 0, 0, bytes >> 8, bytes & 255);
  const payload = Buffer.concat(Array.from({ length: 680 }, (_, at) => change(at % 2 === 0 ? 0 : 40_000)));
  const before = taken;
  const begun = process.cpuUsage();
  for (let at = 0; at < 50; at += 1) input.write(frame(frameType.settings, 0, 0, payload));
  await expect.poll(() => taken - before).toBeGreaterThan(50 * 400);
  const { user, system } = process.cpuUsage(begun);
  // A second time for each of 680 changes of 1,000 streams in 50 frames would be 34 million.
  expect((user + system) / 1_000).toBeLessThan(400);
  expect(ended()).toBeNull();
});

/** Unlike `stream/consumers`, it leaves the other side open. */
async function whole(stream: TunnelStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => void chunks.push(chunk));
  await new Promise((resolve) => stream.once("end", resolve));
  return Buffer.concat(chunks);
}

interface Options {
  readonly maximumStreams?: number;
  readonly onRoom?: () => void;
  readonly budget?: FrameBudget;
}

/** Both ends, over a real socket. */
async function sessions(onStream?: (stream: TunnelStream, at: number) => void, options: Options = {}) {
  const listener = createNetServer();
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const other = new Promise<Socket>((resolve) => listener.once("connection", resolve));
  const near = await dial(listener.address());
  const far = await other;
  listener.close();
  const accepted: TunnelStream[] = [];
  const headers: ReadonlyMap<string, string>[] = [];
  const common = { maximumStreams: options.maximumStreams ?? 1_000, onClose: () => {} };
  const server = new TunnelSession({
    ...{ input: far, output: far, side: "server", ...common },
    onStream: (stream, received) => {
      stream.on("error", () => {});
      headers.push(received);
      if (onStream === undefined) accepted.push(stream);
      else onStream(stream, headers.length - 1);
    },
  });
  const room = options.onRoom === undefined ? {} : { onRoom: options.onRoom };
  const client = new TunnelSession({ input: near, output: near, side: "client", ...common, ...room });
  onTestFinished(() => {
    client.destroy();
    server.destroy();
  });
  return {
    client,
    headers,
    sockets: [near, far] as const,
    open: () => {
      const stream = client.open(() => connectHeaders);
      if (stream === null) throw new Error("There is no room.");
      return stream.on("error", () => {});
    },
    accepted: async () => {
      await expect.poll(() => accepted.length).toBeGreaterThan(0);
      const stream = accepted.shift();
      if (stream === undefined) throw new Error("No stream came.");
      return stream;
    },
  };
}

/** Core's end, with somebody hostile at the other. */
async function serverAlone(options: Pick<Options, "budget"> = {}) {
  const input = new PassThrough({ highWaterMark: 1_024 * 1_024 });
  const output = new PassThrough({ highWaterMark: 65_536 });
  const streams: TunnelStream[] = [];
  let ended: Error | null = null;
  const session = new TunnelSession({
    ...{ input, output, side: "server", maximumStreams: 1_000, ...options },
    onStream: (stream) => void streams.push(stream.on("error", () => {})),
    onClose: (error) => (ended = error ?? new Error("it ended")),
  });
  onTestFinished(() => session.destroy());
  return { input, output, streams, ended: () => ended };
}

async function dial(address: AddressInfo | string | null): Promise<Socket> {
  if (address === null || typeof address === "string") throw new Error("not listening");
  const socket = connect(address.port, "127.0.0.1");
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  return socket.setNoDelay(true);
}
