import { expect, test } from "vitest";
import { toHex } from "./terminal-theme.ts";

test("a computed colour becomes the six digits that xterm's search needs", () => {
  expect(toHex("rgb(36, 37, 43)")).toBe("#24252b");
  expect(toHex("rgb(0 0 0 / 50%)")).toBe("#000000");
});

test("a colour in another form is left alone", () => {
  expect(toHex("color(srgb 0 0 0)")).toBe("color(srgb 0 0 0)");
});
