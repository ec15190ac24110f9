import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { linesOf } from "./lines.ts";

async function read(chunks: readonly (string | Uint8Array)[], maximum?: number): Promise<readonly (string | null)[]> {
  const lines: (string | null)[] = [];
  for await (const { text } of linesOf(Readable.from(chunks), maximum)) lines.push(text);
  return lines;
}

test("a line ends at a line feed and nowhere else, however the text is cut into chunks", async () => {
  const text = Buffer.from("\ufeffa é\r\nb\u2028c\rd\n\n\ufefflast 🎉");
  const expected = ["a é", "b\u2028c\rd", "", "last 🎉"];
  for (const size of [1, 2, 3, 7, 1_000]) {
    const chunks = Array.from({ length: Math.ceil(text.length / size) }, (_, index) => text.subarray(index * size, (index + 1) * size));
    expect(await read(chunks)).toEqual(expected);
  }
  expect(await read(["x\n"])).toEqual(["x"]);
  expect(await read([])).toEqual([]);
});

test("what is no UTF-8, or too long, is refused, and the next line is read", async () => {
  expect(await read([Buffer.from([0x61, 0xff, 0x0a, 0x62, 0x0a])])).toEqual([null, "b"]);
  expect(await read(["abcdef", "ghi\nok\n"], 6)).toEqual([null, "ok"]);
});
