import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { expect, test } from "vitest";
import { openBundle } from "./bundle.ts";

const id = "a".repeat(40);

function inParts(text: string, length: number): Readable {
  const bytes = Buffer.from(text, "latin1");
  const parts = Array.from({ length: Math.ceil(bytes.length / length) }, (_, index) =>
    bytes.subarray(index * length, (index + 1) * length),
  );
  return Readable.from(parts, { objectMode: false });
}

test.each([1, 7, 1_000])("a header is read apart from the pack, in parts of %i bytes", async (length) => {
  const { header, pack } = await openBundle(inParts(`# v2 git bundle\n-${id} base\n${id} refs/x y\n\nPACK\n\nrest`, length));
  expect(header).toEqual({ objectFormat: "sha1", references: [{ id, name: "refs/x y" }] });
  expect((await buffer(pack)).toString()).toBe("PACK\n\nrest");
});

test("version 3 names the hash", async () => {
  const { header } = await openBundle(inParts(`# v3 git bundle\n@object-format=sha256\n${"b".repeat(64)} refs/x\n\n`, 100));
  expect(header.objectFormat).toBe("sha256");
});

test.each([
  ["nothing", ""],
  ["garbage", "garbage\n\n"],
  ["an unfinished header", `# v2 git bundle\n${id} refs/x\n`],
  ["a filter", `# v3 git bundle\n@filter=blob:none\n${id} refs/x\n\nPACK`],
  ["an unknown capability", `# v3 git bundle\n@new=1\n${id} refs/x\n\nPACK`],
  ["a short id", "# v2 git bundle\nabc refs/x\n\nPACK"],
  ["an endless header", `# v2 git bundle\n${`${id} refs/x\n`.repeat(5_000)}\nPACK`],
])("%s is HANDOVER_REFUSED", async (_what, text) => {
  await expect(openBundle(inParts(text, 1_000))).rejects.toMatchObject({ code: "HANDOVER_REFUSED" });
});
