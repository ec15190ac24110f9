import { encode } from "uqr";
import { expect, test } from "vitest";
import { qrCode } from "./qr-code.ts";

test("the path draws exactly the dark modules, inside a quiet zone of four", () => {
  const text = "otpauth://totp/Gatehouse:vault?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Gatehouse";
  const { size, path } = qrCode(text);
  const drawn = Array.from({ length: size }, () => Array.from({ length: size }, () => false));
  for (const [, x, y, width] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g))
    for (let at = 0; at < Number(width); at++) {
      const row = drawn[Number(y)] ?? [];
      row[Number(x) + at] = true;
    }
  expect(drawn).toEqual(encode(text, { ecc: "M", border: 4 }).data);
  for (const edge of [0, 3, size - 4, size - 1]) expect(drawn[edge]?.some(Boolean)).toBe(false);
});
