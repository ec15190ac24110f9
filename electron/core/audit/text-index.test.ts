import fc from "fast-check";
import { expect, test } from "vitest";
import { entriesPerBlock, TextIndex } from "./text-index.ts";

const words = fc.array(fc.constantFrom("git ", "commit", "npm ", "ß", "İ", "K", "~q~", '\\"', "漢字", "0af3", "src/"), {
  minLength: 1,
  maxLength: 4,
});
const text = fc.oneof(
  words.map((list) => list.join("")),
  fc.string({ unit: "binary", minLength: 1, maxLength: 12 }),
);

/** Blocks that hold it, by looking at every text. */
function holding(texts: ReadonlyMap<number, string>, needle: string): readonly number[] {
  const found = [...texts].filter(([, text]) => `<${text}>`.toLowerCase().includes(needle));
  return [...new Set(found.map(([sequence]) => Math.floor(sequence / entriesPerBlock)))].sort((a, b) => b - a);
}

function indexOf(texts: ReadonlyMap<number, string>, from = new TextIndex()): TextIndex {
  for (const [sequence, text] of texts) from.add(sequence, `<${text}>`);
  return from;
}

test("no search misses a block, whatever was written, also after it was stored in between", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(2_000), text), { minLength: 1, maxLength: 30 }), text, fc.nat(10), (list, wish, cut) => {
      const texts = new Map(list.toSorted(([a], [b]) => a - b));
      const begun = indexOf(new Map([...texts].slice(0, cut)));
      const index = indexOf(new Map([...texts].slice(cut)), TextIndex.from(begun.store()));
      const parts = [...texts.values()].flatMap((text) => [text, text.slice(0, 2), text.slice(-1)]);
      for (const needle of [wish, ...parts].map((part) => part.toLowerCase()).filter((part) => part !== "")) {
        expect(index.blocksWith(needle)).toEqual(expect.arrayContaining([...holding(texts, needle)]));
      }
    }),
  );
});

test("a search for what is in few blocks names these alone", () => {
  const texts = new Map(Array.from({ length: 5_000 }, (_, at) => [at, `git commit -m 'feature-${at % 7}'`]));
  texts.set(700, "~q~ alone");
  texts.set(4_000, "~q~ alone");
  const index = indexOf(texts);
  const two = [4_000, 700].map((sequence) => Math.floor(sequence / entriesPerBlock));
  for (const needle of ["~q~", "~q", "~"]) expect(index.blocksWith(needle)).toEqual(two);
  expect(index.blocksWith("nowhere")).toEqual([]);
  expect(index.blocksWith("commit")).toHaveLength(Math.ceil(5_000 / entriesPerBlock));
});

test("a block with more different text than anybody writes is looked at by every search, and costs no more", () => {
  const printable = Array.from({ length: 69 }, (_, at) => String.fromCharCode(at < 33 ? 0x20 + at : 0x5b + at - 33));
  const every = printable.flatMap((a) => printable.map((b) => printable.map((c) => a + b + c).join(""))).join("");
  const index = new TextIndex();
  index.add(0, every);
  index.add(entriesPerBlock, "git commit");
  expect(index.blocksWith("commit")).toEqual([1, 0]);
  expect(index.blocksWith("zzz")).toEqual([0]);
  expect(index.store().bytes.length).toBeLessThan(40_000);
  expect(TextIndex.from(index.store()).blocksWith("zzz")).toEqual([0]);
});
