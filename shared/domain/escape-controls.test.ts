import { expect, test } from "vitest";
import { escapeControls, hasHiddenCharacters } from "./escape-controls.ts";

test("controls, bidirectional marks and invisible characters are written out", () => {
  expect(escapeControls("a\u202eb\u200bc\u001b[31m\0\t\n")).toBe("a\\u{202e}b\\u{200b}c\\e[31m\\0\\t\\n");
  expect(escapeControls("a\tb\nc\r", { keepLines: true })).toBe("a\tb\nc\\r");
  expect(escapeControls("\u{e0041}\ud800")).toBe("\\u{e0041}\\u{d800}");
});

test("ordinary text of any language stays as it is", () => {
  for (const text of ["git commit -m 'Grüße, 世界 🎉'", "naïve café", "Ελληνικά"]) {
    expect(escapeControls(text)).toBe(text);
    expect(hasHiddenCharacters(text)).toBe(false);
  }
});

test("emoji with joiners and selectors are visible; the same characters elsewhere are not", () => {
  expect(hasHiddenCharacters("✔️ done 👨‍👩‍👧")).toBe(false);
  expect(hasHiddenCharacters("r\u200dm")).toBe(true);
  expect(hasHiddenCharacters("rm\ufe0f")).toBe(true);
});

test.each(["\u00a0", "\u3164", "\u2066", "\u00ad", "\r", "\u007f", "\u0085", "\u2028", "\ue000"])("%j is hidden", (character) => {
  expect(hasHiddenCharacters(`ls${character}x`)).toBe(true);
});

test("line ends and tabs are not hidden", () => {
  expect(hasHiddenCharacters("ls\n\tpwd\n")).toBe(false);
});
