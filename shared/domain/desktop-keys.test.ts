import { expect, test } from "vitest";
import { DesktopKeys } from "#shared/contract/settings.ts";
import { type DesktopPress, desktopKeysOf, desktopKeysWords } from "./desktop-keys.ts";

function press(key: string, ...held: readonly ("ctrlKey" | "metaKey" | "shiftKey" | "altKey")[]): DesktopPress {
  const has = (name: (typeof held)[number]) => held.includes(name);
  return { key, ctrlKey: has("ctrlKey"), metaKey: has("metaKey"), shiftKey: has("shiftKey"), altKey: has("altKey") };
}

test("two modifiers and a letter, a digit or a function key are keys of the desktop, however they were pressed", () => {
  expect(desktopKeysOf(press("G", "ctrlKey", "shiftKey"), false)).toBe("mod+shift+g");
  expect(desktopKeysOf(press("g", "shiftKey", "metaKey"), true)).toBe("mod+shift+g");
  expect(desktopKeysOf(press("F9", "altKey", "shiftKey"), false)).toBe("alt+shift+f9");
  expect(desktopKeysOf(press("5", "ctrlKey", "altKey", "shiftKey"), false)).toBe("mod+alt+shift+5");
});

test("keys that other programs copy, close or type with are not to be had", () => {
  for (const one of [press("c", "ctrlKey"), press("F4", "altKey"), press("G", "shiftKey"), press("g")])
    expect(desktopKeysOf(one, false)).toBeNull();
  expect(desktopKeysOf(press("F9", "ctrlKey", "altKey"), false)).toBeNull();
  for (const key of ["Shift", "Tab", "Delete", "é", "ContextMenu"])
    expect(desktopKeysOf(press(key, "ctrlKey", "altKey"), false)).toBeNull();
  expect(desktopKeysOf(press("G", "metaKey", "ctrlKey", "shiftKey"), false)).toBeNull();
});

test("nothing but such keys passes for them", () => {
  for (const text of ["mod+g", "shift+mod+g", "mod+shift+", "mod+shift+gg", "mod+shift+f13", "Mod+Shift+G", "mod+shift+g\n", "mod++"])
    expect(DesktopKeys.safeParse(text).success).toBe(false);
});

test("are written as the platform writes them", () => {
  expect(desktopKeysWords("mod+shift+f9", false)).toBe("Ctrl+Shift+F9");
  expect(desktopKeysWords("mod+alt+shift+g", true)).toBe("Cmd+Option+Shift+G");
});
