import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { acceptCode, enrolment, newGate, newTotpSecret, withRecoveryCodes } from "./one-time-codes.ts";

/** RFC 6238 appendix B: the secret and the eight-digit codes for SHA-1; six digits are their last six. */
const rfcSecret = Buffer.from("12345678901234567890").toString("base64");
const rfcVectors: readonly (readonly [number, string])[] = [
  [59, "94287082"],
  [1_111_111_109, "07081804"],
  [1_111_111_111, "14050471"],
  [1_234_567_890, "89005924"],
  [2_000_000_000, "69279037"],
  [20_000_000_000, "65353130"],
];

const empty = { secret: rfcSecret, lastStep: 0, salt: "c2FsdA==", recoveryCodes: [] };

/** RFC 6238 written out once more, to make codes for any time. */
function codeAt(secret: string, seconds: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(seconds / 30)));
  const mac = createHmac("sha1", Buffer.from(secret, "base64")).update(counter).digest();
  const number = mac.readUInt32BE((mac[19] ?? 0) & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

test.each(rfcVectors)("at %i the code is that of RFC 6238", (seconds, eight) => {
  expect(codeAt(rfcSecret, seconds)).toBe(eight.slice(-6));
  expect(acceptCode(empty, eight.slice(-6), seconds * 1_000)).toMatchObject({ lastStep: Math.floor(seconds / 30) });
  expect(acceptCode(empty, eight.slice(0, 6), seconds * 1_000)).toBeNull();
});

test("one step either side is accepted, two are not", () => {
  const now = 1_700_000_010;
  for (const [offset, isAccepted] of [
    [-60, false],
    [-30, true],
    [0, true],
    [30, true],
    [60, false],
  ] as const)
    expect(acceptCode(empty, codeAt(rfcSecret, now + offset), now * 1_000) !== null, String(offset)).toBe(isAccepted);
});

test("a code is accepted once, and no earlier one after it", () => {
  const now = 1_700_000_010;
  const after = acceptCode(empty, codeAt(rfcSecret, now), now * 1_000);
  if (after === null) throw new Error("the code was right");
  expect(acceptCode(after, codeAt(rfcSecret, now), now * 1_000)).toBeNull();
  expect(acceptCode(after, codeAt(rfcSecret, now - 30), now * 1_000)).toBeNull();
  expect(acceptCode(after, codeAt(rfcSecret, now + 30), now * 1_000)).not.toBeNull();
});

test("with the clock a year off no code fits, and none is accepted twice when it comes back", () => {
  const now = 1_700_000_010;
  const year = 31_557_600;
  expect(acceptCode(empty, codeAt(rfcSecret, now), (now + year) * 1_000)).toBeNull();
  const ahead = { ...empty, lastStep: Math.floor((now + year) / 30) };
  expect(acceptCode(ahead, codeAt(rfcSecret, now), now * 1_000)).toBeNull();
});

test("recovery codes: ten, hashed, each once, in any case and grouping", () => {
  const { gate, recoveryCodes } = withRecoveryCodes(empty);
  expect(new Set(recoveryCodes).size).toBe(10);
  for (const code of recoveryCodes) expect(JSON.stringify(gate)).not.toContain(code.replace("-", ""));
  const [first = "", second = ""] = recoveryCodes;
  const after = acceptCode(gate, first.toLowerCase().replace("-", " "), 0);
  if (after === null) throw new Error("the code was right");
  expect(after.recoveryCodes.length).toBe(9);
  expect(acceptCode(after, first, 0)).toBeNull();
  expect(acceptCode(after, second.replaceAll("0", "O").replaceAll("1", "l"), 0)?.recoveryCodes.length).toBe(8);
  for (const wrong of ["", "12345", "1234567", "AAAAA-AAAA", "AAAAA-AAAAA", "😀😀😀😀😀", "      "])
    expect(acceptCode(after, wrong, 0), wrong).toBeNull();
});

test("an enrolment is 160 random bits, in the form that apps scan, and begins with a right code", () => {
  const secret = newTotpSecret();
  expect(Buffer.from(secret, "base64").length).toBe(20);
  expect(newTotpSecret()).not.toBe(secret);
  const { manualKey, address } = enrolment(rfcSecret);
  // RFC 4648 base32 of the ASCII digits.
  expect(manualKey).toBe("GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
  const url = new URL(address);
  expect([url.protocol, url.host, url.searchParams.get("secret"), url.searchParams.get("issuer")]).toEqual([
    "otpauth:",
    "totp",
    manualKey.replaceAll(" ", ""),
    "Gatehouse",
  ]);
  const now = 1_700_000_010;
  expect(newGate(secret, "000000", now * 1_000) === null || codeAt(secret, now) === "000000").toBe(true);
  const made = newGate(secret, codeAt(secret, now), now * 1_000);
  expect(made?.recoveryCodes.length).toBe(10);
  expect(made !== null && acceptCode(made.gate, codeAt(secret, now), now * 1_000)).toBeNull();
});
