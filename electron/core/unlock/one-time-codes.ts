import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { generateURI, verifySync } from "otplib";
import type { TotpGate } from "../vault/totp-gate.ts";
import { crockford, fromCrockford } from "./crockford.ts";

/** RFC 6238 as authenticator apps have it: HMAC-SHA-1 with 160 bits, six digits, 30 seconds, one step either side. */
const stepSeconds = 30;
const secretBytes = 20;

/** How many recovery codes there are, 50 random bits each. */
const recoveryCodeCount = 10;
const recoveryCodeLength = 10;

/** A new secret, base64. */
export function newTotpSecret(): string {
  return randomBytes(secretBytes).toString("base64");
}

/** What an authenticator app takes: the secret for typing, in groups of four, and the `otpauth://` address. */
export function enrolment(secret: string): { readonly manualKey: string; readonly address: string } {
  const key = base32(Buffer.from(secret, "base64"));
  return { manualKey: key.replaceAll(/(.{4})(?=.)/g, "$1 "), address: generateURI({ issuer: "Gatehouse", label: "vault", secret: key }) };
}

/** The gate of a secret whose first code has been shown to be right; null when it is not. */
export function newGate(
  secret: string,
  code: string,
  now: number,
): { readonly gate: TotpGate; readonly recoveryCodes: readonly string[] } | null {
  const salt = randomBytes(16).toString("base64");
  const empty: TotpGate = { secret, lastStep: 0, salt, recoveryCodes: [] };
  const accepted = acceptTotp(empty, code.replaceAll(/\s/g, ""), now);
  return accepted === null ? null : withRecoveryCodes(accepted);
}

/** Ten new recovery codes in place of those that are left. They are shown once; the gate keeps their hashes. */
export function withRecoveryCodes(gate: TotpGate): { readonly gate: TotpGate; readonly recoveryCodes: readonly string[] } {
  const codes = Array.from({ length: recoveryCodeCount }, () => crockford(randomBytes(16)).slice(0, recoveryCodeLength));
  const hashes = codes.map((code) => hashOf(gate.salt, code));
  return { gate: { ...gate, recoveryCodes: hashes }, recoveryCodes: codes.map((code) => `${code.slice(0, 5)}-${code.slice(5)}`) };
}

/**
 * The gate as it must be kept once this code has been accepted; null when it is not. The accepted
 * step and every earlier one are refused from then on; a recovery code is used up.
 */
export function acceptCode(gate: TotpGate, code: string, now: number): TotpGate | null {
  const plain = code.replaceAll(/\s/g, "");
  return /^\d{6}$/.test(plain) ? acceptTotp(gate, plain, now) : acceptRecoveryCode(gate, plain);
}

function acceptTotp(gate: TotpGate, token: string, now: number): TotpGate | null {
  if (!/^\d{6}$/.test(token)) return null;
  const epoch = Math.floor(now / 1_000);
  const result = verifySync({ secret: Buffer.from(gate.secret, "base64"), token, epoch, period: stepSeconds, epochTolerance: stepSeconds });
  if (!result.valid || !("timeStep" in result) || result.timeStep <= gate.lastStep) return null;
  return { ...gate, lastStep: result.timeStep };
}

function acceptRecoveryCode(gate: TotpGate, code: string): TotpGate | null {
  const plain = fromCrockford(code);
  if (plain?.length !== recoveryCodeLength) return null;
  const hash = Buffer.from(hashOf(gate.salt, plain), "hex");
  const used = gate.recoveryCodes.filter((one) => timingSafeEqual(Buffer.from(one, "hex"), hash));
  return used.length === 0 ? null : { ...gate, recoveryCodes: gate.recoveryCodes.filter((one) => !used.includes(one)) };
}

function hashOf(salt: string, code: string): string {
  return createHash("sha256").update(`gatehouse/1/recovery-code/${salt}/${code}`).digest("hex");
}

/** RFC 4648, as authenticator apps read it. */
function base32(bytes: Uint8Array): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  let bits = "";
  for (const byte of bytes) bits += byte.toString(2).padStart(8, "0");
  return (bits.match(/.{1,5}/g) ?? []).map((five) => alphabet.charAt(Number.parseInt(five.padEnd(5, "0"), 2))).join("");
}
