import { expect, test } from "vitest";
import { imageTypeOf } from "./image-type.ts";

const bytes = (...parts: readonly (string | number)[]) =>
  Uint8Array.from(
    parts.flatMap((part) => (typeof part === "number" ? [part] : Array.from({ length: part.length }, (_, at) => part.charCodeAt(at)))),
  );

test.each([
  ["image/png", bytes(0x89, "PNG\r\n", 0x1a, "\n")],
  ["image/jpeg", bytes(0xff, 0xd8, 0xff, 0xe0)],
  ["image/gif", bytes("GIF89a")],
  ["image/webp", bytes("RIFF", 1, 2, 3, 4, "WEBP")],
])("%s is told by its first bytes", (type, content) => {
  expect(imageTypeOf(content)).toBe(type);
});

test.each([
  ["a drawing that can hold a script", bytes("<svg onload='x'/>")],
  ["a page", bytes("<!doctype html>")],
  ["a sound", bytes("RIFF", 1, 2, 3, 4, "WAVE")],
  ["half of a beginning", bytes(0x89, "PN")],
  ["nothing", bytes()],
])("%s is none of them", (_, content) => {
  expect(imageTypeOf(content)).toBeNull();
});
