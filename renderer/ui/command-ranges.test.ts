import { array, assert, integer, property, string, tuple } from "fast-check";
import { expect, test } from "vitest";
import type { Decision, VerdictPart } from "#shared/contract/policy.ts";
import { commandRanges, worstParts } from "./command-ranges.ts";

const part = (decision: Decision, span: [number, number] | null): VerdictPart => ({
  text: "",
  argv: [],
  decision,
  rule: null,
  reason: "",
  span,
});
const marked = (command: string, parts: readonly VerdictPart[]) =>
  commandRanges(command, parts)
    .map((range) => (range.isWorst ? `[${range.text}]` : range.text))
    .join("");

test("the most restricted part is underlined, the allowed one is not", () => {
  expect(marked("git push && npm publish", [part("allow", [0, 8]), part("ask", [12, 23])])).toBe("git push && [npm publish]");
});

test("next to a denied part an asked one is not underlined", () => {
  expect(marked("a; b", [part("ask", [0, 1]), part("deny", [3, 4])])).toBe("a; [b]");
});

test("a part inside another is underlined once", () => {
  expect(marked("echo $(rm x)", [part("ask", [0, 12]), part("ask", [7, 11])])).toBe("[echo $(rm x)]");
});

test("overlapping spans are joined", () => {
  expect(marked("abcdef", [part("ask", [0, 3]), part("ask", [2, 5])])).toBe("[abcde]f");
});

test("a span that reaches outside the command marks nothing and loses nothing", () => {
  expect(marked("abc", [part("ask", [1, 99])])).toBe("abc");
});

test("what is risky in itself is told from what only waits, also inside it", () => {
  const rm = part("ask", [7, 11]);
  const cat = part("ask", [13, 18]);
  const parts = [part("ask", [0, 12]), rm, cat, part("allow", [19, 20])];
  const told = commandRanges("echo $(rm x);cat y;l", parts, new Set([rm])).map(({ text, isWorst, isGrave }) => [text, isWorst, isGrave]);
  expect(told).toEqual([
    ["echo $(", true, false],
    ["rm x", true, true],
    [")", true, false],
    [";", false, false],
    ["cat y", true, false],
    [";l", false, false],
  ]);
});

test("when all is allowed nothing is underlined", () => {
  expect(worstParts([part("allow", [0, 1])])).toEqual([]);
});

test("whatever the spans, the pieces together are the whole command", () => {
  const spans = array(tuple(integer({ min: -5, max: 60 }), integer({ min: -5, max: 60 })), { maxLength: 12 });
  assert(
    property(string({ maxLength: 50, unit: "binary" }), spans, (command, list) => {
      const parts = list.map(([start, end]) => part("ask", [start, end]));
      return (
        commandRanges(command, parts, new Set(parts.slice(0, 3)))
          .map((range) => range.text)
          .join("") === command
      );
    }),
  );
});
