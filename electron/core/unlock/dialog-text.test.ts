import { expect, test } from "vitest";
import { dialogLines, dialogText } from "./dialog-text.ts";

test("a long word is folded, and nothing of it is lost", () => {
  const shown = dialogText(`["${"W".repeat(1_000)}"]`) ?? "";
  const lines = shown.split("\n");
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(48);
  expect(lines.map((line) => line.replace(/^\u00a0{2}/, "")).join("")).toBe(`["${"W".repeat(1_000)}"]`);
});

test("what would push the buttons off the screen is not shown at all", () => {
  expect(dialogText("a\n".repeat(dialogLines - 1) + "a")).not.toBeNull();
  expect(dialogText("a\n".repeat(dialogLines) + "a")).toBeNull();
  expect(dialogText("x".repeat(2_000))).toBeNull();
});

test.each([
  ["\u202eabc", "\\u{202e}abc"],
  ["\u05d0\u05d1, x", "\\u{5d0}\\u{5d1}, x"],
  ["\ufdfd", "\\u{fdfd}"],
  ["a\u0335\u0336", "a\\u{335}\\u{336}"],
  ["[ Keep it \u2500 ]", "[ Keep it \\u{2500} ]"],
  ["/home/jos\u00e9/\u8aad\u3080", "/home/jos\u00e9/\u8aad\u3080"],
])("letters stay as they are, and what reorders, covers, stretches or draws is written out: %j", (text, shown) => {
  expect(dialogText(text)).toBe(shown);
});
