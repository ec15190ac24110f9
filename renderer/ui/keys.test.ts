import { expect, test } from "vitest";
import { pressMatches, spokenKeys, writeKeys } from "./keys.ts";

const press = (key: string, held: Partial<{ ctrlKey: boolean; metaKey: boolean; shiftKey: boolean; altKey: boolean }> = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...held,
});

test("keys are written as the platform writes them", () => {
  expect(writeKeys("mod+k", true)).toBe("⌘K");
  expect(writeKeys("mod+k", false)).toBe("Ctrl K");
  expect(writeKeys("shift+a", false)).toBe("Shift A");
  expect(writeKeys("enter", false)).toBe("↵");
});

test("keys are told to assistive technology as WAI-ARIA has them", () => {
  expect(spokenKeys("shift+d")).toBe("Shift+D");
  expect(spokenKeys("mod+enter", true)).toBe("Meta+Enter");
  expect(spokenKeys("mod+enter", false)).toBe("Control+Enter");
});

test("mod is Command on a Mac and Control elsewhere", () => {
  expect(pressMatches(press("k", { metaKey: true }), "mod+k", true)).toBe(true);
  expect(pressMatches(press("k", { ctrlKey: true }), "mod+k", true)).toBe(false);
  expect(pressMatches(press("k", { ctrlKey: true }), "mod+k", false)).toBe(true);
});

test("a plain letter is not the same letter with a modifier", () => {
  expect(pressMatches(press("d"), "d", false)).toBe(true);
  expect(pressMatches(press("d", { ctrlKey: true }), "d", false)).toBe(false);
  expect(pressMatches(press("d", { altKey: true }), "d", false)).toBe(false);
  expect(pressMatches(press("D", { shiftKey: true }), "d", false)).toBe(false);
});

test("shift counts for letters, and not for a sign that needs it to be typed", () => {
  expect(pressMatches(press("A", { shiftKey: true }), "shift+a", false)).toBe(true);
  expect(pressMatches(press("a"), "shift+a", false)).toBe(false);
  expect(pressMatches(press("?", { shiftKey: true }), "?", false)).toBe(true);
});
