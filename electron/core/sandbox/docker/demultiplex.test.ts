import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { collect } from "../contract/kit.ts";
import { demultiplex } from "./demultiplex.ts";

test("frames are told apart wherever the chunks are cut", async () => {
  const bytes = Buffer.concat([frame(1, "one"), frame(2, "err"), frame(1, ""), frame(1, "two"), frame(2, "!")]);
  for (let size = 1; size <= bytes.length; size += 1) {
    const source = new PassThrough();
    const outputs = demultiplex(source, "frames");
    for (let at = 0; at < bytes.length; at += size) source.write(bytes.subarray(at, at + size));
    source.end();
    expect([(await collect(outputs.stdout)).toString(), (await collect(outputs.stderr)).toString()]).toEqual(["onetwo", "err!"]);
    await outputs.ended;
  }
});

test("a stream that breaks off inside a frame is at its end", async () => {
  const source = new PassThrough();
  const outputs = demultiplex(source, "frames");
  source.write(frame(1, "whole"));
  source.write(frame(1, "broken").subarray(0, 10));
  source.destroy(new Error("the engine went away"));
  expect((await collect(outputs.stdout)).toString()).toMatch(/^(wholebr)?$/);
  await outputs.ended;
});

test("what nobody reads is not taken from the engine", async () => {
  const source = new PassThrough({ highWaterMark: 1 });
  const outputs = demultiplex(source, "raw");
  let taken = 0;
  while (taken < 100 && (source.write(Buffer.alloc(65_536)) || (await drained(source)))) taken += 1;
  expect(taken).toBeLessThan(8);
  outputs.stdout.destroy();
  source.end();
  await outputs.ended;
});

test("the rest of a process that ended is kept for a slow reader without making anybody wait", async () => {
  const source = new PassThrough();
  const outputs = demultiplex(source, "raw");
  outputs.stdout.takeRest();
  source.end(Buffer.alloc(3_000_000, "x"));
  await outputs.ended;
  expect((await collect(outputs.stdout)).length).toBe(3_000_000);
});

test("one output that was destroyed does not hold the other", async () => {
  const source = new PassThrough();
  const outputs = demultiplex(source, "frames");
  outputs.stderr.destroy();
  for (let round = 0; round < 20; round += 1) source.write(frame(2, "y".repeat(60_000)));
  source.end(frame(1, "through"));
  expect((await collect(outputs.stdout)).toString()).toBe("through");
});

function frame(stream: 1 | 2, text: string): Buffer {
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

async function drained(stream: PassThrough): Promise<boolean> {
  return await new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), 100);
    stream.once("drain", () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
